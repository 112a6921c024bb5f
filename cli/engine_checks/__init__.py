"""The contract of engines as checks, run on an engine in real workers."""
