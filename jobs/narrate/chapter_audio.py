"""A chapter's audio, made of its kept segments, and the times of its segments and words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import Resampler, resampled_length
from ...media.subtitles.presets import layout_rules
from ...media.subtitles.transcript import TranscriptSegment
from ...media.subtitles.transcript_formats import write_transcript
from ...text.align import align
from ...text.sound_tags import without_tags
from ...utils.streaming import Word
from .folder import KeptSegment, NarrationFolder
from .manifest import SegmentLine, SpokenWord
from .plan import ChapterPlan

WORDS_VERSION = 1
_BLOCK_SAMPLES = 1 << 16
_LAST_SPACE = re.compile(r"\s+(?=\S*$)")

SegmentLookup = Callable[[int], KeptSegment | None]
"""Returns a kept segment by its number, and may wait for it; None for a gap."""


class Span(msgspec.Struct, frozen=True):
    """A segment's position in its chapter's audio, in samples at the narration's rate."""

    number: int
    start_sample: int
    end_sample: int


class TimedWord(msgspec.Struct, frozen=True):
    """A word: times in the chapter's audio, and character offsets in the chapter's text (null if unknown)."""

    text: str
    start_s: float
    end_s: float
    source_start: int | None
    source_end: int | None


class TimedSegment(msgspec.Struct, frozen=True):
    """A segment with its words; times and offsets as in `TimedWord`."""

    number: int
    text: str
    start_s: float
    end_s: float
    source_start: int
    source_end: int
    words: tuple[TimedWord, ...]


class ChapterWords(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a chapter's words file.

    `text` is the chapter's text, which all offsets refer to. `text_start` is its offset in the book's text; null for a
    book in a markup format.
    """

    version: int
    chapter: int
    title: str
    place: str
    text_start: int | None
    duration_s: float
    segments: tuple[TimedSegment, ...]
    text: str


def chapter_blocks(
    chapter: ChapterPlan, folder: NarrationFolder, lookup: SegmentLookup, sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """Yield a chapter's audio: float32 mono blocks, with the silence around each segment.

    DamagedSegmentError for a segment whose audio doesn't match the manifest.
    """
    yield from _silence(round(chapter.lead_s * sample_rate))
    for index in range(len(chapter.segments)):
        number = chapter.first + index
        kept = lookup(number)
        if kept is not None and kept.n_samples:
            samples = folder.samples(kept, number)
            if gain_db := chapter.gain_db(index):
                samples *= np.float32(10 ** (gain_db / 20))
            resampler = Resampler(kept.sample_rate, sample_rate)
            for block in (resampler.process(samples), resampler.flush()):
                if block.size:
                    yield block
        yield from _silence(_pause_samples(chapter, index, kept, sample_rate))


def chapter_spans(chapter: ChapterPlan, lookup: SegmentLookup, sample_rate: int) -> tuple[list[Span], int]:
    """Return the positions of a chapter's segments in its audio, and the length of the audio in samples."""
    spans: list[Span] = []
    position = round(chapter.lead_s * sample_rate)
    for index in range(len(chapter.segments)):
        number = chapter.first + index
        kept = lookup(number)
        n_samples = 0 if kept is None else resampled_length(kept.n_samples, kept.sample_rate, sample_rate)
        spans.append(Span(number, position, position + n_samples))
        position += n_samples + _pause_samples(chapter, index, kept, sample_rate)
    return spans, position


def chapter_words(
    chapter: ChapterPlan, spans: Sequence[Span], n_samples: int, lines: Sequence[SegmentLine | None], sample_rate: int
) -> ChapterWords:
    """Return a chapter's words from the lines of its segments (None for a gap)."""
    segments: list[TimedSegment] = []
    for index, (span, line) in enumerate(zip(spans, lines, strict=True)):
        if line is None:
            continue
        begin_s = span.start_sample / sample_rate
        segments.append(
            TimedSegment(
                number=span.number,
                text=line.spoken_text,
                start_s=_ms(begin_s),
                end_s=_ms(span.end_sample / sample_rate),
                source_start=line.source[0],
                source_end=line.source[1],
                words=tuple(_timed(word, begin_s, chapter, index) for word in line.words),
            )
        )
    return ChapterWords(
        version=WORDS_VERSION,
        chapter=chapter.number,
        title=chapter.title,
        place=chapter.place,
        text_start=chapter.start,
        duration_s=_ms(n_samples / sample_rate),
        segments=tuple(segments),
        text=chapter.text,
    )


def _timed(word: SpokenWord, begin_s: float, chapter: ChapterPlan, index: int) -> TimedWord:
    known = 0 <= word.start < word.end
    start, end = chapter.to_source(index, word.start, word.end) if known else (None, None)
    return TimedWord(word.text, _ms(begin_s + word.start_s), _ms(begin_s + word.end_s), start, end)


def chapter_subtitles(
    spans: Sequence[Span],
    lines: Sequence[SegmentLine | None],
    sample_rate: int,
    format: str,  # noqa: A002  its name in every interface
    preset: str,
    language: str | None,
) -> str:
    """Return a chapter's subtitles in a preset's layout, timed by words if their times are known, else by segments."""
    segments = [
        TranscriptSegment(
            start_s=span.start_sample / sample_rate,
            end_s=span.end_sample / sample_rate,
            text=" ".join((line.written or line.spoken_text).split()),
            words=_shown_words(line, span.start_sample / sample_rate),
            language=language,
        )
        for span, line in zip(spans, lines, strict=True)
        if line is not None and span.end_sample > span.start_sample and (line.spoken_text or not line.performed)
    ]
    return write_transcript(segments, format, layout_rules(preset, language))


def _shown_words(line: SegmentLine, begin_s: float) -> tuple[Word, ...]:
    """Return a segment's words as written, with their times."""
    words = list(_written_words(line, begin_s))
    return tuple(align(line.written, words) if line.written and words else words)


def _written_words(line: SegmentLine, begin_s: float) -> Iterator[Word]:
    """Yield a segment's words with the punctuation around them, so that the words together are the segment's text."""
    words = line.words
    known = all(0 <= word.start < word.end for word in words)
    starts = [0]
    for before, word in itertools.pairwise(words):
        # Opening quotes belong to the word after them.
        spaced = _LAST_SPACE.search(line.text, before.end, word.start) if known and before.end <= word.start else None
        starts.append(spaced.end() if spaced else word.start)
    for at, word in enumerate(words):
        end = starts[at + 1] if at + 1 < len(words) else len(line.text)
        written = without_tags(line.text[starts[at] : end], line.performed)
        text = " ".join(written.split()) if known else word.text
        yield Word(text, begin_s + word.start_s, begin_s + word.end_s)


def _pause_samples(chapter: ChapterPlan, index: int, kept: KeptSegment | None, sample_rate: int) -> int:
    has_audio = kept is not None and kept.n_samples > 0
    return round(chapter.pause_s(index, has_audio=has_audio) * sample_rate)


def _silence(n_samples: int) -> Iterator[NDArray[np.float32]]:
    for start in range(0, n_samples, _BLOCK_SAMPLES):
        yield np.zeros(min(_BLOCK_SAMPLES, n_samples - start), np.float32)


def _ms(time_s: float) -> float:
    return round(time_s, 3)
