"""What the nodes of engines that imitate recordings share."""

from __future__ import annotations

import inspect
from typing import Any

from comfy_api.v0_0_2 import io

BY_LANGUAGE = "by language"
"""The choice of no model: the language of the text decides."""

# ComfyUI 0.3.64 rejects the argument; the versions of 2026 fold such widgets away.
FOLDED: dict[str, Any] = (
    {"advanced": True} if "advanced" in inspect.signature(io.Float.Input.__init__).parameters else {}
)


def model_input(models: tuple[str, ...], tooltip: str) -> io.Combo.Input:
    """Return the widget for a model, by default that of the text's language."""
    return io.Combo.Input("model", options=[BY_LANGUAGE, *models], default=BY_LANGUAGE, tooltip=tooltip)


def chosen_model(model: str) -> str:
    """Return the name of a chosen model; '' for the one of the text's language."""
    return "" if model == BY_LANGUAGE else model
