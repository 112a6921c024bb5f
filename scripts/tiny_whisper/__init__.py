"""The trainer of tests/data/tiny-whisper-en: a Whisper of a few MB that hears eSpeak NG (see README.md beside)."""
