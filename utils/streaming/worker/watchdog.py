"""Kills workers that hang: those that don't answer, and those whose segment makes no progress."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Protocol

from ..contract.engine_spec import EngineLimits
from . import protocol
from .request import WorkerRequest


class Watched(Protocol):
    """The worker, as its watchdog sees it."""

    heard_at: float
    answers_due_from: float

    @property
    def running(self) -> WorkerRequest | None:
        """The segments that it is working on."""

    @property
    def owes_answer(self) -> bool:
        """Whether it has to answer something other than segments."""
        ...

    def send(self, message: protocol.ToWorker) -> None:
        """Send a message."""

    def kill(self, reason: str) -> None:
        """End the process."""


class Watchdog:
    """Pings a worker, and kills it when it has been silent for longer than its limits allow."""

    def __init__(self, worker: Watched, limits: EngineLimits) -> None:
        self._worker = worker
        self._limits = limits
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def cancel(self) -> None:
        """Stop watching."""
        self._task.cancel()

    async def _watch(self) -> None:
        worker, limits = self._worker, self._limits
        interval_s = min(5.0, limits.ping_timeout_s / 4, limits.stall_timeout_s / 4)
        for number in itertools.count():
            worker.send(protocol.Ping(number))
            slept_at = time.monotonic()
            await asyncio.sleep(interval_s)
            now = time.monotonic()
            if now - slept_at > 2 * interval_s + 1:
                # This process itself didn't run (suspended, or without CPU time): the silence doesn't count.
                worker.heard_at = worker.answers_due_from = now
                if worker.running is not None:
                    worker.running.last_event_at = now
                continue
            reason = self._fault(now)
            if reason is not None:
                worker.kill(f"hung: {reason}")
                return

    def _fault(self, now: float) -> str | None:
        worker, limits = self._worker, self._limits
        if now - worker.heard_at > limits.ping_timeout_s:
            return f"no answer for {now - worker.heard_at:.1f} s"
        running = worker.running
        if running is not None:
            silent_s = 0.0 if running.starved else now - running.last_event_at
            return f"no output of its segment for {silent_s:.1f} s" if silent_s > limits.stall_timeout_s else None
        overdue_s = now - worker.answers_due_from
        if worker.owes_answer and overdue_s > limits.stall_timeout_s:
            return f"no answer to a request for {overdue_s:.1f} s"
        return None
