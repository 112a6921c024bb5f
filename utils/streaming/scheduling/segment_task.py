"""One segment on its way through a worker: what it has made, what it cost, and what a death does to it."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...cache.entry import CachedSegment
from ..contract.engine_spec import EngineSpec
from ..contract.events import AudioChunk, SegmentDone, SegmentFailed, SegmentFigures, TranscriptUpdate, Word
from ..contract.model_key import ModelKey
from ..contract.segment import StreamingSegment
from ..worker.request import WorkerRequest
from .event_buffer import EventBuffer
from .fair_queue import Priority
from .replay import NotRepeatedError, Repeat

MAX_DEATHS = 2
"""A segment that kills its worker this often is reported, not tried again."""
_NOT_REPEATED = "its worker died, and the engine, declared deterministic, made something else the second time"
_KEPT_FOR_CACHE_BYTES = 32 << 20
"""A longer segment isn't cached: it is held in memory until it is complete."""


class TaskOwner(Protocol):
    """The job a task belongs to."""

    request: int
    priority: Priority
    window_bytes: int

    def flush(self) -> None:
        """Move on what has been made."""

    def on_task_over(self, task: SegmentTask) -> None:
        """Learn that a task has its outcome."""


class SegmentTask:
    """A segment being made. Its worker's events come in, its job takes them out of `buffer`."""

    def __init__(self, owner: TaskOwner, segment: StreamingSegment, spec: EngineSpec) -> None:
        self.owner = owner
        self.segment = segment
        self.spec = spec
        self.buffer = EventBuffer()
        self.outcome: SegmentDone | SegmentFailed | None = None
        self.cancelled = False
        self.attempts = 0
        self.model_key: ModelKey | None = None
        """Which model is to make it; None before that was settled, and for one that can't be."""
        self.key: str | None = None
        self.worker_pid = 0
        self._runs_on = ""
        self._deaths = 0
        self._request: WorkerRequest | None = None
        self._position = 0
        self._left = False
        self._repeat = Repeat()
        # For the cache, until the segment is complete or too long.
        self._kept: list[NDArray[np.float32]] | None = []
        self._kept_words: list[Word] = []
        self._kept_updates: list[TranscriptUpdate] = []
        self._sample_rate = 0
        self._asked_at = time.monotonic()
        self._taken_at: float | None = None
        self._first_at: float | None = None

    # What the turn queue asks

    @property
    def priority(self) -> Priority:
        """The job's priority."""
        return self.owner.priority

    @property
    def place(self) -> int:
        """Its place in its job: a job takes its segments in their order."""
        return self.segment.index

    @property
    def alone(self) -> bool:
        """Whether it must not share a batch: a death under it would not say whose fault it was."""
        return self._deaths > 0

    # What the pool says

    def begin(self, request: WorkerRequest, position: int, pid: int, runs_on: str) -> None:
        """A worker has taken the segment."""
        self._request = request
        self._position = position
        self.worker_pid = pid
        self._runs_on = runs_on
        self.attempts += 1
        if self.key is None:
            self._kept = None
        if self._taken_at is None:
            self._taken_at = time.monotonic()

    def cancel(self) -> None:
        """Nobody wants the rest: stop the work, drop what is buffered."""
        self.cancelled = True
        self.buffer.clear()
        self._kept = None
        self._quit_request()

    def died(self, reason: str, log_tail: str) -> bool:
        """Its worker died under it. True if it is to be done again, else it has failed."""
        self._request = None
        self._deaths += 1
        if self._deaths >= MAX_DEATHS:
            self.fail(f"its worker {reason}, and so did the one before", log_tail)
            return False
        if self.spec.deterministic:
            self._repeat.begin_again()
            return True
        if self._left:
            self.fail(f"its worker {reason} after a part of it had been delivered", log_tail)
            return False
        self.buffer.clear()
        self._repeat = Repeat()
        self._kept = None if self._kept is None else []
        self._kept_words.clear()
        self._kept_updates.clear()
        return True

    def fail(self, message: str, log_tail: str = "") -> None:
        """End the segment as failed."""
        if self.outcome is not None or self.cancelled:
            return
        self.outcome = SegmentFailed(
            engine=self.spec.name,
            text=self.segment.text,
            message=message,
            log_tail=log_tail,
            runs_on=self._runs_on,
            attempts=self.attempts,
            delivered_samples=self._repeat.accepted_bytes // 4,
            request=self.owner.request,
            index=self.segment.index,
        )
        self._kept = None
        self.owner.on_task_over(self)

    def fill(self, cached: CachedSegment) -> None:
        """Complete the segment from the cache."""
        for update in cached.transcripts:
            self.buffer.push(self._stamped(update))
        if cached.samples.size or cached.words:
            self.buffer.push(self._chunk(cached.samples, cached.sample_rate, cached.words))
        self._sample_rate = cached.sample_rate
        self._first_at = time.monotonic()
        self._kept = None
        self._end(cached.samples.nbytes, cache_hit=True)

    # What the worker says (SegmentSink)

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        """Take a chunk in."""
        if self.outcome is not None or self.cancelled:
            return
        if sample_rate != self.spec.native_sample_rate:
            self._give_up(f"it came at {sample_rate} Hz, but its engine.toml says {self.spec.native_sample_rate}")
            return
        n_bytes = samples.nbytes
        try:
            samples, words = self._repeat.new_samples(samples), self._repeat.new_words(words)
        except NotRepeatedError:
            self._give_up(_NOT_REPEATED)
            return
        # The worker's credit counts what it sends, replayed samples too, which nobody else takes.
        self._taken(n_bytes - samples.nbytes)
        if n_bytes and not (samples.size or words):
            return
        self._sample_rate = sample_rate
        if self._kept is not None:
            if self._repeat.accepted_bytes > _KEPT_FOR_CACHE_BYTES:
                self._kept = None
            else:
                self._kept.append(samples)
                self._kept_words.extend(words)
        self._push(self._chunk(samples, sample_rate, words))

    def on_transcript(self, update: TranscriptUpdate) -> None:
        """Take recognised words in."""
        if self.outcome is not None or self.cancelled:
            return
        if not self._repeat.is_new_update():
            return
        if self._kept is not None:
            self._kept_updates.append(update)
        self._push(self._stamped(update))

    def on_end(self) -> None:
        """The worker has made everything."""
        if self.outcome is not None or self.cancelled:
            return
        try:
            self._repeat.check_end()
        except NotRepeatedError:
            self._give_up(_NOT_REPEATED)
            return
        self._end(self._repeat.accepted_bytes, cache_hit=False)

    def on_failed(self, message: str, log_tail: str) -> None:
        """The engine gave up on the segment."""
        self.fail(message, log_tail)

    # What the job does

    def pop(self) -> AudioChunk | TranscriptUpdate | None:
        """Take the next event out; its worker may make as much more."""
        event = self.buffer.pop()
        if event is not None:
            self._left = True
            if isinstance(event, AudioChunk):
                self._taken(event.samples.nbytes)
        return event

    def to_cache(self) -> CachedSegment | None:
        """Return the complete segment, once, for the cache; None if there is nothing to keep."""
        kept, self._kept = self._kept, None
        if kept is None or not isinstance(self.outcome, SegmentDone) or self.outcome.figures.cache_hit:
            return None
        return CachedSegment(
            sample_rate=self._sample_rate,
            samples=np.concatenate(kept) if kept else np.empty(0, dtype=np.float32),
            words=tuple(self._kept_words),
            transcripts=tuple(self._kept_updates),
        )

    def _chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> AudioChunk:
        return AudioChunk(
            samples=samples,
            sample_rate=sample_rate,
            words=words,
            request=self.owner.request,
            index=self.segment.index,
        )

    def _stamped(self, update: TranscriptUpdate) -> TranscriptUpdate:
        return msgspec.structs.replace(update, request=self.owner.request, index=self.segment.index)

    def _give_up(self, message: str) -> None:
        """Fail on this side; the worker needn't go on."""
        self.fail(message)
        self._quit_request()

    def _quit_request(self) -> None:
        if self._request is not None:
            self._request.cancel(self._position)

    def _push(self, event: AudioChunk | TranscriptUpdate) -> None:
        if self._first_at is None:
            self._first_at = time.monotonic()
        try:
            self.buffer.push(event)
        except OSError as error:
            self._give_up(f"no room to keep it until its listener takes it: {error}")
            return
        self.owner.flush()

    def _taken(self, n_bytes: int) -> None:
        if self._request is not None:
            self._request.taken(n_bytes)

    def _end(self, n_bytes: int, *, cache_hit: bool) -> None:
        now = time.monotonic()
        audio_s = n_bytes / 4 / self._sample_rate if self._sample_rate else 0.0
        self.outcome = SegmentDone(
            figures=SegmentFigures(
                queue_s=(self._taken_at or now) - self._asked_at,
                first_chunk_s=(self._first_at or now) - self._asked_at,
                total_s=now - self._asked_at,
                audio_s=audio_s,
                cache_hit=cache_hit,
                attempts=self.attempts,
                worker=self.worker_pid,
            ),
            request=self.owner.request,
            index=self.segment.index,
        )
        self.owner.on_task_over(self)
