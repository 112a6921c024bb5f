"""Errors of the ChatterBox engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class ChatterboxError(Error, ValueError):
    """A model's folder, a device, a voice, a language or a text that the engine can't use."""


class EndlessSpeechError(ChatterboxError):
    """The model found no end of a text, twice."""
