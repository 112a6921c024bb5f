"""Roman numerals up to 3999."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral in capitals as it is written today; 0 if it isn't one."""
    if not numeral or not _PATTERN.fullmatch(numeral):
        return 0
    total = 0
    for at, letter in enumerate(numeral):
        value = _VALUES[letter]
        total += -value if at + 1 < len(numeral) and value < _VALUES[numeral[at + 1]] else value
    return total
