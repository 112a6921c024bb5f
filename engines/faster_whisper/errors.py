"""What can go wrong in this engine. Each message says what hurts, and what to do."""

from __future__ import annotations


class WhisperError(ValueError):
    """Something that the engine can't do or use."""


class FolderError(WhisperError):
    """A model's folder that lacks a file, or holds one that can't be used."""


class MediaError(WhisperError):
    """Audio that can't be recognised: it isn't there, isn't audio, or holds nothing that can be decoded."""


class LanguageError(WhisperError):
    """A language that a model doesn't know."""


class StoppedError(Exception):
    """Nobody waits for the result any more."""
