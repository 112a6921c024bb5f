"""A job that speaks: lays the audio of its segments on one timeline as it arrives, and records their positions."""

from __future__ import annotations

import functools
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..media.audio.limiter import Limiter
from ..media.audio.resample import Resampler
from ..media.audio.timeline import Timeline
from ..utils.streaming import AudioChunk, SegmentDone, SegmentFailed, SourceSpan, StreamEvent, StreamingSegment
from ..utils.streaming.loading.loaded_model import NOTES
from .levels.leveling import CEILING_DBTP, Leveling, VoiceLevel
from .progress import JobSize, ListedSize
from .tempo_change import TempoChange

_notes = logging.getLogger(NOTES)

Status = Literal["spoken", "silent", "failed"]
"""`silent`: the engine made no audio for the text. `failed`: see the message; audio delivered before stays."""


class PlacedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """The position of a segment's audio: samples `start_sample` up to `end_sample` of the job's output."""

    index: int
    start_sample: int
    end_sample: int
    status: Status
    message: str = ""
    cached: bool = False
    notes: tuple[str, ...] = ()
    """What its engine says about its output."""


class SpeechJob:
    """Turns the events of its segments, in order, into final audio. It does no I/O: `jobs.run` drives it.

    Invariants:

    - Events come in segment order; at most one segment is open at a time.
    - `layout` decides where a segment starts, when its first event comes and all segments before it have ended.
    - The blocks that come out are float32 mono `[n_samples]` at `sample_rate` Hz, without gaps between them.
    - A sample is released once no open or later segment can still add to it (`Layout.earliest`), so memory is bounded
      by the overlapping segments.
    - With `leveling`, each voice gets its gain, and the true peaks of the mix are limited. Without it, the audio is as
      the engines made it, and `ceiling_db` (dBFS) limits the samples of a mix that may be louder.
    """

    def __init__(
        self,
        segments: Sequence[StreamingSegment],
        layout: Layout,
        sample_rate: int,
        leveling: Leveling | None = None,
        *,
        ceiling_db: float | None = None,
    ) -> None:
        self.segments = segments
        self.sample_rate = sample_rate
        self.placed: list[PlacedSegment] = []
        """The segments that have ended, in order."""
        self.words: list[PlacedWord] | None = None
        """Set it to a list to have the words of each event appended; the caller may empty it at any time."""
        self._layout = layout
        self._timeline = Timeline(sample_rate)
        self._start_sample: int | None = None
        self._position = 0
        self._resampler: Resampler | None = None
        self._tempo = TempoChange(self._tempo_of)
        self._leveling = leveling
        self._limiter: Limiter | None = None
        if leveling is not None:
            self._limiter = Limiter(sample_rate, CEILING_DBTP, true_peak=True)
        elif ceiling_db is not None:
            self._limiter = Limiter(sample_rate, ceiling_db)
        self._shown_notes: set[str] = set()

    @property
    def source(self) -> Iterable[StreamingSegment]:
        """What to run: the segments, and sample sentences of voices that must be measured first."""
        return self._segments() if self._leveling is None else self._leveling.source(self._segments())

    @property
    def levels(self) -> tuple[VoiceLevel, ...]:
        """The voices that were leveled so far, with their gains; empty without leveling."""
        return () if self._leveling is None else self._leveling.levels

    @property
    def voice_notes(self) -> tuple[str, ...]:
        """What users should know of the recordings that the speakers so far imitate."""
        return ()

    @property
    def size(self) -> JobSize:
        """The size of the job: the segments, weighted by their characters."""
        return ListedSize([len(segment.text) for segment in self.segments])

    @property
    def n_samples(self) -> int:
        """The length of the audio so far."""
        return self._timeline.end_sample

    def feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        """Process an event and yield the blocks that became final."""
        for leveled in [event] if self._leveling is None else self._leveling.feed(event):
            for changed in self._tempo.feed(leveled):
                for block in self._feed(changed):
                    yield from self._limited(block)

    def _feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        if isinstance(event, AudioChunk):
            self._begin(event.index)
            if self._resampler is None:
                self._resampler = Resampler(event.sample_rate, self.sample_rate)
            self._take(self._resampler.process(event.samples))
            if self.words is not None and self._start_sample is not None:
                start_s = self._start_sample / self.sample_rate
                source_of = functools.partial(self._source_of, event.index)
                self.words += placed_words(event, source_of, start_s, self._speaker_of(event.index))
            yield from self._timeline.release(
                min(self._position, self._layout.earliest(event.index + 1, self._position))
            )
        elif isinstance(event, (SegmentDone, SegmentFailed)):
            yield from self._end(event)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rest, after the last event."""
        for block in self._timeline.finish():
            yield from self._limited(block)
        if self._limiter is not None and (rest := self._limiter.flush()).size:
            yield rest

    def _segments(self) -> Iterable[StreamingSegment]:
        """Return the segments to run."""
        return self.segments

    def _limited(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        if self._limiter is None:
            yield block
        elif (limited := self._limiter.process(block)).size:
            yield limited

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            self._start_sample = self._position = self._layout.start(index)

    def _take(self, samples: NDArray[np.float32]) -> None:
        """Process more of the open segment's audio, at the job's rate."""
        self._lay(samples)

    def _complete(self, index: int, *, failed: bool) -> None:
        """Lay the audio of a segment that was held back: it is complete."""

    def _lay(self, samples: NDArray[np.float32]) -> None:
        if samples.size:
            self._timeline.add(self._position, samples)
            self._position += samples.size

    def _end(self, event: SegmentDone | SegmentFailed) -> Iterator[NDArray[np.float32]]:
        self._begin(event.index)
        if self._resampler is not None:
            self._take(self._resampler.flush())
            self._resampler = None
        self._complete(event.index, failed=isinstance(event, SegmentFailed))
        start_sample, self._start_sample = self._start_sample, None
        assert start_sample is not None
        if isinstance(event, SegmentFailed):
            status: Status = "failed"
        else:
            status = "spoken" if self._position > start_sample else "silent"
        self.placed.append(
            PlacedSegment(
                index=event.index,
                start_sample=start_sample,
                end_sample=self._position,
                status=status,
                message=event.message if isinstance(event, SegmentFailed) else "",
                cached=isinstance(event, SegmentDone) and event.stats.cache_hit,
                notes=self._noted(event),
            )
        )
        self._layout.ended(event.index, start_sample, self._position)
        # After the last segment too, so that the position of one without audio is within the output.
        yield from self._timeline.release(
            self._position if self._is_last(event.index) else self._layout.earliest(event.index + 1, self._position)
        )

    def _noted(self, event: SegmentDone | SegmentFailed) -> tuple[str, ...]:
        """Return a segment's notes; each is also shown at once, the first time."""
        notes = event.stats.notes if isinstance(event, SegmentDone) else ()
        for note in notes:
            if note not in self._shown_notes:
                self._shown_notes.add(note)
                _notes.warning("%s", note)
        return notes

    def _is_last(self, index: int) -> bool:
        """Return whether a segment is the last one."""
        return index + 1 == len(self.segments)

    def _tempo_of(self, index: int) -> float:
        """Return the factor on the tempo of a segment's audio."""
        return self.segments[index].tempo

    def _speaker_of(self, index: int) -> str:
        """Return the name of a segment's speaker; empty for the only one, or the narrator."""
        return ""

    def _source_of(self, index: int, span: SourceSpan) -> SourceSpan:
        """Return a span of a segment's text as a span of the user's text."""
        source = self.segments[index].source
        offset = source.start if source is not None else 0
        return SourceSpan(offset + span.start, offset + span.end)


