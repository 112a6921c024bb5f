"""Silero VAD in its own worker, which runs on the recognition engine's Python: the host doesn't need it."""
