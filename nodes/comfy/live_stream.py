"""A node's audio while it is generated, for any number of listeners. Its size is bounded; writing never blocks."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...media.audio.pcm import to_int16_bytes

MAX_BYTES = 32 << 20
"""Maximum size of a stream: over ten minutes of speech. Then the oldest blocks are dropped, read or not."""
KEPT = 8
"""Number of streams kept, including ended ones, so that a browser that connects late still finds them."""


class StreamRead(NamedTuple):
    """Data for one listener. `number` is the block to read next; `ended` is true if no data follows."""

    data: bytes
    number: int
    ended: bool


class LiveStream:
    """Mono audio, 16 bits per sample, little-endian. Written by one thread, read by any."""

    def __init__(self, sample_rate: int, max_bytes: int = MAX_BYTES) -> None:
        self.id = secrets.token_urlsafe(24)
        self.sample_rate = sample_rate
        self.ended = False
        self._max_bytes = max_bytes
        self._blocks: deque[bytes] = deque()
        self._n_bytes = 0
        self._first = 0
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []

    def write(self, samples: NDArray[np.float32]) -> None:
        """Add float32 mono samples `[n_samples]`. Never blocks."""
        data = to_int16_bytes(samples)
        with self._lock:
            self._blocks.append(data)
            self._n_bytes += len(data)
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._blocks.popleft())
                self._first += 1
        self._wake()

    def end(self) -> None:
        """Mark the end of the stream."""
        with self._lock:
            self.ended = True
        self._wake()

    def read(self, number: int) -> StreamRead | None:
        """Return all data from block `number` on, possibly empty; None if that block was dropped.

        Number 0 is the oldest block that is kept. A listener that is too slow gets None: its audio would have a gap.
        """
        with self._lock:
            if number and number < self._first:
                return None
            first = max(number - self._first, 0)
            blocks = [self._blocks[index] for index in range(first, len(self._blocks))]
            return StreamRead(b"".join(blocks), self._first + len(self._blocks), self.ended)

    def call_when_more(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` from the writing thread on new data and at the end. Return a function that unsubscribes it."""
        with self._lock:
            self._waiting.append(wake)

        def unsubscribe() -> None:
            with self._lock:
                self._waiting.remove(wake)

        return unsubscribe

    def _wake(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        for wake in waiting:
            wake()


class LiveStreams:
    """The streams of this process by their random ids."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._streams: OrderedDict[str, LiveStream] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, sample_rate: int) -> LiveStream:
        """Return a new stream, and drop the oldest streams that have ended."""
        stream = LiveStream(sample_rate)
        with self._lock:
            self._streams[stream.id] = stream
            ended_ids = [stream_id for stream_id, known in self._streams.items() if known.ended]
            for stream_id in ended_ids[: max(0, len(self._streams) - self._kept)]:
                del self._streams[stream_id]
        return stream

    def get(self, stream_id: str) -> LiveStream | None:
        """Return the stream with that id, or None."""
        with self._lock:
            return self._streams.get(stream_id)


STREAMS = LiveStreams()
