"""F5-TTS' adapter."""
