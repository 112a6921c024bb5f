"""Narrate a book: every segment is stored when it is finished, so that an interrupted narration can be resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ...media.books import Book
from ...text.lexicon import Lexicon
from ...text.sound_tags import spoken_text
from ...utils.streaming import (
    AudioChunk,
    SegmentDone,
    SegmentFailed,
    SegmentStats,
    StreamEvent,
    StreamingSegment,
    Word,
)
from ...utils.streaming.contract.registry import EngineRegistry
from ..levels.leveling import Leveling
from ..speak.utterances import Normalizers
from ..tempo_change import TempoChange
from ..voices.cast import Cast, CastSpeaker
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import resolve_speakers
from .manifest import VERSION, BookLine, SegmentLine, SpokenWord
from .plan import ChapterPlan, LazySegments, Voices, plan_book
from .settings import NarrateSettings

_SEEDS = 1 << 63


class SpokenSegment(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A finished segment: its number in the book, float32 samples `[n_samples]` at the engine's rate, and words."""

    number: int
    samples: NDArray[np.float32]
    sample_rate: int
    words: tuple[Word, ...]
    stats: SegmentStats


class NarrateJob:
    """A narration: the plan of the book, and a state machine that turns stream events into finished segments."""

    def __init__(
        self,
        book: Book,
        registry: EngineRegistry,
        folder: Path,
        settings: NarrateSettings,
        voices: Voices,
        only: Sequence[int] = (),
        leveling: Leveling | None = None,
    ) -> None:
        narrator = voices.speakers.narrator
        self.book = book
        self.speaker = narrator.speaker
        self.folder = folder
        self.settings = settings
        self.sample_rate = settings.sample_rate or narrator.sample_rate
        self.leveling = leveling
        self.plan = plan_book(book, voices, registry, settings.pauses, leveling)
        self.language = self.speaker.language or book.language or None
        lines = (line for chapter in self.plan.chapters for line in chapter.lines)
        notes = [*narrator.notes, *(note for line in lines for note in line.speaker.notes), *voices.speakers.left_out]
        self.notes = tuple(dict.fromkeys(notes))
        """What the engines don't support, and what happens instead."""
        self.regenerations: dict[int, int] = {}
        """The segments to regenerate, with the number of the regeneration; it is added to the seed."""
        self._registry = registry
        self._cast = _cast_digest(voices, registry)
        self.voice_notes = voices.speakers.voice_notes
        """What users should know of the recordings that the speakers imitate."""
        self._only = frozenset(only)
        if self._only - {chapter.number for chapter in self.plan.chapters}:
            raise ValueError(f"chapter {max(self._only)} does not exist; the last one is {len(self.plan.chapters)}")
        self._chunks: list[NDArray[np.float32]] = []
        self._words: list[Word] = []
        self._rate = narrator.sample_rate
        self._numbers: Sequence[int] = ()
        self._tempo = TempoChange(lambda index: self.plan.segment(self._numbers[index]).tempo)

    @property
    def chapters(self) -> list[ChapterPlan]:
        """The chapters to make: all, or the requested ones."""
        chapters = self.book_chapters
        return [chapter for chapter in chapters if not self._only or chapter.number in self._only]

    @property
    def book_chapters(self) -> list[ChapterPlan]:
        """All chapters; they go into the whole book's file."""
        return [chapter for chapter in self.plan.chapters if chapter.segments]

    def samples(self) -> list[StreamingSegment]:
        """Return the segments that measure the book's voices: those whose loudness isn't known. May block."""
        if self.leveling is None:
            return []
        segments = (segment for chapter in self.book_chapters for segment in chapter.segments)
        return [segment for segment in self.leveling.source(segments) if segment.index < 0]

    @property
    def book_line(self) -> BookLine:
        """The first line of the manifest."""
        return BookLine(
            version=VERSION,
            title=self.book.title,
            author=self.book.author,
            speaker=self.speaker.with_clip(self._registry.get(self.speaker.engine)),
            cast=self._cast,
            settings=self.settings,
        )

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the segments of the chapters to make."""
        for chapter in self.chapters:
            yield from range(chapter.first, chapter.last + 1)

    def check_regenerate(self, numbers: Sequence[int]) -> None:
        """Raise ValueError unless all of these segments exist and can be regenerated with different audio."""
        for number in numbers:
            try:
                segment = self.plan.segment(number)
            except IndexError as error:
                raise ValueError(str(error)) from None
            if not self.can_regenerate(number):
                raise ValueError(
                    f"engine '{segment.engine}' is deterministic and has no seed: segment {number} can't be "
                    "regenerated; change its text, the voice or a parameter"
                )

    def can_regenerate(self, number: int) -> bool:
        """Return whether regenerating a segment can give different audio."""
        segment = self.plan.segment(number)
        spec = self._registry.get(segment.engine)
        return segment.seed is None or spec.can("seed") or not spec.deterministic

    def segment(self, number: int) -> StreamingSegment:
        """Return a segment with the seed of its current regeneration."""
        segment = self.plan.segment(number)
        regeneration = self.regenerations.get(number, 0)
        if not regeneration or segment.seed is None:
            return segment
        if not self._registry.get(segment.engine).can("seed"):
            # Its cache key has no seed: only a random one doesn't find the audio that is to be replaced.
            return msgspec.structs.replace(segment, seed=None)
        return msgspec.structs.replace(segment, seed=(segment.seed + regeneration) % _SEEDS)

    def segments(self, numbers: Sequence[int]) -> Sequence[StreamingSegment]:
        """Return the segments with these numbers, indexed from 0 for a stream; each is made on access."""
        return LazySegments(
            len(numbers), lambda index: msgspec.structs.replace(self.segment(numbers[index]), index=index)
        )

    def feed(self, event: StreamEvent, numbers: Sequence[int]) -> SpokenSegment | SegmentFailed | None:
        """Process an event of the stream over these numbers; return the segment that it finishes, or the failure."""
        self._numbers = numbers
        ended = None
        for changed in self._tempo.feed(event):
            ended = self._feed(changed, numbers)
        return ended

    def _feed(self, event: StreamEvent, numbers: Sequence[int]) -> SpokenSegment | SegmentFailed | None:
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
                stats=event.stats,
            )
        return None

    def line(self, spoken: SpokenSegment) -> SegmentLine:
        """Return the manifest line of a finished segment; the folder fills in its audio file."""
        segment, chapter = self.segment(spoken.number), self.plan.chapter_of(spoken.number)
        assert segment.source is not None, "it is part of a text"
        tags = self._registry.get(segment.engine).tags_of(segment.model)
        return SegmentLine(
            identity=self.plan.identities[spoken.number - 1],
            number=spoken.number,
            chapter=chapter.number,
            text=segment.text,
            written=chapter.written(spoken.number - chapter.first),
            source=(segment.source.start, segment.source.end),
            file="",
            digest="",
            sample_rate=spoken.sample_rate,
            n_samples=0,
            regeneration=self.regenerations.get(spoken.number, 0),
            seed=segment.seed,
            total_s=round(spoken.stats.total_s, 4),
            cached=spoken.stats.cache_hit,
            attempts=spoken.stats.attempts,
            words=tuple(_spoken(word) for word in spoken.words),
            performed=spoken_text(segment.text, tags).performed,
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
    normalize: bool = True,
    name_emoji: bool = False,
    only: Sequence[int] = (),
    leveling: Leveling | None = None,
) -> NarrateJob:
    """Return the job that narrates a book into a folder; `run_narration` runs it.

    Args:
        cast, markup, lexicon, normalize, name_emoji: As in `jobs.speak`, which makes the same segments of a chapter's
            text.
        only: The numbers of the chapters to make; empty for all.
        leveling: Brings all voices to one loudness; None to leave them as they are. It changes no segment.

    Raises:
        ValueError: An engine doesn't support a setting, a script has an error, there is nothing to speak, or a chapter
            in `only` doesn't exist.
    """
    if markup is None:
        markup = cast is not None
    speakers = resolve_speakers(speaker, registry, cast)
    voices = Voices(speakers, Normalizers(lexicon, normalize=normalize, name_emoji=name_emoji), markup)
    return NarrateJob(book, registry, folder, settings or NarrateSettings(), voices, only, leveling)


def book_speaker(book: Book, speaker: Speaker) -> Speaker:
    """Return the speaker of a book: if it has neither a voice nor a language, it gets the book's language.

    Otherwise the engine's default, English, would read a book in another language.
    """
    own = book.language.partition("-")[0].lower()
    if speaker.language or speaker.voice is not None or own in {"", "en", "und"}:
        return speaker
    return msgspec.structs.replace(speaker, language=book.language)


def _cast_digest(voices: Voices, registry: EngineRegistry) -> str:
    """Return the digest of a cast for the manifest; empty for a plain text with one speaker."""
    cast = voices.speakers.cast
    if not voices.markup and not cast.members:
        return ""
    # A gain is applied by the job and changes no segment.
    speakers = [_with_clip(msgspec.structs.replace(speaker, gain_db=0.0), registry) for speaker in cast.members]
    narrator = None if cast.narrator is None else _with_clip(cast.narrator, registry)
    data = msgspec.msgpack.encode((speakers, narrator, cast.languages, voices.markup))
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


def _with_clip(cast_speaker: CastSpeaker, registry: EngineRegistry) -> CastSpeaker:
    voice = cast_speaker.speaker().with_clip(registry.get(cast_speaker.engine)).voice
    return msgspec.structs.replace(cast_speaker, voice=voice)
