"""A book for measurements: all sentences differ, so that no cache entry is reused."""

from __future__ import annotations

import random

CHAPTER_WORDS = 2500
_SUBJECTS = (
    "the old keeper",
    "a young sailor",
    "my aunt",
    "the miller's daughter",
    "every traveler",
    "the tall clerk",
    "our neighbor",
    "the last guest",
    "a quiet child",
    "the baker",
)
_VERBS = ("carried", "remembered", "painted", "followed", "counted", "hid", "forgot", "repaired", "described", "bought")
_OBJECTS = (
    "a lantern of green glass",
    "the letter with the broken seal",
    "three baskets of pears",
    "an unfinished map",
    "the song about the harbor",
    "a clock without hands",
    "the keys to the northern gate",
    "some rope and a bucket",
    "what the river had left behind",
    "the smallest of the chairs",
)
_PLACES = (
    "behind the orchard",
    "on the way to the mill",
    "under the stairs",
    "before the rain began",
    "while the others slept",
    "as if nobody had asked",
    "between two market days",
    "near the window",
    "after a long silence",
    "in the middle of winter",
)
_ASIDES = ("", ", they say,", ", as so often,", " at last", ", without a word,", " once more")


def book_text(words: int, seed: int = 1) -> str:
    """Return a plain text of at least `words` words: chapters of about 2500, paragraphs of three to seven sentences."""
    rng = random.Random(seed)
    parts: list[str] = []
    total = in_chapter = number = 0
    chapter = 0
    while total < words:
        if not parts or in_chapter >= CHAPTER_WORDS:
            chapter += 1
            parts.append(f"Chapter {chapter}")
            total += 2
            in_chapter = 0
        sentences = []
        for _ in range(rng.randint(3, 7)):
            number += 1
            sentences.append(_sentence(rng, number))
        paragraph = " ".join(sentences)
        parts.append(paragraph)
        n_words = len(paragraph.split())
        total += n_words
        in_chapter += n_words
    return "\n\n".join(parts) + "\n"


def _sentence(rng: random.Random, number: int) -> str:
    """Return a sentence of 12 to 30 words; its number makes it unique."""

    def clause() -> str:
        return (
            f"{rng.choice(_SUBJECTS)}{rng.choice(_ASIDES)} {rng.choice(_VERBS)} {rng.choice(_OBJECTS)} "
            f"{rng.choice(_PLACES)}"
        )

    joined = " and ".join(clause() for _ in range(rng.choice((1, 1, 2))))
    return f"{joined[0].upper()}{joined[1:]}, number {number}."
