"""Voxweft: streaming speech for ComfyUI, the command line and Python.

This file is also the door that ComfyUI opens, under whatever name the folder has. It imports nothing heavy, changes
nothing outside itself, and works without ComfyUI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.v0_0_2 import ComfyExtension

__version__ = "0.1.0"
__all__ = ["WEB_DIRECTORY", "__version__", "comfy_entrypoint"]

WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> ComfyExtension:
    """Return the extension that ComfyUI asks for its nodes. Nothing of it is imported before this call."""
    from .nodes import extension

    return extension()
