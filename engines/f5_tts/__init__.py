"""F5-TTS: speech in the voice of a recording, its length decided beforehand."""
