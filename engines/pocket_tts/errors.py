"""Errors of the Pocket-TTS engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class PocketError(Error, ValueError):
    """The model's files, a voice, a language or a text can't be used; the message says what to do."""


class PocketEndlessError(PocketError):
    """The model found no end of a text."""
