"""Word error rate of a recognized text."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from .tokens import spoken_words

_EDIT = 1 << 31
"""The cost of an edit. A substitution costs one more, so that among minimal edits the one with the most correct words
wins. This makes the three counts independent of the order of the two texts."""


class Wer(msgspec.Struct, frozen=True, kw_only=True):
    """The word errors of a hypothesis against a reference of `words` words."""

    words: int
    substitutions: int
    insertions: int
    deletions: int

    @property
    def errors(self) -> int:
        """The minimum number of edits from the reference to the hypothesis."""
        return self.substitutions + self.insertions + self.deletions

    @property
    def rate(self) -> float:
        """Errors per word, 0.0 for none; may exceed 1. An empty reference counts as one word, so it is finite."""
        return self.errors / max(1, self.words)


def word_error_rate(reference: str, hypothesis: str) -> Wer:
    """Return the word errors of `hypothesis`: the Levenshtein distance of the two texts' words, as NIST counts them.

    Words are compared in the form of `spoken_words`: case, punctuation and Unicode form don't count. In scripts without
    spaces, characters are compared. Quadratic: under a second for an hour of speech (10,000 words).
    """
    reference_words, hypothesis_words = spoken_words(reference), spoken_words(hypothesis)
    numbers: dict[str, int] = {}
    edits = _least_cost(
        [numbers.setdefault(word, len(numbers)) for word in reference_words],
        [numbers.setdefault(word, len(numbers)) for word in hypothesis_words],
    )
    errors, substitutions = divmod(edits, _EDIT)
    deletions = (errors - substitutions + len(reference_words) - len(hypothesis_words)) // 2
    return Wer(
        words=len(reference_words),
        substitutions=substitutions,
        insertions=errors - substitutions - deletions,
        deletions=deletions,
    )


def _least_cost(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the edit cost between two sequences (Wagner-Fischer, one row at a time)."""
    start, first_end, second_end = 0, len(first), len(second)
    while start < min(first_end, second_end) and first[start] == second[start]:
        start += 1
    while min(first_end, second_end) > start and first[first_end - 1] == second[second_end - 1]:
        first_end, second_end = first_end - 1, second_end - 1
    short, long = sorted((first[start:first_end], second[start:second_end]), key=len)
    columns = np.array(long, dtype=np.int64)
    steps = np.arange(len(long) + 1, dtype=np.int64) * _EDIT
    row = steps.copy()
    following = np.empty_like(row)
    for word in short:
        following[0] = row[0] + _EDIT
        np.minimum(row[:-1] + np.where(columns == word, 0, _EDIT + 1), row[1:] + _EDIT, out=following[1:])
        # Edits along the row: each column takes the best to its left, plus its distance from there.
        following -= steps
        np.minimum.accumulate(following, out=following)
        following += steps
        row, following = following, row
    return int(row[-1])
