"""ComfyUI's ways of running a graph that Speechloom touches; see `comfy_api` beside this."""
