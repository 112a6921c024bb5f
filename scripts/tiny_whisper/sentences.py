"""What is said: half of it free sequences of words, half sentences of a small grammar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from .words import (
    ADJECTIVES,
    BEINGS,
    DAYS,
    DEEDS,
    FREE_WORDS,
    MOMENTS,
    MOVES,
    NOUNS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    SPANS,
    THINGS,
)

_T = TypeVar("_T")
MOST_FREE_WORDS = 12
_ORDINALS = ["next", "first", "last"]
_ANSWERS = [
    "yes please",
    "no thank you",
    "not now",
    "yes",
    "no",
    "please wait",
    "stop",
    "please stop now",
    "hello",
    "goodbye",
    "thank you",
    "come here please",
    "please listen to the music",
]


class Draw:
    """Choices from a generator of random numbers. The order of the draws is what a seed stands for: keep it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def pick(self, choices: Sequence[_T]) -> _T:
        """Return one of `choices`, each as likely."""
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, part: float) -> bool:
        """Return True in this part of the cases."""
        return bool(self.rng.random() < part)

    def maybe(self, part: float, *words: str) -> list[str]:
        """Return the words in this part of the cases, else none."""
        return list(words) if self.chance(part) else []

    def thing(self) -> list[str]:
        """Return a noun with an article or the like, and often an adjective."""
        article = self.pick(["the", "the", "the", "my", "your", "this", "that", "a"])
        adjective = [self.pick(ADJECTIVES)] if self.chance(0.45) else []
        return [article, *adjective, self.pick(NOUNS)]


def _jump(d: Draw) -> list[str]:
    first, second = d.pick(ADJECTIVES), d.pick(ADJECTIVES)
    return ["the", first, second, d.pick(BEINGS), "jumps", "over", "the", d.pick(ADJECTIVES), d.pick(BEINGS)]


def _fox(_d: Draw) -> list[str]:
    return ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]


def _welcome(d: Draw) -> list[str]:
    return [*d.pick([[], ["hello", "and"], ["good", d.pick(SPANS), "and"]]), "welcome", "to", *d.thing()]


def _request(d: Draw) -> list[str]:
    return ["please", d.pick(DEEDS), "the", d.pick(_ORDINALS), d.pick(THINGS)]


def _count(d: Draw) -> list[str]:
    start, length = int(d.rng.integers(0, 9)), int(d.rng.integers(2, 9))
    return NUMBERS[start : start + length]


def _digits(d: Draw) -> list[str]:
    head = d.pick([[], ["call"], ["page"], ["line"], ["my", "phone", "is"]])
    return [*head, *(d.pick(NUMBERS) for _ in range(int(d.rng.integers(1, 8))))]


def _deed(d: Draw) -> list[str]:
    verb = [d.pick(DEEDS)]
    if d.chance(0.4):
        verb = [d.pick(["will", "can"]), *d.maybe(0.2, "not"), *verb]
    return [d.pick(PRONOUNS), *verb, *d.thing()]


def _quality(d: Draw) -> list[str]:
    return [*d.thing(), "is", *d.maybe(0.4, "very"), d.pick(ADJECTIVES)]


def _past(d: Draw) -> list[str]:
    return [*d.thing(), "was", d.pick(ADJECTIVES), d.pick(MOMENTS)]


def _date(d: Draw) -> list[str]:
    return [d.pick(["today", "tomorrow"]), "is", d.pick(DAYS)]


def _parting(d: Draw) -> list[str]:
    again = d.maybe(0.4, "again")
    return ["see", "you", *again, *d.pick([["on", d.pick(DAYS)], ["tomorrow", d.pick(SPANS)], _next(d)])]


def _next(d: Draw) -> list[str]:
    return ["next", d.pick(SPANS + DAYS)]


def _greeting(d: Draw) -> list[str]:
    return ["hello", *d.maybe(0.5, "my"), d.pick(BEINGS)]


def _thanks(d: Draw) -> list[str]:
    return ["thank", "you", *d.pick([[], ["and", "goodbye"], ["very"], ["my", d.pick(BEINGS)]])]


def _good_day(d: Draw) -> list[str]:
    return ["good", d.pick(SPANS[:3]), *d.pick([[], ["my", d.pick(BEINGS)], ["and", "welcome"]])]


def _move(d: Draw) -> list[str]:
    return [d.pick(PRONOUNS), d.pick(["will", "can"]), d.pick(MOVES), d.pick(PREPOSITIONS), *d.thing()]


def _what(d: Draw) -> list[str]:
    return ["what", "is", d.pick(["your", "my", "the", "this"]), d.pick(NOUNS)]


def _where(d: Draw) -> list[str]:
    return ["where", d.pick(["is", "was"]), *d.thing()]


def _when(d: Draw) -> list[str]:
    return ["when", "is", "the", d.pick(_ORDINALS), d.pick(THINGS)]


def _how(d: Draw) -> list[str]:
    return ["how", "are", d.pick(["you", "they", "we"]), *([d.pick(MOMENTS)] if d.chance(0.6) else [])]


def _answer(d: Draw) -> list[str]:
    return d.pick(_ANSWERS).split()


def _switch(d: Draw) -> list[str]:
    return ["turn", "on", "the", d.pick(["light", "music", "computer", "phone"])]


def _two_things(d: Draw) -> list[str]:
    return [*d.thing(), "and", *d.thing(), "are", d.pick(PREPOSITIONS), *d.thing()]


def _shopping(d: Draw) -> list[str]:
    first = [d.pick(NUMBERS), d.pick(ADJECTIVES), d.pick(NOUNS)]
    return [*first, "and", d.pick(NUMBERS), d.pick(ADJECTIVES), d.pick(NOUNS)]


def _test(d: Draw) -> list[str]:
    return ["this", "is", "a", "test", "of", *d.thing()]


def _place(d: Draw) -> list[str]:
    return [*d.thing(), d.pick(["is", "was"]), d.pick(PREPOSITIONS), *d.thing()]


# Each as likely; deeds count twice. The order is part of what a seed stands for.
_FORMS: tuple[Callable[[Draw], list[str]], ...] = (
    _jump,
    _fox,
    _welcome,
    _request,
    _count,
    _digits,
    _deed,
    _deed,
    _quality,
    _past,
    _date,
    _parting,
    _greeting,
    _thanks,
    _good_day,
    _move,
    _what,
    _where,
    _when,
    _how,
    _answer,
    _switch,
    _two_things,
    _shopping,
    _test,
    _place,
)


def draw_sentence(rng: np.random.Generator) -> list[str]:
    """Return one sentence as its words, at least one."""
    draw = Draw(rng)
    if draw.chance(0.5):
        return [draw.pick(FREE_WORDS) for _ in range(int(rng.integers(1, MOST_FREE_WORDS + 1)))]
    return draw.pick(_FORMS)(draw)
