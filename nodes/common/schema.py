"""The common parts of every node's schema, and the types that pass between nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from comfy_api.v0_0_2 import io

ENGINE = io.Custom("VOXWEFT_ENGINE")
VOICE = io.Custom("VOXWEFT_VOICE")
CAST = io.Custom("VOXWEFT_CAST")
LEXICON = io.Custom("VOXWEFT_LEXICON")
ANYTHING = io.Custom("*")

_SCHEMA_FIELDS = {field.name for field in dataclasses.fields(io.Schema)}


def schema(
    node_id: str,
    name: str,
    group: str,
    description: str,
    *,
    inputs: list[Any],
    outputs: list[Any],
    aliases: Sequence[str] = (),
    is_input_list: bool = False,
    is_output_node: bool = False,
) -> io.Schema:
    """Return a node's schema under the pack's prefix. `aliases` are extra search words, on hosts that support them."""
    # ComfyUI 0.3.64 rejects the argument; the versions of 2026 have it.
    optional_fields: dict[str, Any] = {"search_aliases": list(aliases)} if "search_aliases" in _SCHEMA_FIELDS else {}
    return io.Schema(
        node_id=f"Voxweft{node_id}",
        display_name=f"{name} (Voxweft)",
        category=f"Voxweft/{group}",
        description=description,
        inputs=inputs,
        outputs=outputs,
        hidden=[io.Hidden.unique_id],
        is_input_list=is_input_list,
        is_output_node=is_output_node,
        **optional_fields,
    )
