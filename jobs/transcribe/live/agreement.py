"""Local agreement: what two hypotheses in a row say alike is certain.

The policy is LocalAgreement-2 of Liu et al., Low-Latency Sequence-to-Sequence Speech Recognition and Translation by
Partial Hypothesis Selection (Interspeech 2020).
"""

from __future__ import annotations

from collections.abc import Sequence

from ....utils.streaming.contract.events import Word
from .words import same_word


class LocalAgreement:
    """Compares each hypothesis with the one before, from the first word that isn't certain on."""

    def __init__(self) -> None:
        self._before: tuple[Word, ...] = ()

    def agreed(self, words: Sequence[Word]) -> int:
        """Return how many of the first words the hypothesis before had too. It isn't kept: see `keep`."""
        count = 0
        for word, before in zip(words, self._before, strict=False):
            if not same_word(word, before):
                break
            count += 1
        return count

    def keep(self, words: Sequence[Word]) -> None:
        """Keep what isn't certain of a hypothesis, for the next one."""
        self._before = tuple(words)
