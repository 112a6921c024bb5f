"""Sentences for the measurements of recognition, from words that the tests' small model knows.

The grammar is neither the model's training data nor what live transcription was tuned on. No sentence repeats a number
or a question, which makes so small a model repeat itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def _split(words: str) -> list[str]:
    return words.split()


_BEINGS = _split("fox dog cat bird fish horse friend teacher doctor mother father child man woman")
_THINGS = _split(
    "house door window car train bus road river mountain tree flower garden city school book page word story "
    "song music game ball table chair water bread coffee apple dinner phone computer voice moon star sky rain "
    "snow wind light"
)
_QUALITIES = _split(
    "quick brown lazy big small little old new young good happy sad cold fast slow red blue green black white yellow "
    "short warm dark beautiful quiet"
)
_NUMBERS = _split("one two three four five six seven eight nine ten eleven twelve twenty thirty")
_DAYS = _split("monday tuesday wednesday thursday friday saturday sunday")
_DEEDS = _split("open close find make take give like want need help call see read")
_WHO = _split("you we they")
_WHERE = _split("under near in with over")
_MOVES = _split("come run walk wait work sleep talk sing dance")


class Sentences:
    """Draws sentences; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._kinds: tuple[Callable[[], list[str]], ...] = (
            lambda: [*self._thing(), "is", self._one(_WHERE), *self._thing()],
            lambda: [*self._thing(), "was", "very", self._one(_QUALITIES), "yesterday"],
            lambda: [self._one(_WHO), "will", self._one(_DEEDS), *self._thing(), "on", self._one(_DAYS)],
            lambda: ["please", self._one(_DEEDS), "the", self._one(["next", "first", "last"]), self._one(_THINGS)],
            lambda: [self._one(["page", "line"]), *self._random.sample(_NUMBERS, self._random.randint(2, 5))],
            lambda: ["when", "will", self._one(_WHO), self._one(_MOVES), self._one(_WHERE), *self._thing()],
            lambda: ["welcome", "to", "the", self._one(_QUALITIES), self._one(_THINGS)],
            lambda: ["good", self._one(["morning", "evening"]), "my", self._one(_QUALITIES), self._one(_BEINGS)],
            lambda: [*self._thing(), "and", *self._thing(), self._one(["can", "will"]), self._one(_MOVES), "tonight"],
            lambda: ["where", "is", *self._thing(), "and", "how", "is", *self._thing()],
        )

    def next(self) -> str:
        """Return a sentence with its full stop."""
        return " ".join(self._one(self._kinds)()) + "."

    def _thing(self) -> list[str]:
        quality = [self._one(_QUALITIES)] if self._random.random() < 0.6 else []
        return [self._one(["the", "the", "my", "your", "this"]), *quality, self._one(_BEINGS + _THINGS)]

    def _one(self, choices: Sequence[_T]) -> _T:
        return choices[self._random.randrange(len(choices))]
