"""Short replies ("Yes.", "All right."), after which a speaker pauses less than after a sentence."""

from __future__ import annotations

from .punctuation import is_ideographic

SHORT_REPLY_PAUSE = 2 / 3
"""The pause after a short reply, as a part of the one after a sentence."""
_MAX_LETTERS = 12
_FIRST_SYLLABIC = "\u0900"
"""From Devanagari on, letters stand for syllables, but for accented Latin and Greek ones."""
_ACCENTED = ("\u1e00", "\u1fff")


def is_short_reply(sentence: str) -> bool:
    """Return whether a sentence takes less than about a second to speak: up to 12 letters, or 4 Chinese characters."""
    n_letters = 0
    for character in sentence:
        if character.isalnum():
            n_letters += _letters(character)
            if n_letters > _MAX_LETTERS:
                return False
    return n_letters > 0


def _letters(character: str) -> int:
    """Return how many letters of an alphabet take as long as a character."""
    if character.isdecimal():
        return 4
    if character < _FIRST_SYLLABIC or _ACCENTED[0] <= character <= _ACCENTED[1]:
        return 1
    is_kana = "\u3041" <= character <= "\u30ff"
    return 3 if is_ideographic(character) and not is_kana else 2
