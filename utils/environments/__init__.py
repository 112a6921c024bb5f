"""The Python of an engine's worker: the host's, or the engine's own environment, which a user has built."""
