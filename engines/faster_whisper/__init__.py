"""Whisper by faster-whisper: recognition in a hundred languages. Only `engine.toml` is read outside its worker."""
