"""What a book's narration is made of: chapters of segments, each with an identity that survives a change elsewhere."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import overload

import msgspec
import xxhash

from ..engines.registry import EngineRegistry
from ..engines.spec import EngineSpec
from ..utils.books import Book, Chapter
from ..utils.streaming import SourceSpan, StreamingSegment, TextPayload
from ..utils.text.segmenter import segment_text, span_text
from .narrate_settings import Pauses
from .speaker import Speaker

_IDENTITY = b"speechloom narrated segment 1"
_encode = msgspec.msgpack.Encoder().encode


class LazySegments(Sequence[StreamingSegment]):
    """So many segments, each made when it is asked for: a book has too many to hold."""

    def __init__(self, n_segments: int, make: Callable[[int], StreamingSegment]) -> None:
        self._n_segments = n_segments
        self._make = make

    def __len__(self) -> int:
        return self._n_segments

    @overload
    def __getitem__(self, index: int) -> StreamingSegment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StreamingSegment]: ...
    def __getitem__(self, index: int | slice) -> StreamingSegment | Sequence[StreamingSegment]:
        if isinstance(index, slice):
            return [self._make(at) for at in range(*index.indices(self._n_segments))]
        if not 0 <= index < self._n_segments:
            raise IndexError(index)
        return self._make(index)


def plain_segments(text: str, speaker: Speaker, spec: EngineSpec, pauses: Pauses) -> LazySegments:
    """Return the sentences of a chapter's text, the same ones as `jobs.speak` makes."""
    starts, ends = array("q"), array("q")
    for span in segment_text(text):
        starts.append(span.start)
        ends.append(span.end)

    def pause_s(index: int) -> float:
        if index + 1 == len(starts):
            return pauses.chapter_s
        # A break at the very end would open no line, hence the full stop.
        lines = (text[ends[index] : starts[index + 1]] + ".").splitlines()
        return pauses.paragraph_s if len(lines) > 2 else pauses.sentence_s

    def make(index: int) -> StreamingSegment:
        span = SourceSpan(starts[index], ends[index])
        return speaker.segment(index, span_text(text, span), spec, source=span, pause_after_s=pause_s(index))

    return LazySegments(len(starts), make)


class ChapterPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A chapter to be spoken. `number` and `first` count from 1: the chapter, and its first segment, in the book."""

    number: int
    title: str
    text: str
    place: str
    start: int | None
    segments: Sequence[StreamingSegment]
    first: int

    @property
    def last(self) -> int:
        """The number of its last segment; below `first` if it has none."""
        return self.first + len(self.segments) - 1


class Plan:
    """All segments of a book, by their numbers from 1 on, and what each is called in the job's folder."""

    def __init__(self, chapters: Sequence[ChapterPlan], registry: EngineRegistry) -> None:
        self.chapters = chapters
        self.identities: list[str] = []
        """Of each segment a digest of what is asked for, and which of the book's equal ones it is."""
        self.sizes = array("q")
        """The characters of each segment."""
        self._firsts = [chapter.first for chapter in chapters]
        seen: Counter[str] = Counter()
        for chapter in chapters:
            for segment in chapter.segments:
                digest = segment_digest(segment, registry.get(segment.engine))
                seen[digest] += 1
                self.identities.append(f"{digest}-{seen[digest]}")
                self.sizes.append(len(segment.text))

    def __len__(self) -> int:
        return len(self.identities)

    def segment(self, number: int) -> StreamingSegment:
        """Return a segment; its index is that in its chapter."""
        chapter = self.chapter_of(number)
        return chapter.segments[number - chapter.first]

    def chapter_of(self, number: int) -> ChapterPlan:
        """Return the chapter that a segment belongs to. IndexError for a number that none has."""
        if not 1 <= number <= len(self):
            raise IndexError(f"there is no segment {number}; the book has {len(self)}")
        low, high = 0, len(self.chapters)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._firsts[middle] <= number else (low, middle)
        return self.chapters[low]


def plan_book(book: Book, speaker: Speaker, registry: EngineRegistry, pauses: Pauses) -> Plan:
    """Return a book's plan. ValueError for what the engine can't do, or a book without anything to speak."""
    spec = speaker.check(registry)
    plans = list(_chapters(book.chapters, speaker, spec, pauses))
    if not any(plan.segments for plan in plans):
        raise ValueError("there is nothing to speak: the book is empty")
    return Plan(plans, registry)


def segment_digest(segment: StreamingSegment, spec: EngineSpec) -> str:
    """Return a digest of what a segment asks for: text, engine, voice and settings, not where it stands.

    Unlike the cache's key it doesn't follow the versions of libraries: half a book isn't thrown away for an update.
    """
    assert isinstance(segment.payload, TextPayload), "books are text"
    params = spec.complete(segment.params)
    fields = (
        segment.payload.text,
        segment.engine,
        segment.model,
        segment.voice,
        None if segment.language is None else segment.language.lower(),
        float(segment.speed),
        segment.seed,
        tuple(sorted(params.items())),
        spec.adapter_version,
    )
    return xxhash.xxh3_128_hexdigest(_IDENTITY + _encode(fields))


def _chapters(chapters: Sequence[Chapter], speaker: Speaker, spec: EngineSpec, pauses: Pauses) -> Iterator[ChapterPlan]:
    first = 1
    for number, chapter in enumerate(chapters, 1):
        segments = plain_segments(chapter.text, speaker, spec, pauses)
        yield ChapterPlan(
            number=number,
            title=chapter.title,
            text=chapter.text,
            place=chapter.place,
            start=chapter.start,
            segments=segments,
            first=first,
        )
        first += len(segments)
