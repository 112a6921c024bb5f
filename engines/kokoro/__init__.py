"""Kokoro-82M: neural speech in nine languages. Only `engine.toml` is read outside its worker."""
