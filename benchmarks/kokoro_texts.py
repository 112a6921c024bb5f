"""Texts for the measurements of Kokoro."""

from __future__ import annotations

import random

PHRASE = "Hi Mediclinic. Your EHR project sounds interesting and has the potential for a lot of impact."
"""The phrase that the target for the first audio is defined for."""

SHORT = "Yes, of course."

MIXED = (
    "The door was open.",
    "She had left the letter on the table, next to the old lamp.",
    "When the rain stopped in the evening, they walked down to the harbor, and nobody said a word about the way.",
    (
        "There is a small garden behind the house, where my grandmother grows beans, herbs and a few roses; every "
        "summer she sits there with a book, and tells anyone who comes by about the winter when the river froze over."
    ),
)
"""About 20, 60, 110 and 200 symbols; each sentence is one pass of the network."""

_PEOPLE = ("the captain", "my sister", "an old friend", "the doctor", "our neighbor", "the teacher", "her uncle")
_DEEDS = ("saw", "remembered", "painted", "described", "looked for", "wrote about", "walked past")
_THINGS = ("the lighthouse", "a green boat", "the empty station", "two horses", "the winter market", "a broken clock")
_TIMES = ("in the morning", "before dinner", "last Tuesday", "without a word", "for the third time", "at noon")
_ENDS = (".", ".", ".", "!", "?")


def sentences(count: int) -> list[str]:
    """Return the same sentences of one to three clauses each time."""
    choice = random.Random(4)
    return [_sentence(choice) for _ in range(count)]


def book(n_words: int, opening: str = "") -> str:
    """Return a text of at least `n_words` words that begins with `opening`."""
    choice = random.Random(1)
    parts = [opening] if opening else []
    while sum(len(part.split()) for part in parts) < n_words:
        parts.append(_sentence(choice))
    return " ".join(parts)


def long_sentence(max_characters: int = 480) -> str:
    """Return one sentence of almost `max_characters`, so that a pass of the network is almost full."""
    choice = random.Random(2)
    clauses = [_clause(choice)]
    while len(longer := ", ".join([*clauses, _clause(choice)])) < max_characters:
        clauses = longer.split(", ")
    text = ", ".join(clauses)
    return text[0].upper() + text[1:] + "."


def _clause(choice: random.Random) -> str:
    return " ".join(choice.choice(words) for words in (_PEOPLE, _DEEDS, _THINGS, _TIMES))


def _sentence(choice: random.Random) -> str:
    text = ", and ".join(_clause(choice) for _ in range(choice.choice((1, 1, 2, 3))))
    return text[0].upper() + text[1:] + choice.choice(_ENDS)
