"""Choose where to cut a sentence that is too long."""

from __future__ import annotations

import re
import zlib

from .graphemes import is_grapheme_cut
from .periods import looks_abbreviated, token_before
from .punctuation import (
    CLOSERS,
    IDEOGRAPHIC,
    NOT_SPACE,
    SPEAKABLE,
    STRONG_CLAUSE_MARKS,
    TERMINATORS,
    WEAK_CLAUSE_MARKS,
    WIDE_CLAUSE_MARKS,
    WIDE_TERMINATORS,
    is_ideographic,
)

_SENTENCE, _STRONG, _WEAK, _WORD, _RELUCTANT, _SILENT = 5, 4, 3, 2, 1, 0
"""The rank of a cut: after a sentence, a strong or weak clause mark, a word; inside a number with spaces or after an
abbreviation; next to something that can't be spoken alone."""

_CUT = re.compile(rf"\s+|[{WIDE_TERMINATORS}{WIDE_CLAUSE_MARKS}]+[{re.escape(CLOSERS)}]*")
_SPOKEN_TOKEN = re.compile(r"(?:[^\w\s]|_)*[^\W_]")
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007")
_KEPT_WITH_PREVIOUS = frozenset(TERMINATORS + CLOSERS + STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS)
_HASHED_CHARS = 16


def cut_point(text: str, start: int, end: int, max_chars: int) -> int:
    """Return where to cut `text[start:end]`, which is longer than `max_chars`: in (start, start + max_chars].

    In order of preference: the cut of the highest rank in the second half of the allowed length; the last one in the
    first half; one inside a number or after an abbreviation; within a word, between written characters.

    Among cuts of equal rank, a hash of the words before it decides, not the distance from the start. So two versions of
    a long text get the same cuts again soon after an inserted word.
    """
    limit = start + max_chars
    middle = start + max_chars // 2
    first_spoken = SPEAKABLE.search(text, start, limit)
    spoken_from = first_spoken.start() if first_spoken else limit
    early: list[tuple[int, int]] = []
    late: list[tuple[int, int]] = []
    for match in _CUT.finditer(text, start + 1, min(limit + 1, end)):
        position, rank = _rank(text, start, end, match)
        if position > limit:
            continue
        if position <= spoken_from and rank > _SILENT:
            rank = _SILENT
        (late if position >= middle else early).append((rank, position))
    for lowest in (_WORD, _RELUCTANT, _SILENT):
        good = [candidate for candidate in late if candidate[0] >= lowest]
        if good:
            best = max(good)[0]
            tied = [position for rank, position in good if rank == best]
            return max(tied, key=lambda position: (_hash(text, position), position))
        good = [candidate for candidate in early if candidate[0] >= lowest]
        if good:
            return max(position for _, position in good)
    return _cut_word(text, start, limit, middle)


def _rank(text: str, start: int, end: int, match: re.Match[str]) -> tuple[int, int]:
    """Return `(position, rank)` of a match: the cut is before white space, or after a mark that needs none."""
    if match.group()[0].isspace():
        position = match.start()
        after = NOT_SPACE.search(text, match.end(), end)
        following = after.start() if after else end
        last = position - 1
    else:
        position = following = match.end()
        if following < end and (text[following].isspace() or text[following] in _KEPT_WITH_PREVIOUS):
            return position, _SILENT
        last = position - 1
    if not _SPOKEN_TOKEN.match(text, following, min(end, following + 64)):
        return position, _SILENT
    while last > start and text[last] in CLOSERS:
        last -= 1
    mark = text[last]
    if mark in TERMINATORS:
        is_abbreviation = mark == "." and looks_abbreviated(token_before(text, start, last))
        return position, _RELUCTANT if is_abbreviation else _SENTENCE
    if text[following].isdecimal() and (
        mark.isdecimal() or (last > start and text[last - 1].isdecimal() and position == following)
    ):
        return position, _RELUCTANT
    if mark in STRONG_CLAUSE_MARKS:
        return position, _STRONG
    if mark in WEAK_CLAUSE_MARKS:
        return position, _WEAK
    return position, _RELUCTANT if _NO_BREAK_SPACES.issuperset(match.group()) else _WORD


def _hash(text: str, position: int) -> int:
    return zlib.crc32(text[max(0, position - _HASHED_CHARS) : position].encode("utf-8", "surrogatepass"))


def _cut_word(text: str, start: int, limit: int, middle: int) -> int:
    """Cut where there is no space: next to an ideograph rather than in a foreign word, and never in a character."""
    has_ideographs = IDEOGRAPHIC.search(text, middle, limit + 1) is not None
    fallback = 0
    for position in range(limit, start, -1):
        if not is_grapheme_cut(text, position, start):
            continue
        fallback = fallback or position
        if position <= middle or not has_ideographs:
            break
        before, after = text[position - 1], text[position]
        if after not in _KEPT_WITH_PREVIOUS and (is_ideographic(before) or is_ideographic(after)):
            return position
    # One written character longer than the limit (hundreds of marks on a letter) has to be split.
    return fallback or limit
