"""The results of the checks."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["passed", "failed", "skipped"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check: what was measured, what is wrong, or why it was skipped; and how long it took."""

    check: str
    state: State
    detail: str
    took_s: float = 0.0


class EngineReport(msgspec.Struct, frozen=True, kw_only=True):
    """The results for one engine."""

    engine: str
    model: str
    folder: str
    quick: bool
    checks: tuple[Verdict, ...]

    def count(self, state: State) -> int:
        """Return the number of checks with that result."""
        return sum(verdict.state == state for verdict in self.checks)
