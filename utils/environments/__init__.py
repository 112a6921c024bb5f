"""Where an engine's worker runs: the host's Python, or an environment of the engine's own, which a user has built."""
