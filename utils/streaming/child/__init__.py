"""The worker process itself."""
