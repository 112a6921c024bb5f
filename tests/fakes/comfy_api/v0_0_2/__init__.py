"""The API version that Voxweft uses."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension as ComfyExtension
from comfy_api.latest import io as io
from comfy_api.latest import ui as ui

__all__ = ["ComfyExtension", "io", "ui"]
