"""The code of the worker process."""
