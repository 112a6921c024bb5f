"""How a name roughly sounds, from its letters: a recognizer that doesn't know a name writes another of its sound."""

from __future__ import annotations

import re
import unicodedata

_MIN_SOUNDS = 3
_MAX_SHARE = 0.34
"""The share of sounds in which a name and what was heard for it may differ."""
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"[sz]ch|sh|ch|tch|j|g(?=[eiy])", "s"),
        (r"th", "t"),
        (r"^kn|^gn", "n"),
        (r"^wr", "r"),
        (r"ght", "t"),
        (r"qu|ck|x|q", "k"),
        (r"c(?=[eiy])|z|ç|ß", "s"),
        (r"[cg]", "k"),
        (r"b", "p"),
        (r"d", "t"),
        (r"[vw]", "f"),
        (r"ñ|m", "n"),
        (r"(?<=[aeiouy])[hf](?=t)|h", ""),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
        (r"(?<=.{2})a$", ""),
    )
]


def sound_key(letters: str) -> str:
    """Return a rough key of the sound of Latin letters: classes of consonants, and one vowel for all."""
    plain = unicodedata.normalize("NFD", letters.casefold())
    key = "".join(character for character in plain if character.isalpha() and character.isascii())
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key


def sounds_alike(name: str, heard: str) -> bool:
    """Return whether a heard word may be a name, written as it sounds."""
    one, other = sound_key(name), sound_key(heard)
    longest = max(len(one), len(other))
    if min(len(one), len(other)) < _MIN_SOUNDS:
        return one == other and longest > 0
    return _distance(one, other) <= _MAX_SHARE * longest


def _distance(one: str, other: str) -> int:
    """Return the Levenshtein distance of two short strings."""
    row = list(range(len(other) + 1))
    for above, first in enumerate(one):
        corner, row[0] = row[0], above + 1
        for column, second in enumerate(other, 1):
            corner, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, corner + (first != second)),
            )
    return row[-1]
