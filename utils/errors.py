"""The root of the package's exceptions, and those of the process-wide settings."""

from __future__ import annotations


class Error(Exception):
    """Base class of every error that this package raises."""


class SettingsError(Error, ValueError):
    """An environment variable has a value that can't be parsed; the message names the variable."""


class EgressRefusedError(Error, ConnectionError):
    """Code in an offline process tried to reach the network."""
