"""The parent side of a worker process: start it, talk to it, notice its death."""
