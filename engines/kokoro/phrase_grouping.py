"""What isn't taken apart when a sentence is cut: a word with the marks beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from ...text.punctuation import WIDE_CLAUSE_MARKS, WIDE_TERMINATORS, is_ideographic
from .common.tokens import SPACE, Token, spell

# Rounded from what readers make of them: about a breath after a sentence, half of that for a comma. The model's own
# pauses within a piece are in the same range.
SENTENCE_PAUSE_S = 0.30
CLAUSE_PAUSE_S = 0.20
COMMA_PAUSE_S = 0.12

MARK_PAUSES_S = {
    **dict.fromkeys(".!?", SENTENCE_PAUSE_S),
    **dict.fromkeys(";:—…", CLAUSE_PAUSE_S),
    ",": COMMA_PAUSE_S,
}
"""The pause behind a piece that ends with a mark, in seconds. One cut between words has none: nothing pauses there."""

QUOTES = '"“”()'
_OPENING = '"“('
MARKS = frozenset((*MARK_PAUSES_S, *QUOTES, SPACE))
"""The symbols that aren't spoken, in all languages: Chinese and Japanese marks arrive as these."""

_FOLLOWS = frozenset("ːʰʲᵝ\u0303↓→↗↘")
_PRECEDES = frozenset("ˈˌ")
"""Symbols that belong to the one before them, or after them (stress)."""


class Rank(IntEnum):
    """How good a place is to cut: the pauses that a reader makes, then words, then what only necessity cuts."""

    WITHIN_WORD = 0
    RELUCTANT = 1
    """After a full stop that ends no sentence (an abbreviation's, an ordinal's), or within a number with spaces."""
    WORD = 2
    COMMA = 3
    CLAUSE = 4
    SENTENCE = 5


_PAUSE_RANKS = {SENTENCE_PAUSE_S: Rank.SENTENCE, CLAUSE_PAUSE_S: Rank.CLAUSE, COMMA_PAUSE_S: Rank.COMMA}


class Unit(NamedTuple):
    """Tokens with something to say that stay together, `n_symbols` of them and `n_spaces` behind; `rank` of its end."""

    tokens: tuple[Token, ...]
    n_symbols: int
    n_spaces: int
    rank: Rank


def is_spoken(symbols: str) -> bool:
    """Whether there is more to symbols than marks."""
    return not MARKS.issuperset(symbols)


def final_mark(symbols: str) -> str:
    """Return the mark at the end of symbols, behind which only quotes and spaces may stand; empty if there is none."""
    mark = symbols.rstrip(QUOTES + SPACE)[-1:]
    return mark if mark in MARK_PAUSES_S else ""


def make_units(source: str, tokens: Sequence[Token], limit: int) -> list[Unit]:
    """Return a sentence's units, `limit` symbols long at most. All but what `cut_pieces` excepts is in exactly one.

    Marks and tokens without symbols stay with the word before; at the sentence's start, and where they open something,
    with the word after.
    """
    units: list[Unit] = []
    for group, rank in _groups(source, _single_spaced(tokens)):
        parts = _split(group, limit)
        for n, part in enumerate(parts, 1):
            units.append(_unit(part, rank if n == len(parts) else Rank.WITHIN_WORD))
    return units


def _unit(tokens: Sequence[Token], rank: Rank) -> Unit:
    n_symbols = len(spell(tokens))
    n_all = sum(len(token.phonemes) + token.space for token in tokens)
    return Unit(tuple(tokens), n_symbols, n_all - n_symbols, rank)


def _single_spaced(tokens: Sequence[Token]) -> Iterator[Token]:
    spaced = True
    for token in tokens:
        if token.phonemes:
            spaced = token.space
            yield token
        else:
            yield token._replace(space=token.space and not spaced)
            spaced = spaced or token.space