class Layout(ABC):
    """Decides where segments start. Calls come in order: `start(i)`, `ended(i, ...)`, `start(i + 1)`, and so on."""

    @abstractmethod
    def start(self, index: int) -> int:
        """Return the sample at which the segment starts."""

    @abstractmethod
    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Record where the segment's audio is."""

    @abstractmethod
    def earliest(self, index: int, position: int) -> int:
        """Return a sample before which neither this segment nor a later one starts.

        `position` is how far the audio of the segment before it is.
        """


class SequentialLayout(Layout):
    """Each segment starts when the one before it has ended and its pause, in samples, is over."""

    def __init__(self, pauses_samples: Sequence[int]) -> None:
        self._pauses = pauses_samples
        self._cursor = 0

    def start(self, index: int) -> int:
        """Return the end of the segment before, plus its pause."""
        return self._cursor

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Advance past the segment and its pause."""
        # A segment without audio has no pause either.
        pause = self._pauses[index] if end_sample > start_sample else 0
        self._cursor = end_sample + pause

    def earliest(self, index: int, position: int) -> int:
        """Return how far the audio is."""
        return max(self._cursor, position)


_UNKNOWN_SOURCE = SourceSpan(-1, -1)


class PlacedWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word with its times in seconds of the job's output and its characters in the user's text.

    `source_start` and `source_end` are -1 if the engine doesn't report which characters it spoke. `speaker` is a name
    in the cast; empty for the narrator.
    """

    text: str
    start_s: float
    end_s: float
    source_start: int = -1
    source_end: int = -1
    index: int = 0
    speaker: str = ""


def placed_words(
    chunk: AudioChunk, source_of: Callable[[SourceSpan], SourceSpan], start_s: float, speaker: str = ""
) -> list[PlacedWord]:
    """Return a chunk's words.

    Args:
        chunk: Its word times count from the start of its segment.
        source_of: Maps a span of the segment's text to the user's text.
        start_s: The start of the segment in the job's output.
        speaker: Who speaks them.
    """
    words = []
    for word in chunk.words:
        source = _UNKNOWN_SOURCE if word.source is None else source_of(word.source)
        words.append(
            PlacedWord(
                text=word.text,
                start_s=start_s + word.start_s,
                end_s=start_s + word.end_s,
                source_start=source.start,
                source_end=source.end,
                index=chunk.index,
                speaker=speaker,
            )
        )
    return words
