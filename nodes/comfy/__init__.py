"""The bridge to ComfyUI: running a job, progress, memory, files, routes, live audio."""
