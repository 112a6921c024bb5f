"""The doctor: what hurts, why, and the one command that mends it."""

from __future__ import annotations

from .examination import examine
from .finding import Finding
from .state import state_of

__all__ = ["Finding", "examine", "state_of"]
