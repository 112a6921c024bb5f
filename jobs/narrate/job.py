"""Narrate a book: every sentence spoken and kept, so that whatever ends the work, it goes on from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ...media.books import Book
from ...text.lexicon import Lexicon
from ...utils.streaming import (
    AudioChunk,
    SegmentDone,
    SegmentFailed,
    SegmentFigures,
    StreamEvent,
    StreamingSegment,
    Word,
)
from ...utils.streaming.contract.registry import EngineRegistry
from ..speak.lines import Readings
from ..voices.cast import Cast
from ..voices.roles import cast_for
from ..voices.speaker import Speaker
from .manifest import VERSION, BookLine, SegmentLine, SpokenWord
from .plan import ChapterPlan, LazySegments, Voices, plan_book
from .settings import NarrateSettings

_SEEDS = 1 << 63


class SpokenSegment(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A segment that an engine has finished: its number in the book, float32 samples at the engine's rate, words."""

    number: int
    samples: NDArray[np.float32]
    sample_rate: int
    words: tuple[Word, ...]
    figures: SegmentFigures


class NarrateJob:
    """A book being spoken: which segments there are, which are still to be made, and their events as they come."""

    def __init__(
        self,
        book: Book,
        registry: EngineRegistry,
        folder: Path,
        settings: NarrateSettings,
        voices: Voices,
        only: Sequence[int] = (),
    ) -> None:
        narrator = voices.casting.narrator
        self.book = book
        self.speaker = narrator.speaker
        self.folder = folder
        self.settings = settings
        self.sample_rate = settings.sample_rate or narrator.spec.native_sample_rate
        self.plan = plan_book(book, voices, registry, settings.pauses)
        self.language = self.speaker.language or book.language or None
        self.takes: dict[int, int] = {}
        """The segments that are to be made again, and which take each will be."""
        self._registry = registry
        self._cast = _cast_digest(voices)
        self._only = frozenset(only)
        if self._only - {chapter.number for chapter in self.plan.chapters}:
            raise ValueError(f"there is no chapter {max(self._only)}; the book has {len(self.plan.chapters)}")
        self._chunks: list[NDArray[np.float32]] = []
        self._words: list[Word] = []
        self._rate = narrator.spec.native_sample_rate

    @property
    def chapters(self) -> list[ChapterPlan]:
        """The chapters that are to be made: all, or those that were asked for."""
        return [one for one in self.plan.chapters if one.segments and (not self._only or one.number in self._only)]

    @property
    def book_chapters(self) -> list[ChapterPlan]:
        """The chapters of the whole book's file: all."""
        return [one for one in self.plan.chapters if one.segments]

    @property
    def book_line(self) -> BookLine:
        """What the manifest begins with."""
        return BookLine(
            version=VERSION,
            title=self.book.title,
            author=self.book.author,
            speaker=self.speaker,
            cast=self._cast,
            settings=self.settings,
        )

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the segments of those chapters."""
        for chapter in self.chapters:
            yield from range(chapter.first, chapter.last + 1)

    def check_redo(self, numbers: Sequence[int]) -> None:
        """ValueError unless the segments of these numbers can be made again so that they sound otherwise."""
        for number in numbers:
            try:
                segment = self.plan.segment(number)
            except IndexError as error:
                raise ValueError(str(error)) from None
            if not self.can_redo(number):
                raise ValueError(
                    f"engine '{segment.engine}' has no seed and makes the same sound each time: segment {number} would "
                    "come out as it is; change its text, the voice or a parameter"
                )

    def can_redo(self, number: int) -> bool:
        """Whether a segment can be made again so that it sounds otherwise."""
        segment = self.plan.segment(number)
        spec = self._registry.get(segment.engine)
        return segment.seed is None or spec.can("seed") or not spec.deterministic

    def segment(self, number: int) -> StreamingSegment:
        """Return a segment as it is to be made now: with the seed of its take."""
        segment = self.plan.segment(number)
        take = self.takes.get(number, 0)
        if not take or segment.seed is None:
            return segment
        return msgspec.structs.replace(segment, seed=(segment.seed + take) % _SEEDS)

    def segments(self, numbers: Sequence[int]) -> Sequence[StreamingSegment]:
        """Return the segments of these numbers as a stream takes them; each is made when it is its turn."""
        return LazySegments(
            len(numbers), lambda index: msgspec.structs.replace(self.segment(numbers[index]), index=index)
        )

    def feed(self, event: StreamEvent, numbers: Sequence[int]) -> SpokenSegment | SegmentFailed | None:
        """Take an event of the stream over these numbers in; return what it ends."""
        if isinstance(event, AudioChunk):
            self._chunks.append(event.samples)
            self._words += event.words
            self._rate = event.sample_rate
        elif isinstance(event, (SegmentDone, SegmentFailed)):
            samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.float32)
            words = tuple(self._words)
            self._chunks, self._words = [], []
            if isinstance(event, SegmentFailed):
                return event
            return SpokenSegment(
                number=numbers[event.index],
                samples=samples,
                sample_rate=self._rate,
                words=words,
                figures=event.figures,
            )
        return None

    def line(self, spoken: SpokenSegment) -> SegmentLine:
        """Return what the manifest says of a finished segment; the folder fills in where its audio is."""
        segment, chapter = self.segment(spoken.number), self.plan.chapter_of(spoken.number)
        assert segment.source is not None, "it was cut out of a text"
        return SegmentLine(
            identity=self.plan.identities[spoken.number - 1],
            number=spoken.number,
            chapter=chapter.number,
            text=segment.text,
            source=(segment.source.start, segment.source.end),
            file="",
            digest="",
            sample_rate=spoken.sample_rate,
            n_samples=0,
            take=self.takes.get(spoken.number, 0),
            seed=segment.seed,
            total_s=round(spoken.figures.total_s, 4),
            cached=spoken.figures.cache_hit,
            attempts=spoken.figures.attempts,
            words=tuple(_spoken(word) for word in spoken.words),
        )


def narrate(
    book: Book,
    speaker: Speaker,
    registry: EngineRegistry,
    folder: Path,
    settings: NarrateSettings | None = None,
    *,
    cast: Cast | None = None,
    markup: bool | None = None,
    lexicon: Lexicon | None = None,
    numbers: bool | None = None,
    only: Sequence[int] = (),
) -> NarrateJob:
    """Return the job that speaks a book into a folder; `run_narration` runs it. `only` are the numbers of chapters.

    `cast`, `markup`, `lexicon` and `numbers` as in `jobs.speak`, which makes the same segments of a chapter's text.
    ValueError for what an engine can't do, for a script that is wrong, for a book without anything to speak, or a
    chapter that it doesn't have.
    """
    if markup is None:
        markup = cast is not None
    readings = Readings(lexicon, numbers=markup if numbers is None else numbers)
    voices = Voices(cast_for(speaker, registry, cast), readings, markup)
    return NarrateJob(book, registry, folder, settings or NarrateSettings(), voices, only)


def book_speaker(book: Book, speaker: Speaker) -> Speaker:
    """Return who reads a book: a speaker without a voice or a language speaks the book's.

    A book in German isn't read by an English voice because nobody said so. English is what engines speak by default.
    """
    own = book.language.partition("-")[0].lower()
    if speaker.language or speaker.voice is not None or own in {"", "en", "und"}:
        return speaker
    return msgspec.structs.replace(speaker, language=book.language)


def _cast_digest(voices: Voices) -> str:
    """Return what stands for a cast in the manifest; '' for a book that its narrator reads as it stands."""
    cast = voices.casting.cast
    if not voices.markup and not cast.members:
        return ""
    # A gain is the job's own, and changes no segment.
    members = [msgspec.structs.replace(member, gain_db=0.0) for member in cast.members]
    data = msgspec.msgpack.encode((members, cast.narrator, cast.languages, voices.markup))
    return xxhash.xxh3_128_hexdigest(data)


def _spoken(word: Word) -> SpokenWord:
    source = word.source
    return SpokenWord(
        word.text,
        round(float(word.start_s), 4),
        round(float(word.end_s), 4),
        -1 if source is None else source.start,
        -1 if source is None else source.end,
    )
