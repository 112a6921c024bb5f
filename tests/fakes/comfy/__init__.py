"""ComfyUI's internals that Voxweft touches; see `comfy_api` beside this."""
