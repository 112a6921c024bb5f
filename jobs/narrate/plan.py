"""The plan of a narration: chapters of segments, whose identities don't change when other parts of the text do."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

import msgspec
import xxhash

from ...media.books import Book
from ...text.segmenter import segment_text, span_text
from ...utils.streaming import SourceSpan, StreamingSegment, TextPayload
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ..levels.leveling import Leveling
from ..speak.pauses import ends_paragraph
from ..speak.utterances import Normalizers, PlannedUtterance, as_script, script_utterances
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import SpeakerResolver
from .settings import BookPauses

_IDENTITY = b"voxweft narrated segment 1"
_encode = msgspec.msgpack.Encoder().encode


class LazySegments(Sequence[StreamingSegment]):
    """A sequence of segments that makes each one on access: a book has too many to hold in memory."""

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
    """Return the segments of a chapter's text, the same ones as `jobs.speak` makes."""
    starts, ends = array("q"), array("q")
    for span in segment_text(text):
        starts.append(span.start)
        ends.append(span.end)

    def pause_of(index: int, span: SourceSpan, sentence: str) -> float:
        if index + 1 == len(starts):
            return pauses.after_chapter_s
        following = SourceSpan(starts[index + 1], ends[index + 1])
        return pauses.after_s(sentence, ends_paragraph=ends_paragraph(text, span, following))

    def make(index: int) -> StreamingSegment:
        span = SourceSpan(starts[index], ends[index])
        sentence = span_text(text, span)
        added_s = spec.added_pause_s(pause_of(index, span, sentence))
        return speaker.segment(index, sentence, spec, source=span, pause_after_s=added_s)

    return LazySegments(len(starts), make)


class ChapterPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A chapter to be spoken. `number` (of the chapter) and `first` (its first segment) count from 1 in the book.

    `lines` are its segments as a script or normalization changed them; empty if the text is spoken unchanged.
    `leveling` brings its voices to one loudness; None if levels are off.
    """

    number: int
    title: str
    text: str
    place: str
    start: int | None
    segments: Sequence[StreamingSegment]
    first: int
    lines: Sequence[PlannedUtterance] = ()
    leveling: Leveling | None = None

    @property
    def last(self) -> int:
        """The number of its last segment; below `first` if it has none."""
        return self.first + len(self.segments) - 1

    @property
    def lead_s(self) -> float:
        """The silence before its first segment, in seconds."""
        return self.lines[0].pause_before_s if self.lines else 0.0

    def gain_db(self, index: int) -> float:
        """Return the gain of a segment in dB: its voice's, and its speaker's."""
        of_voice = 0.0 if self.leveling is None else self.leveling.gain_db(self.segments[index])
        return of_voice + (self.lines[index].speaker.gain_db if self.lines else 0.0)

    def pause_s(self, index: int, *, has_audio: bool) -> float:
        """Return the silence after a segment in seconds; 0 after one without audio, unless the script has a pause."""
        if not has_audio and not (self.lines and self.lines[index].pause_is_explicit):
            return 0.0
        return self.segments[index].pause_after_s

    def written(self, index: int) -> str:
        """Return a segment's words as written; empty if the engine receives them like that."""
        return self.lines[index].written or "" if self.lines else ""

    def to_source(self, index: int, start: int, end: int) -> tuple[int, int]:
        """Return character offsets in a segment's text as offsets in the chapter's text."""
        offset_map = self.lines[index].offset_map if self.lines else None
        if offset_map is not None:
            span = offset_map.to_source(start, end)
            return span.start, span.end
        source = self.segments[index].source
        assert source is not None, "it is part of a text"
        return source.start + start, source.start + end


class Plan:
    """All segments of a book by number (from 1), and their identities in the narration folder."""

    def __init__(self, chapters: Sequence[ChapterPlan], registry: EngineRegistry) -> None:
        self.chapters = chapters
        self.identities: list[str] = []
        """For each segment, the digest of its request and its count among the segments with the same digest."""
        self.sizes = array("q")
        """The number of characters of each segment."""
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
        """Return a segment; its index counts within its chapter."""
        chapter = self.chapter_of(number)
        return chapter.segments[number - chapter.first]

    def chapter_of(self, number: int) -> ChapterPlan:
        """Return the chapter of a segment. IndexError if there is no segment with this number."""
        if not 1 <= number <= len(self):
            raise IndexError(f"segment {number} does not exist; the last one is {len(self)}")
        low, high = 0, len(self.chapters)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._firsts[middle] <= number else (low, middle)
        return self.chapters[low]


class Voices(NamedTuple):
    """The voices of a book: the cast, the text normalization, and whether the text is a script."""

    speakers: SpeakerResolver
    normalizers: Normalizers
    markup: bool


def plan_book(
    book: Book, voices: Voices, registry: EngineRegistry, pauses: BookPauses, leveling: Leveling | None = None
) -> Plan:
    """Return a book's plan. ValueError, with the chapter, for an error in a script, or if there is nothing to speak."""
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
                leveling=leveling,
            )
        )
        first += len(segments)
    if not any(plan.segments for plan in plans):
        is_empty = not any(chapter.text.strip() for chapter in book.chapters)
        problem = "is empty" if is_empty else "contains only tags, marks or emoji"
        raise ValueError(f"nothing to speak: the book {problem}")
    return Plan(plans, registry)


def segment_digest(segment: StreamingSegment, spec: EngineSpec) -> str:
    """Return a digest of a segment's request: text, engine, voice and settings, but not its position.

    Unlike a cache key it doesn't include library versions: an update doesn't invalidate half a book.
    """
    assert isinstance(segment.payload, TextPayload), "books are text"
    params = spec.complete(segment.params)
    fields = (
        segment.payload.text,
        segment.engine,
        segment.model,
        segment.voice,
        None if segment.language is None else segment.language.lower(),
        float(segment.speed * segment.tempo),
        segment.seed,
        tuple(sorted(params.items())),
        spec.adapter_version,
    )
    return xxhash.xxh3_128_hexdigest(_IDENTITY + _encode(fields))


def _segments(
    text: str, voices: Voices, pauses: BookPauses
) -> tuple[Sequence[StreamingSegment], Sequence[PlannedUtterance]]:
    """Return a chapter's segments, and its lines if a script or normalization changes them."""
    speakers, normalizers = voices.speakers, voices.normalizers
    script = as_script(text, speakers, normalizers, markup=voices.markup)
    if script is None:
        return plain_segments(text, speakers.narrator.speaker, speakers.narrator.spec, pauses), ()
    lines = list(script_utterances(script, speakers, pauses, normalizers))

    def make(index: int) -> StreamingSegment:
        line = lines[index]
        extra_s = pauses.after_chapter_s if index + 1 == len(lines) else 0.0
        return line.speaker.segment(index, line.text, source=line.source, pause_after_s=line.pause_after_s + extra_s)

    return LazySegments(len(lines), make), lines
