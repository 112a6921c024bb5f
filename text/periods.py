"""Decide whether a full stop ends a sentence or belongs to an abbreviation, an initial or a number."""

from __future__ import annotations

import re

from .abbreviations import (
    BEFORE_GERMAN_ORDINALS,
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    GERMAN_GENITIVES,
    GERMAN_MONTHS,
    NEVER_FINAL_DOTTED,
    OPEN_ENDED,
    STARTERS,
    TITLES,
    WEAK_STARTERS,
)

_LOOK_BACK_CHARS = 32
"""Limits the work per full stop; no abbreviation is longer."""
_SYLLABLE = r"[\u0900-\u0963\u0970-\u097f]{1,5}"
"""A syllable, or the name of a letter, in Devanagari."""
_DOTTED = re.compile(rf"(?:[^\W\d_]{{1,2}}\.)+[^\W\d_]{{1,2}}|(?:{_SYLLABLE}\.)+{_SYLLABLE}")
_ENUMERATOR = re.compile(r"\d{1,3}|[^\W\d_]|[IVXLC]{1,6}")
_SPACED_ABBREVIATION = re.compile(r"(?:^|[^\w.])[^\W\d_]\.\s[^\W\d_]$")
_SINGLE_LETTER_AND_STOP = re.compile(r"[^\W\d_]\.")
_WORD = re.compile(r"[^\W\d_]{1,24}(?:['’][^\W\d_]{1,24})?")
_ROMAN = re.compile(r"[IVXLCDM]+\b")
_STREET = "str"
"""The end of a German street's name before its number: "Hauptstr. 5"."""
_BEFORE_NUMBER = re.compile(r"(?<!\w)([^\W\d_]{2,7})\s(?:\d{1,3}|[IVXLC]{1,6})$")
_ABBREVIATED = frozenset({*TITLES, *OPEN_ENDED, *BEFORE_NUMBERS, *map(str.casefold, BEFORE_NAMES)})
_JOINTS = re.compile(r"[-–—/(\[{\"'“„‘‚«»‹›]")


def token_before(text: str, begin: int, stop: int) -> str:
    """Return the word before a full stop at `stop`, without opening punctuation; empty if it is too long."""
    low = max(begin, stop - _LOOK_BACK_CHARS)
    fragment = text[low:stop]
    parts = fragment.split()
    if not parts or fragment[-1].isspace() or (len(parts) == 1 and low > begin and not fragment[0].isspace()):
        return ""
    return _JOINTS.split(parts[-1])[-1]


def looks_abbreviated(token: str) -> bool:
    """Return whether a word before a full stop can be an abbreviation, regardless of what follows."""
    folded = token.casefold()
    return (
        len(token) == 1
        or folded in TITLES
        or folded in OPEN_ENDED
        or folded in BEFORE_NUMBERS
        or _DOTTED.fullmatch(token) is not None
    )


def is_title(token: str) -> bool:
    """Return whether a word before a full stop is an abbreviation that a name always follows."""
    return token.casefold() in TITLES or token in BEFORE_NAMES


def ends_sentence(text: str, begin: int, stop: int, following: int) -> bool:
    """Return whether the single full stop at `stop` ends the sentence that starts at `begin`.

    `following` is the position of the next letter or digit, after white space. A sentence never starts in lower case.
    """
    first = text[following]
    if first.islower():
        return False
    opening = text.rfind(" ", max(begin, stop - _LOOK_BACK_CHARS), stop)
    if opening > begin:
        # Fast path with the same result for nearly all words: a plain word that isn't an abbreviation.
        word_before = text[opening + 1 : stop]
        if (
            len(word_before) > 1
            and word_before.isalpha()
            and word_before.casefold() not in _ABBREVIATED
            and not (first.isdecimal() and word_before.endswith(_STREET))
            and not _ENUMERATOR.fullmatch(word_before)
        ):
            return True
    token = token_before(text, begin, stop)
    if not token:
        return True
    if stop - len(token) <= begin + 1 and _ENUMERATOR.fullmatch(token):
        return False  # "1. Introduction"
    word = _WORD.match(text, following)
    next_word = word.group().casefold() if word else ""
    if next_word == "chr" or _is_german_ordinal(text, begin, stop, next_word):
        return False  # "v. Chr.", "die 2. Auflage"
    if _ROMAN.fullmatch(token) and next_word not in STARTERS:
        words = text[max(begin, stop - _LOOK_BACK_CHARS) : stop].split()
        if len(words) > 1 and words[-2].casefold() in GERMAN_GENITIVES:
            return False  # "Ludwigs XIV. Hof"
    if token[-1].isdigit():
        return not (len(token) <= 2 and next_word in GERMAN_MONTHS)
    next_is_initial = _SINGLE_LETTER_AND_STOP.match(text, following) is not None
    folded = token.casefold()
    if first.isdecimal() and folded.endswith(_STREET):
        return False
    if len(token) == 1:
        if next_is_initial or _SPACED_ABBREVIATION.search(text, max(0, stop - 6), stop):
            return False
        if token.isupper():
            return next_word in STARTERS
    if _DOTTED.fullmatch(token):
        return folded not in NEVER_FINAL_DOTTED and next_word in WEAK_STARTERS and not next_is_initial
    if is_title(token):
        return False
    if folded in BEFORE_NUMBERS:
        # "No. I won't" is a sentence; "Vol. II" is not.
        if first.isdecimal() or (next_word != "i" and _ROMAN.match(text, following)):
            return False
        if folded == "v":
            return False
    if folded in OPEN_ENDED:
        return next_word in WEAK_STARTERS and not next_is_initial
    return True


def _is_german_ordinal(text: str, begin: int, stop: int, next_word: str) -> bool:
    """Return whether the number before a full stop is an ordinal, as after a German article."""
    low = max(begin, stop - _LOOK_BACK_CHARS)
    before = _BEFORE_NUMBER.search(text, low, stop)
    if before is None or next_word in STARTERS or before[1].casefold() not in BEFORE_GERMAN_ORDINALS:
        return False
    return not (before[1] == "am" and text[low : before.start()].endswith("I "))
