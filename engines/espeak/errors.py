"""Errors of the eSpeak NG engine; their messages are shown to the user."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error


class EspeakError(Error, RuntimeError):
    """The library is missing, broken, or its output isn't repeatable on this system."""
