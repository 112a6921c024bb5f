"""The words around an expression."""

from __future__ import annotations

import re

from .rule import SPACE

LOOK_BACK_CHARS = 40
WORD = r"[^\W\d_]{1,24}"
"""A pattern for a word."""
_ANY_WORD = re.compile(WORD)
_NEXT_WORD = re.compile(rf"{SPACE}({WORD})")


def words_before(match: re.Match[str]) -> list[str]:
    """Return the words in lower case within the 40 characters before a match, of its clause."""
    before = match.string[max(0, match.start() - LOOK_BACK_CHARS) : match.start()]
    clause = re.split(r"[.;!?\n]\s", before)[-1]
    return [word.casefold() for word in _ANY_WORD.findall(clause)]


def next_word(match: re.Match[str]) -> str:
    """Return the word after a match and a space; empty if there is none."""
    found = _NEXT_WORD.match(match.string, match.end())
    return found[1] if found else ""
