"""Silero VAD in a worker of its own: the recognition engine's Python has it, the host's needn't."""
