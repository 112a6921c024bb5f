"""What users run: speak, dub, narrate, transcribe. Pure Python: no ComfyUI, no HTTP, no torch.

A job is plain data and a state machine without input or output of its own: it names its segments, takes their events,
and gives out audio that is final. `run.run` and `run.arun` drive one on a runtime, blocking or awaiting.
"""
