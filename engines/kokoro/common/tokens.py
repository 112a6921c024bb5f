"""Tokens: words and marks with their phonemes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SPACE = " "
"""The symbol between words; it is part of the model's alphabet and has a duration."""
QUOTES = '"“”()'
MARKS = frozenset(f".!?;:—…,{QUOTES}{SPACE}")
"""The symbols that aren't spoken, in all languages: Chinese and Japanese marks are mapped to these."""
FOLLOWING = frozenset("ːʰʲᵝ\u0303↓→↗↘")
"""Modifiers, which belong to the symbol before them."""


class Token(NamedTuple):
    """A word or a mark: its symbols, and its span `[start, end)` in the segment's text, in code points.

    `phonemes` holds symbols of the model's alphabet only, including marks (`, . ! ? ; : — …` and quotes); it is empty
    for silent text. `space`: a space symbol follows. Tokens are in the text's order and don't overlap.
    """

    phonemes: str
    space: bool
    start: int
    end: int


def is_spoken(symbols: str) -> bool:
    """Whether any of the symbols isn't a mark."""
    return not MARKS.issuperset(symbols)


def spell(tokens: Iterable[Token]) -> str:
    """Return the symbols of tokens as the model takes them, without a trailing space."""
    return "".join(token.phonemes + (SPACE if token.space else "") for token in tokens).rstrip(SPACE)
