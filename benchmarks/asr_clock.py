"""A clock for live audio sources: real time, or time without waits, by wall clock or processor time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_LOOK_S = 0.01
"""Interval of a skipping clock's checks for remaining work."""


class Clock:
    """Seconds since its creation. With `skips`, it jumps over waits while no work is pending.

    An hour of audio then takes only as long as its work, and lags are the same as in real time. `work_s` returns the
    time that counts while there is work: wall-clock seconds, or processor seconds, which don't depend on other
    programs. Processor seconds add up all threads, so they overestimate the time on an idle machine.
    """

    def __init__(self, *, skips: bool, work_s: Callable[[], float] = time.perf_counter) -> None:
        self._work_s = work_s
        self._began_s = work_s()
        self._skipped_s = 0.0
        self._skips = skips

    def now_s(self) -> float:
        """Return the time in seconds."""
        return self._work_s() - self._began_s + self._skipped_s

    async def reach(self, due_s: float, is_idle: Callable[[], bool] = lambda: True) -> None:
        """Wait until a time."""
        while (left_s := due_s - self.now_s()) > 0:
            if self._skips and is_idle():
                self._skipped_s += left_s
                # Let the tasks run that wait for this time.
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(_LOOK_S if self._skips else left_s)
