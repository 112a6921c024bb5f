"""Errors of the Whisper engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class WhisperError(Error, ValueError):
    """A model's folder, a device, a language or audio that the engine can't use."""
