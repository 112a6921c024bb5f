"""Errors of the MiraTTS engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class MiraError(Error, ValueError):
    """A model's folder, a voice, a language or a text that the engine can't use."""


class MiraEndlessError(MiraError):
    """The model found no end of a text, or repeats itself. What it spoke before was sent."""
