"""A word with what is said for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SPACE = " "
"""The symbol between words; it is one of the model's alphabet and has a duration of its own."""


class Token(NamedTuple):
    """A word or a mark: its symbols, and where it stands in the segment's text, `[start, end)` in code points.

    `phonemes` holds symbols of the model's alphabet only, marks (`, . ! ? ; : — …` and quotes) among them; it is empty
    for what isn't said. `space` says that a space symbol follows. Tokens are in the text's order and don't overlap.
    """

    phonemes: str
    space: bool
    start: int
    end: int


def spell(tokens: Iterable[Token]) -> str:
    """Return the symbols of tokens in one string, as the model takes them, without a space at its end."""
    return "".join(token.phonemes + (SPACE if token.space else "") for token in tokens).rstrip(SPACE)
