"""Pocket-TTS: speech in the voice of a recording, on the CPU, streamed frame by frame."""
