"""The part of ComfyUI's graph execution that Voxweft uses; see `comfy_api`."""
