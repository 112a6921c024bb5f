"""What comes back from an engine: audio, transcripts, and the end of a segment, good or bad."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from .segment import SourceSpan


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word with its times in seconds from the start of its segment.

    `source` is its place in the segment's text (speech), `probability` the engine's own confidence (recognition).
    """

    text: str
    start_s: float
    end_s: float
    source: SourceSpan | None = None
    probability: float | None = None


class AudioChunk(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A piece of a segment's audio: `samples` is mono float32 `[n_samples]` in -1..1, at `sample_rate` Hz.

    `words` are those whose timing became known with this chunk; their times count from the start of the segment.
    An adapter leaves `request` and `index` as they are: the coordinator knows them.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    words: tuple[Word, ...] = ()
    request: int = 0
    index: int = -1


class TranscriptUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Words recognised in a segment. `committed` words never change; others may, with the next update.

    The text runs from `start_s` to `end_s`, in seconds from the start of the segment, as the words' times do.
    """

    text: str
    start_s: float = 0.0
    end_s: float = 0.0
    words: tuple[Word, ...] = ()
    committed: bool = True
    language: str | None = None
    language_probability: float | None = None
    request: int = 0
    index: int = -1


class SegmentStats(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment cost. Times in seconds; `attempts` is 0 for a cache hit and 2 when a worker died under it.

    `queue_s` runs from the request until a worker took it, `first_chunk_s` and `total_s` from the request until the
    first event and the last. `worker` is the process id that made it, 0 for the cache.
    """

    queue_s: float = 0.0
    first_chunk_s: float = 0.0
    total_s: float = 0.0
    audio_s: float = 0.0
    cache_hit: bool = False
    attempts: int = 0
    worker: int = 0


class SegmentDone(msgspec.Struct, frozen=True, kw_only=True):
    """The segment is complete: every event of it came before this one."""

    stats: SegmentStats
    request: int = 0
    index: int = -1


class SegmentFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The segment could not be made. `message` is the engine's own; `log_tail` the end of its worker's log.

    `runs_on` says what that worker was made of: its Python, and the versions of the packages that decide its output.
    `delivered_samples` of its audio had gone out before (at the engine's rate): they stand, the rest is a named gap.
    """

    engine: str
    text: str
    message: str
    log_tail: str = ""
    runs_on: str = ""
    attempts: int = 1
    delivered_samples: int = 0
    request: int = 0
    index: int = -1


class LoadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """A model is being loaded for this job. `fraction` is 0..1, or None where the engine can't tell."""

    engine: str
    model: str
    message: str
    fraction: float | None = None
    request: int = 0


AdapterEvent = AudioChunk | TranscriptUpdate
"""What an adapter may yield."""

StreamEvent = AudioChunk | TranscriptUpdate | SegmentDone | SegmentFailed | LoadProgress
"""What a job's consumer receives."""
