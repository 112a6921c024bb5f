"""Group a transcript into units that stay on one line: words with their punctuation, each with times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ...text.char_times import CharTimes, without_spaces
from ...text.graphemes import is_grapheme_cut
from ...text.punctuation import CLOSERS, DASHES, STRONG_CLAUSE_MARKS, WEAK_CLAUSE_MARKS, WIDE_TERMINATORS
from ...text.segmenter import segment_text
from ...text.tokens import NO_BREAK_SPACES, OPENERS, SPACELESS, token_spans
from ...utils.streaming.contract.events import Word
from .markup import tidy
from .transcript import TranscriptSegment

SENTENCE, STRONG, WEAK, PLAIN, RELUCTANT = 0.0, 1.0, 2.0, 6.0, 9.0
"""The cost of a break after a unit: after a full stop, a semicolon, a comma, another word, and a short word."""
_SILENCE_BONUS = 8.0
"""Subtracted from that cost per second of silence. Half a second equals a comma."""
_SHORT_WORD_CHARS = 3
"""Articles and prepositions are short in most languages, and belong to the next word."""

_NO_LINE_START = frozenset(
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー々ゝゞヽヾ・～\u0e2f\u0e30\u0e32\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0ec6"
)
_NO_LINE_END = frozenset("เแโใไ\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
"""From Japanese line breaking (JIS X 4051) and the spelling of Thai and Lao vowels."""
_WHITE_SPACE = re.compile(f"[^\\S{NO_BREAK_SPACES}]+")


class Unit(NamedTuple):
    """A text that stays on one line. Times are whole milliseconds and ascend."""

    text: str
    n_chars: int
    """Written characters: a letter with combining marks counts as one."""
    spaced: bool
    """Whether a space separates it from the unit before."""
    start_ms: int
    end_ms: int
    break_cost: float
    is_sentence_end: bool


def count_chars(text: str) -> int:
    """Return the number of written characters (Unicode grapheme clusters)."""
    if text.isascii():
        return len(text)
    return sum(1 for position in range(1, len(text)) if is_grapheme_cut(text, position)) + bool(text)


def transcript_units(segments: Sequence[TranscriptSegment]) -> list[Unit]:
    """Return the units of a transcript in order. ValueError for times that aren't finite.

    Runs of white space become one space; segments are joined by a space, except after a mark such as `。`. A time
    before that of the previous unit is raised to it.
    """
    text, ends, times = _timed_text(segments)
    sentence_ends = {span.end for span in segment_text(text, max_chars=len(text) + 1)}
    spans = list(_unit_spans(text))
    units: list[Unit] = []
    position = end = at_ms = 0
    for at, (start, stop) in enumerate(spans):
        unit_text = text[start:stop]
        from_position, position = position, position + len(without_spaces(unit_text))
        at_ms = max(at_ms, round(times.start_s(from_position) * 1000))
        following = spans[at + 1].start if at + 1 < len(spans) else stop
        silence_s = times.start_s(position) - times.end_s(position) if position < times.n_chars else 0.0
        inside_word = following == stop and position not in ends.words and position < times.n_chars
        units.append(
            Unit(
                text=unit_text,
                n_chars=count_chars(unit_text),
                spaced=start > end,
                start_ms=at_ms,
                end_ms=max(at_ms, round(times.end_s(position) * 1000)),
                break_cost=max(
                    0.0,
                    _break_cost(unit_text, stop in sentence_ends, stop in ends.segments, inside_word)
                    - _SILENCE_BONUS * max(0.0, silence_s),
                ),
                is_sentence_end=stop in sentence_ends,
            )
        )
        end = stop
    return units


class _Ends(NamedTuple):
    segments: set[int]
    """Positions in the text."""
    words: set[int]
    """Positions in the text without white space."""


class _Span(NamedTuple):
    start: int
    end: int


def _timed_text(segments: Sequence[TranscriptSegment]) -> tuple[str, _Ends, CharTimes]:
    parts: list[str] = []
    words: list[Word] = []
    ends, length = set(), 0
    for segment in segments:
        text = _WHITE_SPACE.sub(" ", tidy(segment.text))
        if not without_spaces(text):
            continue
        space = " " if parts and parts[-1].rstrip(CLOSERS)[-1:] not in tuple(WIDE_TERMINATORS) else ""
        parts.append(space + text)
        length += len(parts[-1])
        ends.add(length)
        words += replace(segment, text=text).timed_words() or [Word(text, segment.start_s, segment.end_s)]
    times = CharTimes(words)
    return "".join(parts), _Ends(ends, set(times.starts)), times


def _unit_spans(text: str) -> Iterator[_Span]:
    """Yield the tokens of the text. Tokens between which a line must not break are joined."""
    start: int | None = None
    end = 0
    for token in token_spans(text):
        if start is not None and not _stay_together(text[start:end], text[token.start : token.end]):
            yield _Span(start, end)
            start = None
        if start is None:
            start = token.start
        end = token.end
    if start is not None:
        yield _Span(start, end)


def _stay_together(before: str, after: str) -> bool:
    if not any(character.isalnum() for character in after):
        # A separate mark, such as a French question mark, belongs to the word before it; dashes and opening marks
        # belong to the next word.
        return after[0] not in DASHES and after[0] not in OPENERS
    if not any(character.isalnum() for character in before):
        return before[-1] in DASHES or before[-1] in OPENERS
    return after[0] in _NO_LINE_START or before[-1] in _NO_LINE_END


def _break_cost(text: str, ends_sentence: bool, ends_segment: bool, inside_word: bool) -> float:
    if ends_sentence:
        return SENTENCE
    mark = text.rstrip(CLOSERS)[-1:]
    if mark and mark in STRONG_CLAUSE_MARKS:
        return STRONG
    if ends_segment or (mark and mark in WEAK_CLAUSE_MARKS):
        return WEAK
    is_short = len(text) <= _SHORT_WORD_CHARS and text[-1].isalpha() and SPACELESS.match(text[-1]) is None
    return RELUCTANT if is_short or inside_word else PLAIN
