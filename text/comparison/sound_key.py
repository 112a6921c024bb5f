"""How words roughly sound, from their Latin letters: a recognizer writes a name that it doesn't know as it sounds."""

from __future__ import annotations

import re
import unicodedata

_MIN_SOUNDS = 3
_MAX_SHARE = 0.34
"""The share of sounds in which a name and what was heard for it may differ."""
_SPELLINGS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"[sz]ch|sh|t?ch|j|g(?=[eiy])", "S"),
        (r"th", "T"),
        (r"^kn|^gn", "n"),
        (r"^wr", "r"),
        (r"ght", "t"),
        (r"qu|ck|x|q|c(?![eiy])", "k"),
        (r"[cç]|ß", "s"),
        (r"(?<=[aeiouy])[hf](?=t)|h", ""),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
        (r"(?<=.{2})a$", ""),
    )
]
_CLASSES = str.maketrans("TdgbvwzmS", "ttkpffsns")
"""Consonants that names are confused in: voiced and voiceless, m and n."""


_DOUBLED = re.compile(r"([^aeiou])\1")
_LAST_STOP = re.compile(r"(?<=[^aeiouy\W])[td]$")


def sound_key(letters: str) -> str:
    """Return a rough key of the sound of Latin letters: their consonants, and one vowel, `a`, for all."""
    plain = unicodedata.normalize("NFD", letters.casefold())
    key = "".join(character for character in plain if character.isalpha() and character.isascii())
    for pattern, sound in _SPELLINGS:
        key = pattern.sub(sound, key)
    return key


def sounds_alike(name: str, heard: str) -> bool:
    """Return whether a heard word may be a name, written as it sounds."""
    one, other = (re.sub(r"(.)\1+", r"\1", sound_key(word).translate(_CLASSES)) for word in (name, heard))
    longest = max(len(one), len(other))
    if min(len(one), len(other)) < _MIN_SOUNDS:
        return one == other and longest > 0
    return _distance(one, other) <= _MAX_SHARE * longest


def differ_in_last_stop(said: str, heard: str) -> bool:
    """Return whether two words are equal but for a t or d after the last consonant: past, pass; not kept, keep."""
    one, other = (_LAST_STOP.sub("", _DOUBLED.sub(r"\1", word)) for word in (said, heard))
    return said != heard and one == other


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
