"""Where a sentence that is too long is cut."""

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
"""How good a place is: after an unsplit sentence, a strong or weak clause mark, a word; inside a number with spaces or
after an abbreviation; beside something that can't be spoken alone."""

_PLACE = re.compile(rf"\s+|[{WIDE_TERMINATORS}{WIDE_CLAUSE_MARKS}]+[{re.escape(CLOSERS)}]*")
_SPOKEN_TOKEN = re.compile(r"(?:[^\w\s]|_)*[^\W_]")
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007")
_KEPT_WITH_PREVIOUS = frozenset(TERMINATORS + CLOSERS + STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS)
_HASHED_CHARS = 16


def cut_point(text: str, start: int, end: int, max_chars: int) -> int:
    """Return where to cut `text[start:end]`, which is longer than `max_chars`: in (start, start + max_chars].

    The best place in the second half of the allowed length, by the strength of its punctuation. Among equals the
    words before it decide, by a hash, and not the distance from the start: so the cuts of two versions of a long text
    fall into step again behind an inserted word. Failing that, the last place in the first half; failing that, a place
    that a number or an abbreviation would rather not have; and only in a single word, between written characters.
    """
    limit = start + max_chars
    middle = start + max_chars // 2
    first_spoken = SPEAKABLE.search(text, start, limit)
    spoken_from = first_spoken.start() if first_spoken else limit
    early: list[tuple[int, int]] = []
    late: list[tuple[int, int]] = []
    for found in _PLACE.finditer(text, start + 1, min(limit + 1, end)):
        place, rank = _rank(text, start, end, found)
        if place > limit:
            continue
        if place <= spoken_from and rank > _SILENT:
            rank = _SILENT
        (late if place >= middle else early).append((rank, place))
    for lowest in (_WORD, _RELUCTANT, _SILENT):
        good = [candidate for candidate in late if candidate[0] >= lowest]
        if good:
            best = max(good)[0]
            return max((place for rank, place in good if rank == best), key=lambda place: (_hash(text, place), place))
        good = [candidate for candidate in early if candidate[0] >= lowest]
        if good:
            return max(place for _, place in good)
    return _cut_word(text, start, limit, middle)


def _rank(text: str, start: int, end: int, found: re.Match[str]) -> tuple[int, int]:
    """Return `(place, rank)` of a match: the cut comes before white space, or after a mark that needs none."""
    if found.group()[0].isspace():
        place = found.start()
        after = NOT_SPACE.search(text, found.end(), end)
        following = after.start() if after else end
        last = place - 1
    else:
        place = following = found.end()
        if following < end and (text[following].isspace() or text[following] in _KEPT_WITH_PREVIOUS):
            return place, _SILENT
        last = place - 1
    if not _SPOKEN_TOKEN.match(text, following, min(end, following + 64)):
        return place, _SILENT
    while last > start and text[last] in CLOSERS:
        last -= 1
    mark = text[last]
    if mark in TERMINATORS:
        is_abbreviation = mark == "." and looks_abbreviated(token_before(text, start, last))
        return place, _RELUCTANT if is_abbreviation else _SENTENCE
    if text[following].isdecimal() and (
        mark.isdecimal() or (last > start and text[last - 1].isdecimal() and place == following)
    ):
        return place, _RELUCTANT
    if mark in STRONG_CLAUSE_MARKS:
        return place, _STRONG
    if mark in WEAK_CLAUSE_MARKS:
        return place, _WEAK
    return place, _RELUCTANT if _NO_BREAK_SPACES.issuperset(found.group()) else _WORD


def _hash(text: str, place: int) -> int:
    return zlib.crc32(text[max(0, place - _HASHED_CHARS) : place].encode("utf-8", "surrogatepass"))


def _cut_word(text: str, start: int, limit: int, middle: int) -> int:
    """Cut where there is no space: beside an ideograph rather than in a foreign word, and never in a character."""
    has_ideographs = IDEOGRAPHIC.search(text, middle, limit + 1) is not None
    fallback = 0
    for place in range(limit, start, -1):
        if not is_grapheme_cut(text, place, start):
            continue
        fallback = fallback or place
        if place <= middle or not has_ideographs:
            break
        before, after = text[place - 1], text[place]
        if after not in _KEPT_WITH_PREVIOUS and (is_ideographic(before) or is_ideographic(after)):
            return place
    # One written character longer than the limit (hundreds of marks on a letter) is taken apart after all.
    return fallback or limit
