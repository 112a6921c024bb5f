"""The progress of a job, computed from its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from ..utils.streaming.contract.events import AudioChunk, LoadProgress, SegmentDone, SegmentFailed, StreamEvent

_MEASURING = "measuring the loudness of a voice"


class JobSize(Protocol):
    """The size of a job, in any unit, such as characters."""

    @property
    def n_segments(self) -> int | None:
        """The number of segments; None until it is known."""

    @property
    def total_weight(self) -> int:
        """The sum of all weights."""
        ...

    def weight(self, index: int) -> int:
        """Return the weight of a segment; called once for each, when it ends."""
        ...


class ListedSize:
    """The size of a job whose weights are all known."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights = weights
        self.total_weight = sum(weights)

    @property
    def n_segments(self) -> int | None:
        """The number of segments."""
        return len(self._weights)

    def weight(self, index: int) -> int:
        """Return the weight of a segment."""
        return self._weights[index]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A job's progress. `segments_total`, `fraction_done` (by weight) and `remaining_s` are None while unknown.

    `audio_s` is the duration of the engines' audio so far, `audio_s_per_s` its rate; `message` names other work than
    segments, such as loading a model.
    """

    segments_done: int = 0
    segments_failed: int = 0
    segments_cached: int = 0
    segments_total: int | None = None
    fraction_done: float | None = None
    audio_s: float = 0.0
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    message: str = ""

    @property
    def audio_s_per_s(self) -> float:
        """Seconds of audio per second of time."""
        return self.audio_s / self.elapsed_s if self.elapsed_s > 0 else 0.0


class ProgressMeter:
    """Counts a job's events. `size` is the size of the job; None if unknown.

    The remaining time is estimated by weight from segments that were synthesized: cached ones take no time.
    """

    def __init__(
        self, size: JobSize | Sequence[int] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size = ListedSize(size) if isinstance(size, Sequence) else size
        self._left_weight = size.total_weight if size is not None else 0
        self._clock = clock
        self._began = clock()
        self._done = self._failed = self._cached = 0
        self._made_weight = 0
        self._made_s = 0.0
        self._last = self._began
        self._audio_s = 0.0
        self._message = ""

    def feed(self, event: StreamEvent) -> bool:
        """Process an event; return whether the progress changed enough to be shown."""
        if not isinstance(event, LoadProgress) and event.index < 0:
            self._last = self._clock()
            changed, self._message = self._message != _MEASURING, _MEASURING
            return changed
        if isinstance(event, AudioChunk):
            self._audio_s += event.samples.size / event.sample_rate
            self._message = ""
            return False
        if isinstance(event, LoadProgress):
            self._message = "" if event.message == "ready" else f"{event.engine}: {event.message}"
            self._last = self._clock()
            return True
        if isinstance(event, (SegmentDone, SegmentFailed)):
            self._count(event)
            return True
        return False

    def _count(self, event: SegmentDone | SegmentFailed) -> None:
        now = self._clock()
        weight = self._size.weight(event.index) if self._size is not None else 1
        self._left_weight -= weight
        self._message = ""
        self._done += 1
        if isinstance(event, SegmentFailed):
            self._failed += 1
        elif event.stats.cache_hit:
            self._cached += 1
        else:
            self._made_weight += weight
            self._made_s += now - self._last
        self._last = now

    @property
    def progress(self) -> Progress:
        """The progress so far."""
        remaining_s = fraction_done = None
        size = self._size
        if size is not None and size.total_weight:
            fraction_done = 1 - self._left_weight / size.total_weight
        if size is not None and (self._made_weight or not self._left_weight):
            remaining_s = self._left_weight * self._made_s / self._made_weight if self._made_weight else 0.0
        return Progress(
            segments_done=self._done,
            segments_failed=self._failed,
            segments_cached=self._cached,
            segments_total=size.n_segments if size is not None else None,
            fraction_done=fraction_done,
            audio_s=self._audio_s,
            elapsed_s=self._clock() - self._began,
            remaining_s=remaining_s,
            message=self._message,
        )
