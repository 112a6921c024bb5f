"""Hindi, with digits of both scripts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from .hindi_words import HindiWords
from .rule import word_list, word_set

_BELOW_100 = word_list(
    """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस बाईस तेईस
    चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस चालीस इकतालीस
    बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन बावन तिरेपन चौवन पचपन छप्पन सत्तावन
    अट्ठावन उनसठ साठ इकसठ बासठ तिरेसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर
    छिहत्तर सतहत्तर अठहत्तर उनासी अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानबे बानबे
    तिरानबे चौरानबे पंचानबे छियानबे सत्तानबे अट्ठानबे निन्यानबे
    """
)
_SCALES = (
    (10**17, "शंख"),
    (10**15, "पद्म"),
    (10**13, "नील"),
    (10**11, "खरब"),
    (10**9, "अरब"),
    (10**7, "करोड़"),
    (10**5, "लाख"),
    (1000, "हज़ार"),
    (100, "सौ"),
)
_ORDINALS = {1: "पहल", 2: "दूसर", 3: "तीसर", 4: "चौथ", 6: "छठ"}
"""Ordinals without their last vowel, which is that of the noun."""
_AMBIGUOUS_UNITS = word_set("से मि मी ट घं ली # s h")
"""CLDR's symbols that are words or parts of other expressions: "5 से 10" is five to ten."""
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_HALVES = {Decimal("1.5"): "डेढ़", Decimal("2.5"): "ढाई"}


class HindiReading(HindiWords):
    """Hindi. Numbers from a hundred thousand on are counted in lakhs and crores."""

    # Numbers.

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number in words: "बारह लाख चौवन हज़ार"."""
        size = abs(number)
        words = _whole(int(size))
        _, _, decimals = f"{size:f}".partition(".")
        if words and decimals:
            words = f"{words} {self.point} {self.digits(decimals)}"
        return f"{self.minus} {words}" if words and number < 0 else words

    def digits(self, digits: str) -> str:
        """Return digits in words, one by one."""
        return " ".join(_BELOW_100[int(digit)] for digit in digits)

    def number(self, written: str) -> str | None:
        """Return a number in words; a year is read as one only where that is certain (see `hindi_rules`)."""
        if written.isdecimal() and len(written) > 1 and int(written[0]) == 0:
            return self.digits(written)
        return self.cardinal(self.formats.decimal(written)) or (self.digits(written) if written.isdecimal() else None)

    def year(self, year: int) -> str | None:
        """Return a year: "उन्नीस सौ सत्तर", "दो हज़ार चौबीस"."""
        hundreds, rest = divmod(year, 100)
        if hundreds % 10 == 0 or not 1100 <= year <= 9999:
            return _whole(year)
        return " ".join(filter(None, (_BELOW_100[hundreds], "सौ", _BELOW_100[rest] if rest else "")))

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal: "पहला", "पाँचवाँ"; gender "f": "पहली", "पाँचवीं"; "o" (oblique): "पहले", "पाँचवें"."""
        if number in _ORDINALS:
            return _ORDINALS[number] + {"m": "ा", "f": "ी"}.get(gender, "े")
        words = _whole(number)
        return f"{words}{ {'m': 'वाँ', 'f': 'वीं'}.get(gender, 'वें') }" if words else None

    # Expressions.

    def measure(self, number: Decimal, symbol: str) -> str | None:
        """Return a number with its unit; one and a half of it is "डेढ़"."""
        if symbol in _AMBIGUOUS_UNITS:
            return None
        return super().measure(number, symbol)

    def quantity(self, number: Decimal) -> str | None:
        """Return a number as it stands before a noun: "डेढ़", "ढाई", "साढ़े तीन"."""
        if number % 1 == Decimal("0.5") and 0 < number < 100:
            return _HALVES.get(number) or (f"साढ़े {_whole(int(number))}" if number > 3 else self.cardinal(number))
        return self.cardinal(number)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "आठ बजे", "दो बजकर सोलह मिनट", "शाम पाँच बजे"."""
        part = ""
        if half:
            names = "सुबह" if half[0] in "aA" else "दोपहर" if hours in {12, 1, 2, 3} else "शाम" if hours < 8 else "रात"
            part = f"{names} "
        if not minutes and not seconds:
            return f"{part}{_whole(hours)} बजे"
        words = [f"{part}{_whole(hours)} बजकर"]
        if minutes:
            words.append(f"{_whole(minutes)} मिनट")
        if seconds:
            words.append(f"{_whole(seconds)} सेकंड")
        return " ".join(words)

    def hour(self, hours: int, minutes: int) -> str:
        """Return a time before the word बजे, which it includes: "साढ़े पाँच बजे", "सवा दो बजे"."""
        following = _whole(hours % 12 + 1)
        if not 1 <= hours <= 12 or minutes not in {0, 15, 30, 45}:
            return f"{_whole(hours)} बजकर {_whole(minutes)} मिनट पर" if minutes else f"{_whole(hours)} बजे"
        if minutes == 30:
            return f"{ {1: 'डेढ़', 2: 'ढाई'}.get(hours) or f'साढ़े {_whole(hours)}' } बजे"
        return f"{ {0: _whole(hours), 15: f'सवा {_whole(hours)}', 45: f'पौने {following}'}[minutes] } बजे"

    def date(self, date: dt.date) -> str | None:
        """Return a date: "तीन मई दो हज़ार चौबीस"."""
        return f"{_whole(date.day)} {self.formats.month_names[date.month - 1]} {self.year(date.year)}"

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "तीन बटा चार"."""
        return f"{_whole(numerator)} बटा {_whole(denominator)}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "दो और एक बटा सात"."""
        return f"{_whole(whole)} और {_whole(numerator)} बटा {_whole(denominator)}"

    def is_range(self, first: str, last: str) -> bool:
        """Whether a dash between two numbers means "to"."""
        return self.formats.decimal(first) < self.formats.decimal(last) or len(last) < len(first)

    def roman(self, number: int, before: str) -> str | None:
        """Return the number of a Roman numeral after a Hindi word, such as a name; single letters only after some."""
        is_name = _DEVANAGARI.match(before) is not None and number > 1 and number not in {5, 10, 50, 100}
        return _whole(number) if is_name or before in self.roman_after else None

    def phone(self, groups: Sequence[str]) -> str:
        """Return the groups of a phone number, digit by digit."""
        return ", ".join(map(self.digits, groups))


def _whole(number: int) -> str:
    """Return a whole number below 10**19 in words, else its digits."""
    if number < 100:
        return _BELOW_100[number]
    if number >= 10**19:
        return " ".join(_BELOW_100[int(digit)] for digit in str(number))
    parts = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_whole(count)} {name}")
    return " ".join([*parts, _BELOW_100[number]] if number else parts)
