"""A job that speaks: its segments' audio laid on one timeline as it arrives, and where each of them ended up."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..media.audio.resample import Resampler
from ..media.audio.timeline import Timeline
from ..utils.streaming import AudioChunk, SegmentDone, SegmentFailed, SourceSpan, StreamEvent, StreamingSegment
from .progress import JobSize, ListedSize

Status = Literal["spoken", "silent", "failed"]
"""`silent`: the engine found nothing to say in the text. `failed`: see the message; what was delivered stands."""


class PlacedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a segment's audio is: samples `start_sample` up to `end_sample` of the job's output."""

    index: int
    start_sample: int
    end_sample: int
    status: Status
    message: str = ""
    cached: bool = False


class SpeechJob:
    """Segments, a rate and a layout. Feed it the events of its segments, in order; it gives out final audio.

    `sample_rate` is the output's, in Hz; engines may differ in theirs. Audio comes as float32 mono blocks `[n_samples]`
    that follow each other without gaps; memory is bounded by what overlaps.
    """

    def __init__(self, segments: Sequence[StreamingSegment], layout: Layout, sample_rate: int) -> None:
        self.segments = segments
        self.sample_rate = sample_rate
        self.placed: list[PlacedSegment] = []
        """The segments that are over, in order."""
        self.words: list[SpokenWord] | None = None
        """Set it to a list, and the words of each event are appended to it; who wants them takes them out."""
        self._layout = layout
        self._timeline = Timeline(sample_rate)
        self._start_sample: int | None = None
        self._position = 0
        self._resampler: Resampler | None = None

    @property
    def source(self) -> Iterable[StreamingSegment]:
        """The segments as they are to be run."""
        return self.segments

    @property
    def size(self) -> JobSize:
        """How much there is to do, for the estimate of the rest: the segments by their characters."""
        return ListedSize([len(segment.text) for segment in self.segments])

    @property
    def n_samples(self) -> int:
        """The length of the audio so far."""
        return self._timeline.end_sample

    def feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        """Take an event in and yield the blocks that became final."""
        if isinstance(event, AudioChunk):
            self._begin(event.index)
            if self._resampler is None:
                self._resampler = Resampler(event.sample_rate, self.sample_rate)
            self._take(self._resampler.process(event.samples))
            if self.words is not None and self._start_sample is not None:
                start_s = self._start_sample / self.sample_rate
                self.words += placed_words(event, functools.partial(self._source_of, event.index), start_s)
            yield from self._timeline.release(
                min(self._position, self._layout.earliest(event.index + 1, self._position))
            )
        elif isinstance(event, (SegmentDone, SegmentFailed)):
            yield from self._end(event)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rest, once every event was fed."""
        return self._timeline.finish()

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            self._start_sample = self._position = self._layout.start(index)

    def _take(self, samples: NDArray[np.float32]) -> None:
        """Take more of the segment's audio, at the job's rate."""
        self._lay(samples)

    def _complete(self, index: int, *, failed: bool) -> None:
        """The segment's audio is all there; what was held back of it has to be laid now."""

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
            )
        )
        self._layout.ended(event.index, start_sample, self._position)
        # After the last one too: the place of a segment without any sound lies within the audio.
        yield from self._timeline.release(
            self._position if self._is_last(event.index) else self._layout.earliest(event.index + 1, self._position)
        )

    def _is_last(self, index: int) -> bool:
        """Whether nothing comes after a segment."""
        return index + 1 == len(self.segments)

    def _source_of(self, index: int, span: SourceSpan) -> SourceSpan:
        """Return where a stretch of a segment's text stands in what the user gave."""
        source = self.segments[index].source
        offset = source.start if source is not None else 0
        return SourceSpan(offset + span.start, offset + span.end)


class Layout(ABC):
    """Asked and told in segment order: `start(i)` once everything before i has ended, then `ended(i, ...)`."""

    @abstractmethod
    def start(self, index: int) -> int:
        """Return the sample at which the segment starts."""

    @abstractmethod
    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Learn where the segment was laid."""

    @abstractmethod
    def earliest(self, index: int, position: int) -> int:
        """Return a sample before which neither this segment nor a later one will start.

        `position` is where the audio of the segment before it has got to so far.
        """


class SequentialLayout(Layout):
    """Each segment starts when the one before it has ended and its pause is over."""

    def __init__(self, pauses_samples: Sequence[int]) -> None:
        self._pauses = pauses_samples
        self._cursor = 0

    def start(self, index: int) -> int:
        """Return the end of the segment before, plus its pause."""
        return self._cursor

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Move on."""
        # A segment that made no sound leaves no pause of its own either.
        pause = self._pauses[index] if end_sample > start_sample else 0
        self._cursor = end_sample + pause

    def earliest(self, index: int, position: int) -> int:
        """Return where the audio has got to."""
        return max(self._cursor, position)


_NOWHERE = SourceSpan(-1, -1)


class SpokenWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word as it is heard: seconds of the job's output, and characters of the text that the user gave.

    `source_start` and `source_end` are -1 where the engine doesn't say which characters it spoke.
    """

    text: str
    start_s: float
    end_s: float
    source_start: int = -1
    source_end: int = -1
    index: int = 0


def placed_words(chunk: AudioChunk, source_of: Callable[[SourceSpan], SourceSpan], start_s: float) -> list[SpokenWord]:
    """Return a chunk's words, whose segment begins at `start_s` of the job.

    `source_of` says where a stretch of the segment's text stands in the text that the user gave.
    """
    found = []
    for word in chunk.words:
        source = _NOWHERE if word.source is None else source_of(word.source)
        found.append(
            SpokenWord(
                text=word.text,
                start_s=start_s + word.start_s,
                end_s=start_s + word.end_s,
                source_start=source.start,
                source_end=source.end,
                index=chunk.index,
            )
        )
    return found
