"""What a book's narration is made of: chapters of segments, each with an identity that survives a change elsewhere."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

import msgspec
import xxhash

from ...media.books import Book
from ...text.script import read_script
from ...text.segmenter import segment_text, span_text
from ...utils.streaming import SourceSpan, StreamingSegment, TextPayload
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ..speak.lines import Readings, SpokenLine, pause_s, read_lines, script_lines
from ..voices.roles import Casting
from ..voices.speaker import Speaker
from .settings import BookPauses

_IDENTITY = b"voxweft narrated segment 1"
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


def plain_segments(text: str, speaker: Speaker, spec: EngineSpec, pauses: BookPauses) -> LazySegments:
    """Return the sentences of a chapter's text, the same ones as `jobs.speak` makes."""
    starts, ends = array("q"), array("q")
    for span in segment_text(text):
        starts.append(span.start)
        ends.append(span.end)

    def behind_s(index: int, span: SourceSpan) -> float:
        if index + 1 == len(starts):
            return pauses.chapter_s
        return pause_s(text, span, SourceSpan(starts[index + 1], ends[index + 1]), pauses)

    def make(index: int) -> StreamingSegment:
        span = SourceSpan(starts[index], ends[index])
        return speaker.segment(index, span_text(text, span), spec, source=span, pause_after_s=behind_s(index, span))

    return LazySegments(len(starts), make)


class ChapterPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A chapter to be spoken. `number` and `first` count from 1: the chapter, and its first segment, in the book.

    `lines` are its segments with what a script, a lexicon or a number's reading says of them; none where the text is
    spoken as it stands.
    """

    number: int
    title: str
    text: str
    place: str
    start: int | None
    segments: Sequence[StreamingSegment]
    first: int
    lines: Sequence[SpokenLine] = ()

    @property
    def last(self) -> int:
        """The number of its last segment; below `first` if it has none."""
        return self.first + len(self.segments) - 1

    @property
    def lead_s(self) -> float:
        """The silence before its first segment."""
        return self.lines[0].pause_before_s if self.lines else 0.0

    def gain_db(self, index: int) -> float:
        """By how much a segment is made louder."""
        return self.lines[index].role.gain_db if self.lines else 0.0

    def pause_s(self, index: int, *, has_sound: bool) -> float:
        """Return the silence behind a segment. One without sound leaves none, unless the script asks for it."""
        if not has_sound and not (self.lines and self.lines[index].pause_asked):
            return 0.0
        return self.segments[index].pause_after_s

    def to_source(self, index: int, start: int, end: int) -> tuple[int, int]:
        """Return where characters of a segment's text stand in the chapter's."""
        places = self.lines[index].places if self.lines else None
        if places is not None:
            span = places.to_source(start, end)
            return span.start, span.end
        source = self.segments[index].source
        assert source is not None, "it was cut out of a text"
        return source.start + start, source.start + end


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


class Voices(NamedTuple):
    """Who speaks a book: the cast and its narrator, how words and numbers are read, whether the text is a script."""

    casting: Casting
    readings: Readings
    markup: bool


def plan_book(book: Book, voices: Voices, registry: EngineRegistry, pauses: BookPauses) -> Plan:
    """Return a book's plan. ValueError, with the chapter, for what is wrong in a script, or nothing to speak at all."""
    plans: list[ChapterPlan] = []
    first = 1
    for number, chapter in enumerate(book.chapters, 1):
        try:
            segments, lines = _segments(chapter.text, voices, pauses)
        except ValueError as error:
            raise ValueError(f"chapter {number}, '{chapter.title}': {error}") from error
        plans.append(
            ChapterPlan(
                number=number,
                title=chapter.title,
                text=chapter.text,
                place=chapter.place,
                start=chapter.start,
                segments=segments,
                first=first,
                lines=lines,
            )
        )
        first += len(segments)
    if not any(plan.segments for plan in plans):
        is_empty = not any(chapter.text.strip() for chapter in book.chapters)
        raise ValueError(f"there is nothing to speak: the book {'is empty' if is_empty else 'holds nothing but marks'}")
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


def _segments(text: str, voices: Voices, pauses: BookPauses) -> tuple[Sequence[StreamingSegment], Sequence[SpokenLine]]:
    """Return a chapter's segments, and its lines where there is more to say of them than where they stand."""
    casting, readings = voices.casting, voices.readings
    narrator = casting.narrator
    if voices.markup:
        script = read_script(text, casting.cast.speaker_names, casting.own_params)
        lines = list(script_lines(script, casting, pauses, readings))
    elif not readings.change_nothing:
        lines = list(read_lines(text, narrator, pauses, readings))
    else:
        return plain_segments(text, narrator.speaker, narrator.spec, pauses), ()

    def make(index: int) -> StreamingSegment:
        line = lines[index]
        behind_s = pauses.chapter_s if index + 1 == len(lines) else 0.0
        return line.role.speaker.segment(
            index, line.text, line.role.spec, source=line.source, pause_after_s=line.pause_after_s + behind_s
        )

    return LazySegments(len(lines), make), lines
