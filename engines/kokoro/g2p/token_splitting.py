"""Split tokens: marks from words, and tokens that are too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ..common.tokens import MARKS, SPACE, Token

MAX_SYMBOLS = 200
"""Longer tokens are split. No word is that long, but a number of a thousand digits or text without spaces is."""
_MARKS = MARKS - {SPACE}
_STRESS = "ˈˌ"


def split_marks(token: Token, text: str) -> list[Token]:
    """Split the marks at a token's ends into separate tokens; abbreviations (e.g.) keep theirs."""
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


def split_long_token(token: Token) -> Iterator[Token]:
    """Yield a token, split into parts of at most `MAX_SYMBOLS` that share its characters.

    A part ends before a space or a stress mark if possible. With fewer characters than parts some spans are empty.
    """
    rest, start = token.phonemes, token.start
    n_symbols, n_characters = len(rest), token.end - token.start
    while len(rest) > MAX_SYMBOLS:
        cut = _cut(rest)
        part, rest = rest[:cut].rstrip(SPACE), rest[cut:]
        space = rest.startswith(SPACE)
        rest = rest.lstrip(SPACE)
        end = max(start, token.start + n_characters * (n_symbols - len(rest)) // n_symbols)
        yield Token(part, space, start, end)
        start = end
    yield Token(rest, token.space, start, token.end)


def _cut(phonemes: str) -> int:
    for marks in (SPACE, _STRESS):
        found = max(phonemes.rfind(mark, 1, MAX_SYMBOLS) for mark in marks)
        if found > MAX_SYMBOLS // 2:
            return found
    return MAX_SYMBOLS
