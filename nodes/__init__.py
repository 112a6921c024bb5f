"""ComfyUI's nodes. Thin: each declares its inputs, calls one job and wraps what comes back.

What runs at import (this module, `extension`, `schema`, `inputs`, `routes`, `files` and the nodes' own modules) needs
nothing but ComfyUI's own API; the jobs, numpy and torch are imported by the first node that runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.v0_0_2 import ComfyExtension

__all__ = ["extension"]


def extension() -> ComfyExtension:
    """Return the extension that holds all nodes. Needs ComfyUI's API to be importable."""
    from .comfy.embedded_server import serve_beside
    from .comfy.routes import register
    from .extension import VoxweftExtension

    register()
    serve_beside()
    return VoxweftExtension()
