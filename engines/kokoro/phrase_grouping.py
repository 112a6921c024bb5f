"""Group tokens into phrases, which stay whole when a sentence is cut: a word with its adjacent marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from ...text.punctuation import WIDE_CLAUSE_MARKS, WIDE_TERMINATORS, is_ideographic
from .common.tokens import FOLLOWING, MARKS, QUOTES, SPACE, Token, is_spoken, spell

# Rounded from human readers: about a breath after a sentence, half of that after a comma. The model's own pauses within
# a chunk are in the same range.
SENTENCE_PAUSE_S = 0.30
CLAUSE_PAUSE_S = 0.20
COMMA_PAUSE_S = 0.12

MARK_PAUSES_S = {
    **dict.fromkeys(".!?", SENTENCE_PAUSE_S),
    **dict.fromkeys(";:—…", CLAUSE_PAUSE_S),
    ",": COMMA_PAUSE_S,
}
"""The pause after a chunk by its final mark, in seconds. A chunk that ends between words has no pause."""

_OPENING = '"“('

_PRECEDES = frozenset("ˈˌ")
"""Stress marks, which belong to the symbol after them."""


class Rank(IntEnum):
    """The quality of a position to cut at: pauses first, then words, then positions of last resort."""

    WITHIN_WORD = 0
    RELUCTANT = 1
    """After a full stop of an abbreviation or an ordinal, or within a number with spaces."""
    WORD = 2
    COMMA = 3
    CLAUSE = 4
    SENTENCE = 5


_PAUSE_RANKS = {SENTENCE_PAUSE_S: Rank.SENTENCE, CLAUSE_PAUSE_S: Rank.CLAUSE, COMMA_PAUSE_S: Rank.COMMA}


class Phrase(NamedTuple):
    """Tokens that stay together, with their number of symbols and of spaces after them; `rank` is that of its end."""

    tokens: tuple[Token, ...]
    n_symbols: int
    n_spaces: int
    rank: Rank


def final_mark(symbols: str) -> str:
    """Return the final mark, ignoring quotes and spaces after it; empty if there is none."""
    mark = symbols.rstrip(QUOTES + SPACE)[-1:]
    return mark if mark in MARK_PAUSES_S else ""


def group_phrases(source: str, tokens: Sequence[Token], limit: int) -> list[Phrase]:
    """Group a sentence's tokens into phrases of at most `limit` symbols.

    Each token is in exactly one, apart from the exceptions of `cut_chunks`. Marks and tokens without symbols belong to
    the word before them; at the sentence's start, and if they are opening marks, to the word after.
    """
    phrases: list[Phrase] = []
    for group, rank in _groups(source, _single_spaced(tokens)):
        parts = _split(group, limit)
        for n, part in enumerate(parts, 1):
            phrases.append(_phrase(part, rank if n == len(parts) else Rank.WITHIN_WORD))
    return phrases


def _phrase(tokens: Sequence[Token], rank: Rank) -> Phrase:
    n_symbols = len(spell(tokens))
    n_all = sum(len(token.phonemes) + token.space for token in tokens)
    return Phrase(tuple(tokens), n_symbols, n_all - n_symbols, rank)


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
    """Yield groups of tokens that stay together, with the rank of the position after them."""
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
    """Whether a phrase may begin with a token: not with a closing mark."""
    first = token.phonemes.lstrip(SPACE)[:1]
    if spaced or _is_free(source, before, token):
        return first not in MARKS or first in _OPENING
    return is_spoken(token.phonemes) and first not in MARKS


def _is_free(source: str, before: Token, token: Token) -> bool:
    """Whether there is a word boundary between two tokens although there is no space."""
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
        return Rank.RELUCTANT  # an abbreviation's: a sentence's end would have ended the group of tokens
    if last[-1:].isdecimal() and source[token.start : token.start + 1].isdecimal():
        return Rank.RELUCTANT
    return _PAUSE_RANKS[MARK_PAUSES_S[mark]] if mark else Rank.WORD


def _split(tokens: list[Token], limit: int) -> list[list[Token]]:
    """Split tokens into parts of about equal size, at most `limit` symbols each; parts of marks only are dropped."""
    symbols = spell(tokens)
    if len(symbols) <= limit:
        return [tokens]
    ends, begin = [], 0
    while len(symbols) - begin > limit:
        n_left = len(symbols) - begin
        ends.append(_split_end(symbols, begin, n_left / -(-n_left // limit), limit))
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


def _split_end(symbols: str, begin: int, ideal: float, limit: int) -> int:
    ends = range(begin + int(ideal / 2) + 1, begin + limit + 1)
    spaces = [end for end in ends if symbols[end - 1] == SPACE]
    if spaces:
        return min(spaces, key=lambda end: abs(end - begin - ideal))
    end = begin + max(int(ideal), 1)
    while end > begin + 1 and (symbols[end] in FOLLOWING or symbols[end - 1] in _PRECEDES):
        end -= 1
    return end


def _token_parts(token: Token, position: int, ends: Sequence[int], first: int) -> Iterator[Token]:
    """Yield a token, whose first symbol is at `position`, cut at the `ends[first:]` within its symbols."""
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
    """Return the text offset where a token's first symbols end if its characters are shared out equally."""
    return token.start + round((token.end - token.start) * n_symbols / max(len(token.phonemes), 1))
