"""Find positions where a string can be cut without splitting a written character."""

from __future__ import annotations

import unicodedata

_ZERO_WIDTH_JOINER = "\u200d"
_VIRAMA_CLASS = 9


def is_grapheme_cut(text: str, position: int, start: int = 0) -> bool:
    """Return whether a cut before `position` splits no written character. `start` is a safe cut before it.

    Follows the extended grapheme clusters of Unicode UAX #29: combining marks, joined emoji, skin tones, tags, flags,
    Hangul jamo, Indic conjuncts, and pairs of lone surrogates stay together.
    """
    before, after = text[position - 1], text[position]
    if after < "\u0300":
        return before != _ZERO_WIDTH_JOINER
    if (
        before == _ZERO_WIDTH_JOINER
        or after in "\u200c\u200d\u0e33\u0eb3"
        or unicodedata.category(after)[0] == "M"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or unicodedata.combining(before) == _VIRAMA_CLASS
        or _joins_jamo(before, after)
    ):
        return False
    if _is_regional(before) and _is_regional(after):
        first = position
        while first > start and _is_regional(text[first - 1]):
            first -= 1
        return (position - first) % 2 == 0
    return True


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _joins_jamo(before: str, after: str) -> bool:
    if "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb":
        return True
    leads = "\u1100" <= before <= "\u115f" or "\ua960" <= before <= "\ua97c"
    return leads and ("\u1100" <= after <= "\u115f" or "\ua960" <= after <= "\ua97c" or "\uac00" <= after <= "\ud7a3")
