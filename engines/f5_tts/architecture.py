"""What differs between F5-TTS' models, from `params` of their entries in engine.toml, or a folder's `config.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from ...utils.streaming import ParamValue
from .errors import F5Error

HEAD_WIDTH = 64
Size = Annotated[int, msgspec.Meta(ge=1, le=65_536)]


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sizes and the version of a model.

    Args:
        dim: The width of its layers.
        depth: Their number.
        heads: Their attention heads.
        version: 0 for F5-TTS of 2024 and the models trained from it, 1 for F5-TTS v1. The two have the same tensors
            and give noise with each other's arithmetic.
        ema: Whether the averaged weights of a checkpoint are its best ones.
        ff_mult: The width of the feed-forward layers, as a multiple.
        text_dim: The width of the text's layers.
        conv_layers: Their number.
        dim_head: The width of a head.
    """

    dim: Size
    depth: Size
    heads: Size
    version: Literal[0, 1]
    ema: bool = True
    ff_mult: Size = 2
    text_dim: Size = 512
    conv_layers: Size = 4
    dim_head: Size = HEAD_WIDTH

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of the package's DiT."""
        of_version = {"text_mask_padding": bool(self.version), "pe_attn_head": None if self.version else 1}
        sizes = msgspec.structs.asdict(self)
        return {name: value for name, value in sizes.items() if name not in ("version", "ema")} | of_version


def read_architecture(params: Mapping[str, ParamValue], folder: Path) -> Architecture:
    """Return the architecture of a model: that of a `config.yaml` in its folder, else `[models.NAME] params`.

    The file is one of this engine's fields, or the package's own for a training (`model: arch: ...`). F5Error if it is
    neither.
    """
    file = folder / "config.yaml"
    if not file.is_file():
        return msgspec.convert(dict(params), Architecture)
    import yaml

    try:
        data = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8-sig")), dict[str, Any])
        return msgspec.convert(_own_fields(data) if "model" in data else data, Architecture)
    except (yaml.YAMLError, OSError, ValueError) as error:
        problem = " ".join(str(error).split())
        raise F5Error(f"'{file}' isn't a configuration of F5-TTS: {problem}") from error


def _own_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    model = msgspec.convert(data["model"], dict[str, Any])
    if model.get("backbone", "DiT") != "DiT":
        raise ValueError(f"its backbone is {model['backbone']}, not DiT")
    spectrogram = msgspec.convert(model.get("mel_spec", {}), dict[str, Any]).get("mel_spec_type", "vocos")
    if spectrogram != "vocos":
        raise ValueError(f"its vocoder is {spectrogram}, not vocos")
    arch = msgspec.convert(model.get("arch"), dict[str, Any])
    heads, padding = arch.get("pe_attn_head"), arch.get("text_mask_padding", True)
    if (heads, padding) not in ((None, True), (1, False)) or arch.get("qk_norm"):
        raise ValueError("its text_mask_padding, pe_attn_head and qk_norm are neither those of v0 nor of v1")
    names = {field.name for field in msgspec.structs.fields(Architecture)}
    return {name: value for name, value in arch.items() if name in names} | {"version": int(padding)}
