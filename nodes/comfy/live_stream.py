"""A node's audio while it is made, for whoever listens: bounded, and never in the way of the node."""

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
"""What one stream keeps: over ten minutes of speech. Beyond it the oldest goes, listened to or not."""
KEPT = 8
"""So many streams are kept, the newest: a browser that comes late still hears what was made a moment ago."""


class Piece(NamedTuple):
    """Some of a stream for one listener: `number` is what to ask for next; `ended` says that nothing follows."""

    data: bytes
    number: int
    ended: bool


class LiveStream:
    """Mono audio as it is made, 16 bits a sample, little-endian. Written by one thread, read by any."""

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
        """Add float32 mono samples `[n_samples]`. Never waits for a listener."""
        data = to_int16_bytes(samples)
        with self._lock:
            self._blocks.append(data)
            self._n_bytes += len(data)
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._blocks.popleft())
                self._first += 1
        self._wake()

    def end(self) -> None:
        """Say that nothing follows."""
        with self._lock:
            self.ended = True
        self._wake()

    def read(self, number: int) -> Piece | None:
        """Return everything from block `number` on, perhaps nothing; None where that is no longer kept.

        Number 0 is the beginning, or what is left of it. A listener that was overtaken gets None: what it would hear
        has a hole.
        """
        with self._lock:
            if number and number < self._first:
                return None
            at = max(number - self._first, 0)
            blocks = [self._blocks[place] for place in range(at, len(self._blocks))]
            return Piece(b"".join(blocks), self._first + len(self._blocks), self.ended)

    def call_when_more(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, in the writing thread, whenever there is more. Return what ends that."""
        with self._lock:
            self._waiting.append(wake)

        def leave() -> None:
            with self._lock:
                self._waiting.remove(wake)

        return leave

    def _wake(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        for wake in waiting:
            wake()


class LiveStreams:
    """The streams of this process, by their ids, which nobody can guess."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._streams: OrderedDict[str, LiveStream] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, sample_rate: int) -> LiveStream:
        """Return a new stream; of those before, the oldest that have ended are forgotten."""
        stream = LiveStream(sample_rate)
        with self._lock:
            self._streams[stream.id] = stream
            ended = [name for name, one in self._streams.items() if one.ended]
            for name in ended[: max(0, len(self._streams) - self._kept)]:
                del self._streams[name]
        return stream

    def get(self, name: str) -> LiveStream | None:
        """Return the stream of that id, None if there is none, or no longer."""
        with self._lock:
            return self._streams.get(name)


STREAMS = LiveStreams()
