"""The bridge to ComfyUI: runs, progress, memory, files, routes, live audio, the embedded server."""
