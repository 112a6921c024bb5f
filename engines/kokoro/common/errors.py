"""What Kokoro's adapter refuses, in words that reach the user."""

from __future__ import annotations


class KokoroError(ValueError):
    """The base of the engine's own errors. The message says what to do."""


class CheckpointError(KokoroError):
    """Weights or a configuration that aren't Kokoro's, or are damaged; the file is named."""


class VoiceError(KokoroError):
    """A voice that isn't there or isn't one; the message names the part and the nearest names."""


class LanguageError(KokoroError):
    """A language that Kokoro doesn't speak, or whose way to phonemes isn't installed."""
