"""How many jobs of each engine run and wait, and what the next one is told when there are enough."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator

from ...utils.timeouts import within
from .errors import ApiError

_STALLED_AFTER_S = 0.25
"""A job that waits so long for its client makes room for another."""
_WEIGHT = 0.2


class Admission:
    """At most `active` jobs of an engine run, `queued` wait, first come, first served. Belongs to one event loop.

    A job whose client doesn't take what is made steps aside, so that others aren't slowed by it; it keeps its bounded
    buffers, and goes on without a new turn when its client does. So many may do that as may wait.
    """

    def __init__(self, *, active: int, queued: int, queue_timeout_s: float) -> None:
        self._most_active = active
        self._most_queued = queued
        self._queue_timeout_s = queue_timeout_s
        self._gates: dict[str, _Gate] = {}

    @contextlib.asynccontextmanager
    async def slot(self, engine: str) -> AsyncIterator[Slot]:
        """Wait for a turn and hold it. ApiError 429, with Retry-After, if too many wait or it takes too long."""
        gate = self._gates.setdefault(engine, _Gate())
        await self._enter(gate, engine)
        began = time.monotonic()
        slot = Slot(gate, self)
        try:
            yield slot
        finally:
            slot.close()
            gate.mean_s += _WEIGHT * (time.monotonic() - began - gate.mean_s)
            self._admit(gate)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each engine are active, queued, and stalled by their clients."""
        return {
            engine: {"active": gate.active, "queued": len(gate.waiting), "stalled": gate.stalled}
            for engine, gate in self._gates.items()
        }

    async def _enter(self, gate: _Gate, engine: str) -> None:
        if gate.active < self._most_active and not gate.waiting:
            gate.active += 1
            return
        if len(gate.waiting) >= self._most_queued or gate.stalled > self._most_queued:
            raise self._busy(gate, engine)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gate.waiting.append(turn)
        try:
            await within(asyncio.shield(turn), self._queue_timeout_s)
        except BaseException as error:
            if turn.done():
                # The turn came in the same moment: pass it on.
                gate.active -= 1
                self._admit(gate)
            else:
                gate.waiting.remove(turn)
            if isinstance(error, asyncio.TimeoutError):
                raise self._busy(gate, engine) from None
            raise

    def _admit(self, gate: _Gate) -> None:
        while gate.waiting and gate.active < self._most_active:
            gate.active += 1
            gate.waiting.popleft().set_result(None)

    def stepped_aside(self, gate: _Gate) -> None:
        """A job waits for its client."""
        gate.active -= 1
        gate.stalled += 1
        self._admit(gate)

    def _busy(self, gate: _Gate, engine: str) -> ApiError:
        rounds = (len(gate.waiting) + 1) / self._most_active
        retry_after_s = max(1, min(60, math.ceil(gate.mean_s * rounds)))
        return ApiError(
            429,
            f"engine '{engine}' is busy ({gate.active} jobs run, {len(gate.waiting)} wait); "
            f"try again in {retry_after_s} s",
            code="rate_limit_exceeded",
            headers={"Retry-After": str(retry_after_s)},
        )


class _Gate:
    """One engine's jobs."""

    def __init__(self) -> None:
        self.active = 0
        self.stalled = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.mean_s = 0.0


class Slot:
    """A job's turn."""

    def __init__(self, gate: _Gate, admission: Admission) -> None:
        self._gate = gate
        self._admission = admission
        self._aside = False
        self._closed = False

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Around everything that waits for the client."""
        timer = asyncio.get_running_loop().call_later(_STALLED_AFTER_S, self._step_aside)
        try:
            yield
        finally:
            timer.cancel()
            if self._aside:
                self._aside = False
                self._gate.stalled -= 1
                self._gate.active += 1

    def close(self) -> None:
        """Give the turn back."""
        if not self._closed:
            self._closed = True
            self._gate.active -= 1

    def _step_aside(self) -> None:
        self._aside = True
        self._admission.stepped_aside(self._gate)
