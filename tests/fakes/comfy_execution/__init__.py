"""ComfyUI's ways of running a graph that Voxweft touches; see `comfy_api` beside this."""
