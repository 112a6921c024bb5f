"""Local agreement: words on which two consecutive hypotheses agree are committed.

The policy is LocalAgreement-2 of Liu et al., Low-Latency Sequence-to-Sequence Speech Recognition and Translation by
Partial Hypothesis Selection (Interspeech 2020).
"""

from __future__ import annotations

from collections.abc import Sequence

from ....utils.streaming.contract.events import Word
from .words import same_word


class LocalAgreement:
    """Compares each hypothesis with the previous one, from the first word that isn't committed."""

    def __init__(self) -> None:
        self._previous: tuple[Word, ...] = ()

    def agreed(self, words: Sequence[Word]) -> int:
        """Return the number of first words that the previous hypothesis shares. Call `keep` to store the hypothesis."""
        count = 0
        for word, previous in zip(words, self._previous, strict=False):
            if not same_word(word, previous):
                break
            count += 1
        return count

    @property
    def held(self) -> tuple[Word, ...]:
        """The words that aren't committed."""
        return self._previous

    def keep(self, words: Sequence[Word]) -> None:
        """Store the words of a hypothesis that aren't committed, for the next comparison."""
        self._previous = tuple(words)
