"""A request that a worker is running, as its parent sees it: credit, cancels and the time allowed for them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import FrameError
from ..contract.events import TranscriptUpdate, Word
from . import protocol
from .credit import UNLIMITED_BYTES, Credit

request_ids = itertools.count(1)


class SegmentSink(Protocol):
    """Receives a worker's events of one segment. Called on the loop; must not block."""

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        """Receive samples, float32 mono `[n_samples]`, read-only, and the words whose timing is known with them."""

    def on_transcript(self, update: TranscriptUpdate) -> None:
        """Receive recognized words."""

    def on_note(self, text: str) -> None:
        """Receive what a user should know about the segment."""

    def on_end(self) -> None:
        """Note that the segment is complete."""

    def on_failed(self, message: str, log_tail: str) -> None:
        """Note that the engine failed on the segment."""


class RequestLink(Protocol):
    """The interface to the worker that a request needs."""

    def send(self, message: protocol.ToWorker, payload: bytes = b"") -> None:
        """Send a message."""

    def kill(self, reason: str) -> None:
        """End the worker's process."""


class WorkerRequest:
    """A `Run` in flight. `finished` is resolved when the worker is free again, or fails with WorkerDiedError.

    A request ends in one of three ways, each through `close`: with `Finished`; with the worker's death; or, after a
    cancel that the worker ignored for `cancel_grace_s`, with the worker being killed.
    """

    def __init__(
        self, link: RequestLink, sinks: Sequence[SegmentSink], credit_bytes: int, cancel_grace_s: float
    ) -> None:
        self.id = next(request_ids)
        self.link = link
        self.sinks = sinks
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last_event_at = time.monotonic()
        self.on_starved: Callable[[], None] | None = None
        """Called whenever the credit is used up."""
        self.failed = False
        """Whether the engine failed on one of its segments."""
        self._credit = Credit(credit_bytes)
        self._cancel_grace_s = cancel_grace_s
        self._cancel_timer: asyncio.TimerHandle | None = None
        self._cancelled = False
        self._open = set(range(len(sinks)))
        """The positions that are neither finished nor cancelled."""

    @property
    def starved(self) -> bool:
        """Whether the worker is out of credit, so that it waits for this request's listener."""
        return not self._credit.is_open

    def sink(self, position: int) -> SegmentSink:
        """Return the sink of a position. FrameError for a position that the request doesn't have."""
        if not 0 <= position < len(self.sinks):
            raise FrameError(f"position {position} of {len(self.sinks)}")
        return self.sinks[position]

    def spent(self, n_bytes: int) -> None:
        """Count samples that arrived."""
        self._credit.spend(n_bytes)
        if self.starved and self.on_starved is not None:
            self.on_starved()

    def taken(self, n_bytes: int) -> None:
        """Count samples that the listener took; the worker may send as many more."""
        due_bytes = self._credit.take(n_bytes)
        if due_bytes:
            self._grant(due_bytes)

    def lift_credit(self) -> None:
        """Let the worker finish without waiting for the listener, because others wait for the worker."""
        self._grant(UNLIMITED_BYTES)

    def _grant(self, n_bytes: int) -> None:
        if self.finished.done() or self._credit.is_lifted:
            return
        if self.starved:
            # Until now the worker waited for the listener: the watchdog must not count that time.
            self.last_event_at = time.monotonic()
        self._credit.grant(n_bytes)
        self.link.send(protocol.Grant(self.id, n_bytes))

    def cancel(self, position: int) -> None:
        """Stop one position. Once no position is open, the worker has `cancel_grace_s` to finish the request."""
        if self.finished.done() or position not in self._open:
            return
        self._open.discard(position)
        self._cancelled = True
        if self._open:
            self.link.send(protocol.Cancel(self.id, position))
        else:
            self._cancel_all()

    def ended(self, position: int) -> None:
        """Note that the worker has finished with one position."""
        self._open.discard(position)
        if self._cancelled and not self._open:
            self._cancel_all()

    def close(self, error: Exception | None = None) -> None:
        """End the request: stop the timer and resolve `finished`, or fail it with the error."""
        if self._cancel_timer is not None:
            self._cancel_timer.cancel()
        if self.finished.done():
            return
        if error is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(error)
            self.finished.exception()  # it may never be awaited

    def _cancel_all(self) -> None:
        if self._cancel_timer is None:
            self.link.send(protocol.Cancel(self.id))
            grace_s = self._cancel_grace_s
            self._cancel_timer = asyncio.get_running_loop().call_later(grace_s, self._overdue, grace_s)

    def _overdue(self, grace_s: float) -> None:
        # Also if the task that awaited `finished` was cancelled: the worker must become free.
        self.link.kill(f"did not stop within {grace_s:g} s of a cancel")
