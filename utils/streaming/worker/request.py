"""A request under way in a worker, as its parent sees it: credit, cancels, and the patience with both."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..contract.events import TranscriptUpdate, Word
from . import protocol
from .frames import FrameError

request_ids = itertools.count(1)
UNLIMITED_BYTES = 1 << 40
"""A credit that nothing uses up."""


class SegmentSink(Protocol):
    """Where a worker's events of one segment go. Called on the loop; must not block."""

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        """Take samples in, float32 mono `[n_samples]`; read-only."""

    def on_transcript(self, update: TranscriptUpdate) -> None:
        """Take recognised words in."""

    def on_end(self) -> None:
        """Learn that the segment is complete."""

    def on_failed(self, message: str, log_tail: str) -> None:
        """Learn that the engine gave up on the segment."""


class RequestLink(Protocol):
    """What a request needs of its worker."""

    def send(self, message: protocol.ToWorker, payload: bytes = b"") -> None:
        """Send a message."""

    def kill(self, reason: str) -> None:
        """End the worker's process."""


class WorkerRequest:
    """A `Run` under way. `finished` is resolved when the worker is free again, or fails with WorkerDiedError."""

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
        """Whether the engine gave up on a segment of it."""
        self._credit_bytes = credit_bytes
        self._cancel_grace_s = cancel_grace_s
        self._cancel_timer: asyncio.TimerHandle | None = None
        self._cancelled = False
        self._wanted = set(range(len(sinks)))

    @property
    def starved(self) -> bool:
        """Whether the worker waits for this request's listener."""
        return self._credit_bytes <= 0

    def sink(self, position: int) -> SegmentSink:
        """Return the sink of a position. FrameError for one that the request doesn't have: the worker is garbled."""
        if not 0 <= position < len(self.sinks):
            raise FrameError(f"position {position} of {len(self.sinks)}")
        return self.sinks[position]

    def spent(self, n_bytes: int) -> None:
        """Account for samples that arrived."""
        self._credit_bytes -= n_bytes
        if self._credit_bytes <= 0 and self.on_starved is not None:
            self.on_starved()

    def grant(self, n_bytes: int) -> None:
        """Let the worker send so many more bytes."""
        if self.finished.done() or self._credit_bytes > UNLIMITED_BYTES // 2:
            return
        if self.starved:
            # The silence until now was the listener's, not the engine's.
            self.last_event_at = time.monotonic()
        self._credit_bytes += n_bytes
        self.link.send(protocol.Credit(self.id, n_bytes))

    def unleash(self) -> None:
        """Let the worker finish without waiting for the listener, because others wait for the worker."""
        self.grant(UNLIMITED_BYTES)

    def cancel(self, position: int) -> None:
        """Stop one position. Once nothing of the request is wanted, the worker has its grace to be done with it."""
        if self.finished.done() or position not in self._wanted:
            return
        self._wanted.discard(position)
        self._cancelled = True
        if self._wanted:
            self.link.send(protocol.Cancel(self.id, position))
        else:
            self._cancel_all()

    def ended(self, position: int) -> None:
        """Note that the worker has finished with one position."""
        self._wanted.discard(position)
        if self._cancelled and not self._wanted:
            self._cancel_all()

    def close(self, error: Exception | None = None) -> None:
        """End the request: resolve `finished` (unless nobody waits any more) and forget the timer."""
        if self._cancel_timer is not None:
            self._cancel_timer.cancel()
        if self.finished.done():
            return
        if error is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(error)
            self.finished.exception()  # seen, even if nobody asks

    def _cancel_all(self) -> None:
        if self._cancel_timer is None:
            self.link.send(protocol.Cancel(self.id))
            grace_s = self._cancel_grace_s
            self._cancel_timer = asyncio.get_running_loop().call_later(grace_s, self._overdue, grace_s)

    def _overdue(self, grace_s: float) -> None:
        # `finished` may have been given up with the task that waited for it; the worker still has to be free.
        self.link.kill(f"did not stop within {grace_s:g} s of a cancel")
