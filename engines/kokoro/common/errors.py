"""Errors of the Kokoro engine; their messages are shown to the user."""

from __future__ import annotations

from ....utils.streaming.contract.errors import Error


class KokoroError(Error, ValueError):
    """Base class of the engine's errors: wrong weights, configuration, device or phonemes."""


class KokoroVoiceError(KokoroError):
    """A voice doesn't exist or its file is invalid; the message names it and the nearest names."""


class KokoroLanguageError(KokoroError):
    """Kokoro doesn't speak a language, or the packages for its phonemes aren't installed."""


class KokoroMemoryError(KokoroError):
    """The device's memory is too small for a chunk; a smaller one may fit."""
