"""The events of a job: audio, transcripts, loading, and the end of a segment, complete or failed."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from .segment import SourceSpan


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word with its times in seconds from the start of its segment.

    `source` is its range in the segment's text (speech), `probability` the engine's confidence (recognition).
    """

    text: str
    start_s: float
    end_s: float
    source: SourceSpan | None = None
    probability: float | None = None


class AudioChunk(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A part of a segment's audio: `samples` is mono float32 `[n_samples]` in -1..1, at `sample_rate` Hz.

    `words` are those whose timing became known with this chunk; their times count from the start of the segment.
    An adapter doesn't set `request` and `index`; the coordinator does.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    words: tuple[Word, ...] = ()
    request: int = 0
    index: int = -1


class Decoding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a recognizer decoded a text, with Whisper's measures of its quality.

    Args:
        window_start_s: Start of the window that was decoded, in seconds from the start of the segment.
        tokens: The ids of the text's tokens in the model's vocabulary.
        temperature: The temperature of sampling; 0 for the most probable text.
        mean_log_probability: Mean natural logarithm of the tokens' probabilities.
        compression_ratio: Bytes of the text by those of its zlib form; repetitive text has a high ratio.
        no_speech_probability: The probability that the window has no speech.
    """

    window_start_s: float
    tokens: tuple[int, ...]
    temperature: float
    mean_log_probability: float
    compression_ratio: float
    no_speech_probability: float


class TranscriptUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Words recognized in a segment. `committed` words never change; others may, with the next update.

    The text runs from `start_s` to `end_s`, in seconds from the start of the segment, as the words' times do.
    `decoding` is None if the engine doesn't report it.
    """

    text: str
    start_s: float = 0.0
    end_s: float = 0.0
    words: tuple[Word, ...] = ()
    committed: bool = True
    language: str | None = None
    language_probability: float | None = None
    decoding: Decoding | None = None
    request: int = 0
    index: int = -1


class SegmentNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a user should know about a segment's output, as a sentence. It ends up in `SegmentStats.notes`."""

    text: str


class SegmentStats(msgspec.Struct, frozen=True, kw_only=True):
    """The times and the source of a segment.

    Args:
        queue_s: From the request until a worker took it, in seconds.
        first_chunk_s: From the request until the first event.
        total_s: From the request until the last event.
        audio_s: Duration of its audio.
        cache_hit: Whether it came from the cache.
        attempts: 0 for a cache hit, 2 after a retry.
        worker: The process id of its worker, 0 for the cache.
        notes: What its engine says about its output; none for the cache.
    """

    queue_s: float = 0.0
    first_chunk_s: float = 0.0
    total_s: float = 0.0
    audio_s: float = 0.0
    cache_hit: bool = False
    attempts: int = 0
    worker: int = 0
    notes: tuple[str, ...] = ()


class SegmentDone(msgspec.Struct, frozen=True, kw_only=True):
    """The segment is complete; this is its last event."""

    stats: SegmentStats
    request: int = 0
    index: int = -1


class SegmentFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The segment failed.

    Args:
        engine: The engine's name.
        text: The segment's text.
        message: The engine's message.
        log_tail: The end of its worker's log.
        runs_on: Its worker's Python, and the versions of the packages that decide its output.
        attempts: How many times it was tried.
        delivered_samples: The number of samples that were delivered before, at the engine's rate. They remain; the
            rest is a gap in the report.
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
    """A model is being loaded for this job. `fraction` is 0 to 1, or None if unknown."""

    engine: str
    model: str
    message: str
    fraction: float | None = None
    request: int = 0


AdapterEvent = AudioChunk | TranscriptUpdate | SegmentNote
"""The events that an adapter may yield."""

StreamEvent = AudioChunk | TranscriptUpdate | SegmentDone | SegmentFailed | LoadProgress
"""The events that a consumer of a job receives."""
