"""The checks of `voxweft doctor`: findings, each with its reason and a fix."""

from __future__ import annotations

from .examination import examine
from .finding import Finding
from .state import state_of

__all__ = ["Finding", "examine", "state_of"]
