"""ComfyUI's internals that Speechloom touches; see `comfy_api` beside this."""
