"""Speech engines: one folder each, with `engine.toml` (data) and `adapter.py` (code that runs only in a worker)."""
