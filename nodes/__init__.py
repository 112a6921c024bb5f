"""The ComfyUI nodes. Each declares its inputs, runs one job and wraps the result.

Modules that are imported with the pack (this one, `extension`, `common/{schema,inputs,engine_lists}`,
`comfy/{routes,files,embedded_server}` and the nodes) import nothing but ComfyUI's API. The first node that runs imports
numpy, torch and the jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.v0_0_2 import ComfyExtension

__all__ = ["extension"]


def extension() -> ComfyExtension:
    """Return the extension with all nodes. ComfyUI's API must be importable."""
    from .comfy.embedded_server import start_if_enabled
    from .comfy.routes import register_routes
    from .extension import VoxweftExtension

    register_routes()
    start_if_enabled()
    return VoxweftExtension()
