"""Phonemes given by the user in the text: `[word](/ipa/)`, in misaki's syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_MARKUP = re.compile(r"\[([^\[\]\n]*[^\[\]\s][^\[\]\n]*)\]\(/([^/()\[\]\n]*[^/()\[\]\s][^/()\[\]\n]*)/\)")


class Override(NamedTuple):
    """A word with its phonemes; offsets in code points.

    `[start, end)` is the word without its brackets, `[outer_start, outer_end)` the whole markup.
    """

    start: int
    end: int
    phonemes: str
    outer_start: int
    outer_end: int


def find_overrides(text: str, start: int = 0, end: int | None = None) -> list[Override]:
    """Return the overrides entirely within `text[start:end]`, in order. Other brackets are text."""
    found = _MARKUP.finditer(text, start, len(text) if end is None else end)
    return [Override(match.start(1), match.end(1), match[2].strip(), match.start(), match.end()) for match in found]


def mask(text: str, overrides: Iterable[Override]) -> str:
    """Return the text with each override replaced by one word of Latin letters of the same length.

    A sentence splitter can't cut within it, whatever the override contains ("[Dr. No](/dˈɑktəɹ nˈO/)"), and its first
    letter's case shows whether it may begin a sentence.
    """
    parts: list[str] = []
    position = 0
    for override in overrides:
        first = "x" if text[override.start].islower() else "X"
        length = override.outer_end - override.outer_start
        parts += [text[position : override.outer_start], first, "x" * (length - 1)]
        position = override.outer_end
    return "".join(parts) + text[position:]
