"""The internals of ComfyUI that Voxweft uses; see `comfy_api`."""
