"""Times of any part of a text, from the times of its words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import isfinite

from ..utils.streaming.contract.events import Word


def without_spaces(text: str) -> str:
    """Return a text without white space, so that words can be compared with the text that contains them."""
    return "".join(text.split())


class CharTimes:
    """The times of the characters of some words. Positions are in the words' text, joined without white space.

    `starts` are the positions of the words, `texts` their texts without white space. A word that ends before it starts
    has no length. ValueError for times that aren't finite.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = [0]
        self._words = words
        for at, word in enumerate(words):
            if not (isfinite(word.start_s) and isfinite(word.end_s)):
                raise ValueError(f"word {at} ({word.text!r}) runs from {word.start_s} s to {word.end_s} s")
            self.texts.append(without_spaces(word.text))
            self.starts.append(self.starts[-1] + len(self.texts[-1]))

    @property
    def n_chars(self) -> int:
        """The number of characters of the words, without white space."""
        return self.starts[-1]

    def word_from(self, position: float) -> int:
        """Return the index of the word at `position`."""
        return bisect_right(self.starts, position) - 1

    def start_s(self, position: float) -> float:
        """Return the start of the character at `position`. A word's characters share its time evenly."""
        at = self.word_from(position)
        return self._time_s(at, position)

    def end_s(self, position: float) -> float:
        """Return the end of the character before `position`; at the end of a word, exactly the word's end."""
        at = bisect_left(self.starts, position) - 1
        return self._time_s(at, position)

    def _time_s(self, at: int, position: float) -> float:
        word, begin, end = self._words[at], self.starts[at], self.starts[at + 1]
        if position == begin:
            return word.start_s
        end_s = max(word.start_s, word.end_s)
        if position == end:
            return end_s
        share = (position - begin) / (end - begin)
        return min(end_s, word.start_s + share * (end_s - word.start_s))
