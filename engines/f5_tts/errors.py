"""Errors of the F5-TTS engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class F5Error(Error, ValueError):
    """A model's folder, a device, a voice, a language or a text that the engine can't use."""
