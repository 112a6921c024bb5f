"""From the times of words to the times of any part of their text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import isfinite

from ..utils.streaming.contract.events import Word


def squeezed(text: str) -> str:
    """Return the text without white space, which is what words and their text have in common."""
    return "".join(text.split())


class CharTimes:
    """When each character of some words is spoken. Places count in the words' text, joined without white space.

    `starts` are the places where the words begin, `texts` what they say without white space. A word that ends before it
    begins has no length. ValueError for times that aren't numbers.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = [0]
        self._words = words
        for at, word in enumerate(words):
            if not (isfinite(word.start_s) and isfinite(word.end_s)):
                raise ValueError(f"word {at} ({word.text!r}) runs from {word.start_s} s to {word.end_s} s")
            self.texts.append(squeezed(word.text))
            self.starts.append(self.starts[-1] + len(self.texts[-1]))

    @property
    def n_chars(self) -> int:
        """How many characters the words have, without white space."""
        return self.starts[-1]

    def word_from(self, place: float) -> int:
        """Return which word the character at `place` belongs to."""
        return bisect_right(self.starts, place) - 1

    def start_s(self, place: float) -> float:
        """Return when the character at `place` begins; a word's characters share its time evenly, and so do parts."""
        at = self.word_from(place)
        return self._time_s(at, place)

    def end_s(self, place: float) -> float:
        """Return when the character before `place` ends; at the end of a word that is the word's own, exactly."""
        at = bisect_left(self.starts, place) - 1
        return self._time_s(at, place)

    def _time_s(self, at: int, place: float) -> float:
        word, begin, end = self._words[at], self.starts[at], self.starts[at + 1]
        if place == begin:
            return word.start_s
        end_s = max(word.start_s, word.end_s)
        if place == end:
            return end_s
        share = (place - begin) / (end - begin)
        return min(end_s, word.start_s + share * (end_s - word.start_s))
