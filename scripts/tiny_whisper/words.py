"""The words that the model learns, by what they do in a sentence."""

from __future__ import annotations


def _split(words: str) -> list[str]:
    return words.split()


NUMBERS = _split("zero one two three four five six seven eight nine ten eleven twelve twenty thirty hundred")
DAYS = _split("monday tuesday wednesday thursday friday saturday sunday")
MOMENTS = _split("today tomorrow yesterday tonight now")
SPANS = _split("morning evening night day week year")
PRONOUNS = _split("i you he she we they")
ADJECTIVES = _split(
    "quick brown lazy big small little old new young good bad happy sad hot cold fast slow red blue green black white "
    "yellow long short warm dark beautiful quiet"
)
BEINGS = _split("fox dog cat bird fish horse friend teacher doctor mother father child man woman")
THINGS = _split(
    "house door window car train bus road river mountain tree flower garden city school book page line word story song "
    "music show game ball table chair water bread coffee tea apple dinner phone computer voice test system sun moon "
    "star sky rain snow wind light people family time"
)
DEEDS = _split("open close start stop read play see find make take give like want need help call")
"""Verbs that take an object."""
MOVES = _split("go come run walk wait work sleep talk listen sing dance")
"""Verbs that take none."""
PREPOSITIONS = _split("in on over under near with from at")
OTHERS = _split(
    "the a this that my your and or but to of is are was will can not very please hello welcome thank goodbye yes no "
    "again next first last what where when how here jumps turn it"
)

NOUNS = BEINGS + THINGS
WORDS = list(
    dict.fromkeys(
        NUMBERS
        + DAYS
        + MOMENTS
        + SPANS
        + PRONOUNS
        + ADJECTIVES
        + BEINGS
        + THINGS
        + DEEDS
        + MOVES
        + PREPOSITIONS
        + OTHERS
    )
)
"""All of them, each once. A word's place here is its number everywhere: the order is part of the model."""
# Left out of free sequences: they sound like another word, or hardly at all, without a sentence around them.
FREE_WORDS = [word for word in WORDS if word not in {"a", "to", "of", "or", "i", "it"}]
