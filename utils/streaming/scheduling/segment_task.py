"""One segment of a job: its events, its cost, and the retry after a worker's death."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...cache.entry import CachedSegment
from ..contract.engine_spec import EngineSpec
from ..contract.errors import ReplayMismatchError
from ..contract.events import AudioChunk, SegmentDone, SegmentFailed, SegmentStats, TranscriptUpdate, Word
from ..contract.model_key import ModelKey
from ..contract.segment import StreamingSegment
from ..worker.request import WorkerRequest
from .event_buffer import EventBuffer
from .fair_queue import Priority
from .replay import ReplayFilter

MAX_DEATHS = 2
"""A segment fails when this many workers have died while they ran it."""
_REPLAY_MISMATCH = "its worker died, and the engine, declared deterministic, gave other output on the retry"
_KEPT_FOR_CACHE_BYTES = 32 << 20
"""A longer segment isn't cached: the audio for the cache stays in memory until the segment is complete."""


class TaskOwner(Protocol):
    """The job a task belongs to."""

    request: int
    priority: Priority
    window_bytes: int

    def flush(self) -> None:
        """Deliver the ready events."""

    def on_task_over(self, task: SegmentTask) -> None:
        """Note that a task has its outcome."""


class SegmentTask:
    """A segment in progress. Its worker's events go into `buffer`, and its job takes them out.

    | event | the engine is deterministic | it isn't |
    |---|---|---|
    | first death, nothing delivered | retry, replay dropped | retry from the beginning |
    | first death, something delivered | retry, replay dropped | failed |
    | the replay differs | failed | - |
    | second death | failed | failed |

    Once it has an outcome or is cancelled, further events of its worker are ignored.
    """

    def __init__(self, owner: TaskOwner, segment: StreamingSegment, spec: EngineSpec) -> None:
        self.owner = owner
        self.segment = segment
        self.spec = spec
        self.buffer = EventBuffer()
        self.outcome: SegmentDone | SegmentFailed | None = None
        self.cancelled = False
        self.attempts = 0
        self.model_key: ModelKey | None = None
        """The model that makes it; None until it is resolved, and for a segment that fails before."""
        self.key: str | None = None
        self.worker_pid = 0
        self._runs_on = ""
        self._deaths = 0
        self._request: WorkerRequest | None = None
        self._position = 0
        self._delivered = False
        self._replay = ReplayFilter()
        # For the cache, until the segment is complete or too long.
        self._kept: list[NDArray[np.float32]] | None = []
        self._kept_words: list[Word] = []
        self._kept_updates: list[TranscriptUpdate] = []
        self._notes: dict[str, None] = {}
        self._sample_rate = 0
        self._created_at = time.monotonic()
        self._taken_at: float | None = None
        self._first_at: float | None = None

    # For the fair queue

    @property
    def priority(self) -> Priority:
        """The job's priority."""
        return self.owner.priority

    @property
    def index(self) -> int:
        """Its position in its job, which delivers its segments in order."""
        return self.segment.index

    @property
    def alone(self) -> bool:
        """Whether it must not share a batch: after a death, the next one must be attributable to it."""
        return self._deaths > 0

    # From the pool

    def begin(self, request: WorkerRequest, position: int, pid: int, runs_on: str) -> None:
        """Note that a worker has taken the segment."""
        self._request = request
        self._position = position
        self.worker_pid = pid
        self._runs_on = runs_on
        self.attempts += 1
        self._notes.clear()
        if self.key is None:
            self._kept = None
        if self._taken_at is None:
            self._taken_at = time.monotonic()

    def cancel(self) -> None:
        """Stop the work and drop the buffered events."""
        self.cancelled = True
        self.buffer.clear()
        self._kept = None
        self._cancel_request()

    def on_death(self, reason: str, log_tail: str) -> bool:
        """Note that its worker died. Return whether to retry; if not, it has failed."""
        self._request = None
        self._deaths += 1
        if self._deaths >= MAX_DEATHS:
            self.fail(f"its worker {reason}, and so did the one before", log_tail)
            return False
        if self.spec.deterministic:
            self._replay.restart()
            return True
        if self._delivered:
            self.fail(f"its worker {reason} after part of the segment was delivered", log_tail)
            return False
        self.buffer.clear()
        self._replay = ReplayFilter()
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
            delivered_samples=self._replay.accepted_bytes // 4,
            request=self.owner.request,
            index=self.segment.index,
        )
        self._kept = None
        self.owner.on_task_over(self)

    def complete_from_cache(self, cached: CachedSegment) -> None:
        """Complete the segment from the cache."""
        for update in cached.transcripts:
            self.buffer.push(self._stamped(update))
        if cached.samples.size or cached.words:
            self.buffer.push(self._chunk(cached.samples, cached.sample_rate, cached.words))
        self._sample_rate = cached.sample_rate
        self._first_at = time.monotonic()
        self._kept = None
        self._end(cached.samples.nbytes, cache_hit=True)

    # From the worker (SegmentSink)

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        """Receive a chunk."""
        if self.outcome is not None or self.cancelled:
            return
        expected = self.spec.sample_rate_of(self.segment.params)
        if sample_rate != expected:
            self._abort(f"the engine sent {sample_rate} Hz, but its engine.toml says {expected}")
            return
        n_bytes = samples.nbytes
        try:
            samples, words = self._replay.new_samples(samples), self._replay.new_words(words)
        except ReplayMismatchError:
            self._abort(_REPLAY_MISMATCH)
            return
        # The worker's credit counts replayed samples too. They never reach the listener, so they are taken here.
        self._taken(n_bytes - samples.nbytes)
        if n_bytes and not (samples.size or words):
            return
        self._sample_rate = sample_rate
        if self._kept is not None:
            if self._replay.accepted_bytes > _KEPT_FOR_CACHE_BYTES:
                self._kept = None
            else:
                self._kept.append(samples)
                self._kept_words.extend(words)
        self._push(self._chunk(samples, sample_rate, words))

    def on_transcript(self, update: TranscriptUpdate) -> None:
        """Receive recognized words."""
        if self.outcome is not None or self.cancelled:
            return
        if not self._replay.is_new_update():
            return
        if self._kept is not None:
            self._kept_updates.append(update)
        self._push(self._stamped(update))

    def on_note(self, text: str) -> None:
        """Receive what a user should know about the segment."""
        self._notes[text] = None

    def on_end(self) -> None:
        """Note that the worker has sent everything."""
        if self.outcome is not None or self.cancelled:
            return
        try:
            self._replay.check_end()
        except ReplayMismatchError:
            self._abort(_REPLAY_MISMATCH)
            return
        self._end(self._replay.accepted_bytes, cache_hit=False)

    def on_failed(self, message: str, log_tail: str) -> None:
        """Note that the engine failed on the segment."""
        self.fail(message, log_tail)

    # For the job

    def pop(self) -> AudioChunk | TranscriptUpdate | None:
        """Remove and return the next event, or None; its worker gets the credit for it."""
        event = self.buffer.pop()
        if event is not None:
            self._delivered = True
            if isinstance(event, AudioChunk):
                self._taken(event.samples.nbytes)
        return event

    def to_cache(self) -> CachedSegment | None:
        """Return the complete segment for the cache, once; None if it shouldn't be cached."""
        kept, self._kept = self._kept, None
        if kept is None or not isinstance(self.outcome, SegmentDone) or self.outcome.stats.cache_hit:
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

    def _abort(self, message: str) -> None:
        """Fail the segment, and cancel its request."""
        self.fail(message)
        self._cancel_request()

    def _cancel_request(self) -> None:
        if self._request is not None:
            self._request.cancel(self._position)

    def _push(self, event: AudioChunk | TranscriptUpdate) -> None:
        if self._first_at is None:
            self._first_at = time.monotonic()
        try:
            self.buffer.push(event)
        except OSError as error:
            self._abort(f"its audio can't be buffered until its listener takes it: {error.strerror}")
            return
        self.owner.flush()

    def _taken(self, n_bytes: int) -> None:
        if self._request is not None:
            self._request.taken(n_bytes)

    def _end(self, n_bytes: int, *, cache_hit: bool) -> None:
        now = time.monotonic()
        audio_s = n_bytes / 4 / self._sample_rate if self._sample_rate else 0.0
        self.outcome = SegmentDone(
            stats=SegmentStats(
                queue_s=(self._taken_at or now) - self._created_at,
                first_chunk_s=(self._first_at or now) - self._created_at,
                total_s=now - self._created_at,
                audio_s=audio_s,
                cache_hit=cache_hit,
                attempts=self.attempts,
                worker=self.worker_pid,
                notes=tuple(self._notes),
            ),
            request=self.owner.request,
            index=self.segment.index,
        )
        self.owner.on_task_over(self)
