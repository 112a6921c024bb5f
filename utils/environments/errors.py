"""What can go wrong with environments; every message says what to do."""

from __future__ import annotations

from ..streaming.contract.errors import StreamingError


class EnvironmentBuildError(StreamingError):
    """An environment couldn't be built; the one before, if there was one, is as it was."""


class NoPythonError(EnvironmentBuildError):
    """No Python on this machine fits; the message lists those that were found, and how to get another."""
