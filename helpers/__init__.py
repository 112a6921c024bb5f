"""Programs that run in a worker process and are not engines."""
