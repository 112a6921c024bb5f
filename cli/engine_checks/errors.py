"""How a check ends early."""

from __future__ import annotations

from ...utils.errors import Error


class FaultError(Error):
    """The engine breaks a rule; the message says what it did, and what to change if that isn't plain."""


class NotApplicableError(Error):
    """The check doesn't apply to this engine; the message says why."""
