"""ComfyUI's node API, as much of it as Voxweft uses, for tests without ComfyUI.

Signatures are those of ComfyUI 0.3.64 less the parameters that nobody here uses, so whatever these refuse is refused;
`test_comfyui_host.py` holds them against the real ones.
"""