def _groups(source: str, tokens: Iterator[Token]) -> Iterator[tuple[list[Token], Rank]]:
    """Yield tokens that stay together, with the rank of the place behind them."""
    done: tuple[list[Token], Rank] | None = None
    group: list[Token] = []
    spoken = spaced = False
    mark = ""
    last: Token | None = None
    for token in tokens:
        if token.phonemes:
            if spoken and last is not None and _may_begin(source, last, token, spaced=spaced):
                if done is not None:
                    yield done
                done = group, _rank(source, last, token, mark=mark, spaced=spaced)
                group, spoken = [], False
            spoken = spoken or is_spoken(token.phonemes)
            spaced, last = token.space, token
            if token.phonemes.strip(QUOTES + SPACE):
                mark = final_mark(token.phonemes)
        else:
            spaced = spaced or token.space
        group.append(token)
    if done is not None and not spoken:
        group, done = [*done[0], *group], None
    if done is not None:
        yield done
    if group:
        yield group, Rank.SENTENCE


def _may_begin(source: str, before: Token, token: Token, *, spaced: bool) -> bool:
    """Whether a unit may begin with a token: not with a mark that closes."""
    first = token.phonemes.lstrip(SPACE)[:1]
    if spaced or _is_free(source, before, token):
        return first not in MARKS or first in _OPENING
    return is_spoken(token.phonemes) and first not in MARKS


def _is_free(source: str, before: Token, token: Token) -> bool:
    """Whether words may end between two tokens although no space stands there."""
    end, start = source[max(before.end - 1, 0) : before.end], source[token.start : token.start + 1]
    if not end or not start:
        return False
    if end in WIDE_CLAUSE_MARKS + WIDE_TERMINATORS:
        return not (source[before.end - 2 : before.end - 1].isdecimal() and start.isdecimal())
    return is_ideographic(end) or is_ideographic(start)


def _rank(source: str, before: Token, token: Token, *, mark: str, spaced: bool) -> Rank:
    if not spaced and not _is_free(source, before, token):
        return Rank.WITHIN_WORD
    last = source[max(before.end - 2, 0) : before.end]
    if last.endswith(".") and last != "..":
        return Rank.RELUCTANT  # the sentence would end here if this were its end
    if last[-1:].isdecimal() and source[token.start : token.start + 1].isdecimal():
        return Rank.RELUCTANT
    return _PAUSE_RANKS[MARK_PAUSES_S[mark]] if mark else Rank.WORD


def _split(tokens: list[Token], limit: int) -> list[list[Token]]:
    """Return tokens in parts of about equal size, `limit` symbols at most, without those that hold only marks."""
    symbols = spell(tokens)
    if len(symbols) <= limit:
        return [tokens]
    ends, begin = [], 0
    while len(symbols) - begin > limit:
        n_left = len(symbols) - begin
        ends.append(_split_place(symbols, begin, n_left / -(-n_left // limit), limit))
        begin = ends[-1]
    parts: list[list[Token]] = [[]]
    position = 0
    for token in tokens:
        for part in _token_parts(token, position, ends, len(parts) - 1):
            if part.phonemes and len(parts) <= len(ends) and position >= ends[len(parts) - 1]:
                parts.append([])
            parts[-1].append(part)
            position += len(part.phonemes) + part.space
    return [part for part in parts if is_spoken(spell(part))]


def _split_place(symbols: str, begin: int, ideal: float, limit: int) -> int:
    places = range(begin + int(ideal / 2) + 1, begin + limit + 1)
    spaces = [place for place in places if symbols[place - 1] == SPACE]
    if spaces:
        return min(spaces, key=lambda place: abs(place - begin - ideal))
    place = begin + max(int(ideal), 1)
    while place > begin + 1 and (symbols[place] in _FOLLOWS or symbols[place - 1] in _PRECEDES):
        place -= 1
    return place


def _token_parts(token: Token, position: int, ends: Sequence[int], first: int) -> Iterator[Token]:
    """Yield a token, whose first symbol is at `position`, cut at those `ends[first:]` that lie within its symbols."""
    low, n_symbols = 0, len(token.phonemes)
    while first < len(ends) and ends[first] - position < n_symbols:
        high = ends[first] - position
        first += 1
        if high > low:
            symbols = token.phonemes[low:high]
            yield Token(symbols.removesuffix(SPACE), symbols.endswith(SPACE), _share(token, low), _share(token, high))
            low = high
    yield token._replace(phonemes=token.phonemes[low:], start=_share(token, low))


def _share(token: Token, n_symbols: int) -> int:
    """Return the place in the text where a token's first symbols end if all have the same share of its characters."""
    return token.start + round((token.end - token.start) * n_symbols / max(len(token.phonemes), 1))
