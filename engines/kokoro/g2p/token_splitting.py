"""Tokens as the rest of the engine wants them: marks apart from words, and none too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ..common.tokens import SPACE, Token

MAX_SYMBOLS = 200
"""No word of a language is that long; what is (a number of a thousand digits, a text without spaces) may be cut."""
_MARKS = frozenset(';:,.!?—…"()“”')
_STRESS = "ˈˌ"


def part_marks(token: Token, text: str) -> list[Token]:
    """Return a token with the marks at its ends as tokens of their own; those of an abbreviation (e.g.) stay."""
    first, last = 0, len(token.phonemes)
    while first < last and token.phonemes[first] in _MARKS:
        first += 1
    while last > first and token.phonemes[last - 1] in _MARKS:
        last -= 1
    start, end = token.start, token.end
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and unicodedata.category(text[end - 1])[0] == "P":
        end -= 1
    if first == last or start == end or "." in text[start:end]:
        return [token]
    core = token.phonemes[first:last]
    start = start if first else token.start
    end = end if last < len(token.phonemes) else token.end
    follows = core.endswith(SPACE) if end < token.end else token.space
    parts = [Token(core.strip(SPACE), follows, start, end)]
    if start > token.start:
        parts.insert(0, Token(token.phonemes[:first], core.startswith(SPACE), token.start, start))
    if end < token.end:
        parts.append(Token(token.phonemes[last:], token.space, end, token.end))
    return parts


def divide(token: Token) -> Iterator[Token]:
    """Yield a token, or the pieces of one with more than `MAX_SYMBOLS`, its characters shared out among them.

    A piece ends before a space or a stress mark where it can. With fewer characters than pieces some spans are
    empty.
    """
    rest, start = token.phonemes, token.start
    n_symbols, n_characters = len(rest), token.end - token.start
    while len(rest) > MAX_SYMBOLS:
        cut = _cut(rest)
        piece, rest = rest[:cut].rstrip(SPACE), rest[cut:]
        space = rest.startswith(SPACE)
        rest = rest.lstrip(SPACE)
        end = max(start, token.start + n_characters * (n_symbols - len(rest)) // n_symbols)
        yield Token(piece, space, start, end)
        start = end
    yield Token(rest, token.space, start, token.end)


def _cut(phonemes: str) -> int:
    for marks in (SPACE, _STRESS):
        found = max(phonemes.rfind(mark, 1, MAX_SYMBOLS) for mark in marks)
        if found > MAX_SYMBOLS // 2:
            return found
    return MAX_SYMBOLS
