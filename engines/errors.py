"""Errors that engines share; their messages are shown to the user, except that of a cancel."""

from __future__ import annotations

from ..utils.streaming.contract.errors import Error


class DeviceError(Error, ValueError):
    """A device that this machine doesn't have."""


class CancelledError(Error):
    """The request was cancelled. It never reaches the user."""


class WeightsError(Error, ValueError):
    """A file of a model that is missing, damaged, or of another model."""
