"""Limit the running and queued jobs of each engine; further requests are refused with 429."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from ...utils.timeouts import within
from .errors import ApiError
from .running_request import place_asked

if TYPE_CHECKING:
    from .stats import Stats

_STALLED_AFTER_S = 0.25
"""A job that waits longer than this for its client is stalled: another job may run in its place."""
_WEIGHT = 0.2
"""Weight of the latest job in the moving average of durations."""


class Admission:
    """Run at most `active` jobs of an engine and queue at most `queued`, first come, first served.

    Belongs to one event loop. Invariants:

    - A job is queued, active or stalled. Only active jobs count against `active`.
    - A job whose client reads too slowly, or sends nothing to work on, becomes stalled and frees its place; its buffers
      stay bounded.
    - A stalled job becomes active again without queuing, so `active` may be exceeded for a moment.
    - A job that takes turns queues again, behind those that wait and without a time limit.
    - No new job is accepted while more than `queued` jobs are stalled.
    """

    def __init__(self, *, active: int, queued: int, queue_timeout_s: float, stats: Stats) -> None:
        self._max_active = active
        self._max_queued = queued
        self._queue_timeout_s = queue_timeout_s
        self._stats = stats
        self._queues: dict[str, _EngineQueue] = {}

    @contextlib.asynccontextmanager
    async def slot(self, engine: str) -> AsyncIterator[Slot]:
        """Wait for a place among the running jobs and hold it.

        Raises:
            ApiError: 429 with Retry-After if the queue is full or the wait exceeds `queue_timeout_s`.
        """
        queue = self._queues.setdefault(engine, _EngineQueue())
        asked_at = time.monotonic()
        await self._enter(queue, engine)
        began = time.monotonic()
        self._stats.waited(engine, began - asked_at)
        slot = Slot(queue, self)
        place_asked(asked_at)
        try:
            yield slot
        finally:
            place_asked(0.0)
            slot.close()
            queue.mean_s += _WEIGHT * (time.monotonic() - began - queue.mean_s)
            self._admit(queue)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each engine are active, queued, and stalled by their clients."""
        return {
            engine: {"active": queue.active, "queued": len(queue.waiting), "stalled": queue.stalled}
            for engine, queue in self._queues.items()
        }

    async def _enter(self, queue: _EngineQueue, engine: str) -> None:
        if queue.active < self._max_active and not queue.waiting:
            queue.active += 1
            return
        if len(queue.waiting) >= self._max_queued or queue.stalled > self._max_queued:
            raise self._busy(queue, engine, "queue_full")
        try:
            await self._wait(queue, self._queue_timeout_s)
        except asyncio.TimeoutError:
            raise self._busy(queue, engine, "queue_timeout") from None

    async def _wait(self, queue: _EngineQueue, timeout_s: float | None) -> None:
        """Wait for a place behind all that wait already. TimeoutError after `timeout_s`."""
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.append(admitted)
        try:
            await within(asyncio.shield(admitted), timeout_s)
        except BaseException:
            if admitted.done():
                # The job was admitted in the same moment: admit the next one instead.
                queue.active -= 1
                self._admit(queue)
            else:
                queue.waiting.remove(admitted)
            raise

    async def take_turns(self, queue: _EngineQueue) -> None:
        """Give up a job's place to one that waits, if any does, and wait for another."""
        if queue.waiting:
            queue.active -= 1
            self._admit(queue)
            await self._wait(queue, None)

    def _admit(self, queue: _EngineQueue) -> None:
        while queue.waiting and queue.active < self._max_active:
            queue.active += 1
            queue.waiting.popleft().set_result(None)

    def stall(self, queue: _EngineQueue) -> None:
        """Free the place of a job that waits for its client."""
        queue.active -= 1
        queue.stalled += 1
        self._admit(queue)

    def _busy(self, queue: _EngineQueue, engine: str, reason: str) -> ApiError:
        self._stats.refused_job(engine, reason)
        rounds = (len(queue.waiting) + 1) / self._max_active
        retry_after_s = max(1, min(60, math.ceil(queue.mean_s * rounds)))
        return ApiError(
            429,
            f"engine '{engine}' is busy ({queue.active} running, {len(queue.waiting)} queued); "
            f"retry in {retry_after_s} s",
            code="rate_limit_exceeded",
            headers={"Retry-After": str(retry_after_s)},
        )


class _EngineQueue:
    """The counts and waiting jobs of one engine."""

    def __init__(self) -> None:
        self.active = 0
        self.stalled = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.mean_s = 0.0


class Slot:
    """A job's place among the running jobs of its engine."""

    def __init__(self, queue: _EngineQueue, admission: Admission) -> None:
        self._queue = queue
        self._admission = admission
        self._waits: set[str] = set()
        """What the client has been waited for too long: to read, to send."""
        self._closed = False

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Mark a block that waits for the client to read: a job that waits too long becomes stalled."""
        timer = asyncio.get_running_loop().call_later(_STALLED_AFTER_S, self._mark, "read", True)
        try:
            yield
        finally:
            timer.cancel()
            self._mark("read", False)

    @contextlib.contextmanager
    def receiving(self, is_awaiting: Callable[[], bool]) -> Iterator[None]:
        """Watch a block in which the client sends what the job works on.

        Args:
            is_awaiting: Returns whether all that came is done, so that nothing happens until the client sends more. A
                job of which it is True becomes stalled.
        """
        watching = asyncio.create_task(self._watch(is_awaiting))
        try:
            yield
        finally:
            watching.cancel()
            self._mark("send", False)

    async def take_turns(self) -> None:
        """Let the jobs run that wait for a place now, then continue. A job with many parts calls it between them."""
        self._closed = True  # without a place, if the wait is cancelled
        await self._admission.take_turns(self._queue)
        self._closed = False

    def close(self) -> None:
        """Free the place. May be called again."""
        if not self._closed:
            self._closed = True
            self._queue.active -= 1

    async def _watch(self, is_awaiting: Callable[[], bool]) -> None:
        while True:
            await asyncio.sleep(_STALLED_AFTER_S)
            self._mark("send", is_awaiting())

    def _mark(self, what: str, is_waiting: bool) -> None:
        was_stalled = bool(self._waits)
        (self._waits.add if is_waiting else self._waits.discard)(what)
        if self._waits and not was_stalled:
            self._admission.stall(self._queue)
        elif was_stalled and not self._waits:
            self._queue.stalled -= 1
            self._queue.active += 1
