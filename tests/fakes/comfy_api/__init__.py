"""The part of ComfyUI's node API that Voxweft uses, for tests without ComfyUI.

The signatures are those of ComfyUI 0.3.64 without the parameters that Voxweft does not use, so they accept nothing that
ComfyUI refuses. `test_comfyui_host.py` compares them with the real ones.
"""
