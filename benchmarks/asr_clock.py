"""Time for sources of live audio: real, with the waits left out, or by the work that is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_LOOK_S = 0.01
"""How often a clock that skips looks whether there is still work: looking costs time, too."""


class Clock:
    """Seconds since it was made. With `skips` it goes on at once to what is waited for while nobody has work to do.

    So an hour takes as long as its work, and what is measured by it is what it is in real time: it waits for nobody who
    works. `work_s` says what counts as time while there is work: the seconds of the clock on the wall, or those of the
    processors, which other programs on the machine don't lengthen. The latter are those of all threads, so that on a
    machine of its own the work would take less.
    """

    def __init__(self, *, skips: bool, work_s: Callable[[], float] = time.perf_counter) -> None:
        self._work_s = work_s
        self._began_s = work_s()
        self._skipped_s = 0.0
        self._skips = skips

    def now_s(self) -> float:
        """Return the time."""
        return self._work_s() - self._began_s + self._skipped_s

    async def reach(self, due_s: float, is_idle: Callable[[], bool] = lambda: True) -> None:
        """Wait until a time."""
        while (left_s := due_s - self.now_s()) > 0:
            if self._skips and is_idle():
                self._skipped_s += left_s
                # Whoever waits for this time hasn't seen it yet.
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(_LOOK_S if self._skips else left_s)
