"""The jobs: speak, dub, narrate, transcribe. Pure Python: no ComfyUI, no HTTP, no torch.

A job is a state machine without I/O: it lists its segments, receives their events, and returns final audio. `run.run`
and `run.arun` drive one on a runtime, blocking or awaiting. `requests` builds jobs from plain data, and `api` is the
Python API on top.
"""
