"""What the rules need to know of a language: words as data, and the functions that put numbers into words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, NamedTuple

from .locale_formats import LocaleFormats
from .number_words import digit_words, number_words, ordinal_words, year_words
from .rule import Rule

_YEARS = range(1100, 2100)
MAX_READ_DIGITS = 15
"""Longer numbers, and those that start with a zero, are read digit by digit."""


class UnitWords(NamedTuple):
    """The names of a unit after one and after other numbers. `gender` is for languages whose numbers agree with it."""

    one: str
    other: str
    gender: str = "m"


class SpokenLanguage:
    """A language by CLDR and num2words. A subclass gives its own words and functions; empty data turns a rule off.

    The functions return None for what the language has no words for; then the expression stays as it is.
    """

    # What follows is data. Written forms are case-sensitive where they have capitals.
    signs: ClassVar[Mapping[str, str]] = {}
    """Words for signs alone or between words: `{"&": "and", "=": "equals", "+": "plus"}`."""
    web: ClassVar[Mapping[str, str]] = {}
    """Words for the characters of addresses: `{".": "dot", "/": "slash", "@": "at"}`."""
    abbreviations: ClassVar[Mapping[str, str]] = {}
    """Abbreviations with their full stop: `{"Mt.": "Mount"}`. The full stop is part of what is replaced."""
    closing_abbreviations: ClassVar[Mapping[str, str]] = {}
    """Abbreviations that can end a sentence, whose full stop then stays: `{"etc.": "et cetera"}`."""
    before_names: ClassVar[Mapping[str, str]] = {}
    """Abbreviations only before a word with a capital: `{"St.": "Saint"}`."""
    before_numbers: ClassVar[Mapping[str, str]] = {}
    """Abbreviations only before a number: `{"p.": "page", "No.": "number", "#": "number"}`."""
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {}
    """Units and other words only after a number, besides CLDR's units: `{"oz": UnitWords("ounce", "ounces")}`."""
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {}
    """The names of a currency and of its hundredth part by code; others are CLDR's."""
    currency_signs: ClassVar[Mapping[str, str]] = {}
    """Currency codes by sign, where CLDR's aren't what people mean."""
    scales: ClassVar[Mapping[str, str]] = {}
    """Letters for large numbers after an amount: `{"M": "million", "k": "thousand"}`."""
    codes_after: ClassVar[frozenset[str]] = frozenset()
    """Words in lower case before a code that is read digit by digit: `PIN 4321`."""
    roman_after: ClassVar[frozenset[str]] = frozenset()
    """Words in lower case before a Roman numeral that is read as a number: `Chapter IV`."""
    ordinal_roman_after: ClassVar[frozenset[str]] = frozenset()
    """Names before a Roman numeral that is read as an ordinal: `Henry VIII`."""
    half_hours: ClassVar[tuple[str, ...]] = ()
    """Written forms of the halves of the day, as patterns: `("a\\.m\\.", "am")`."""
    phone_sizes: ClassVar[frozenset[tuple[int, ...]]] = frozenset()
    """The lengths of the groups of a phone number without a country code: `{(3, 3, 4)}`."""
    minus: ClassVar[str] = ""
    """Before a negative number."""
    point: ClassVar[str] = ""
    """Between the parts of a version or a section: 2.0.1."""
    version: ClassVar[str] = ""
    """For the letter of `v2.0`."""
    range_word: ClassVar[str] = ""
    """Between the ends of a range: "to"."""

    def __init__(self, formats: LocaleFormats) -> None:
        self.formats = formats
        self.code = formats.language
        """The language as num2words expects it, such as `pt_BR`."""

    def rules(self) -> Sequence[Rule]:
        """Return the language's own rules; they come before the common ones."""
        return ()

    # Numbers.

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number in words, as it stands before a noun of this gender."""
        return number_words(number, self.code)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        return ordinal_words(str(number), self.code, check=False)

    def written_ordinal(self, written: str) -> str | None:
        """Return `1st`, `2º`, `1er` in words; None if the language writes no ordinal like this."""
        return ordinal_words(written, self.code)

    def year(self, year: int) -> str | None:
        """Return a year in words."""
        return year_words(year, self.code)

    def port(self, digits: str) -> str:
        """Return the four digits of a computer's port in words, or as they are to be read as a number."""
        return digits

    def digits(self, digits: str) -> str | None:
        """Return digits in words, one by one."""
        return digit_words(digits, self.code)

    def number(self, written: str) -> str | None:
        """Return a number in words, as the language writes numbers: a year, a code or an amount."""
        if written.isdecimal():
            if len(written) > MAX_READ_DIGITS or (len(written) > 1 and written[0] == "0"):
                return self.digits(written)
            if len(written) == 4 and int(written) in _YEARS:
                return self.year(int(written))
        return self.cardinal(self.formats.decimal(written))

    # Expressions. `spoken` numbers are in words already.

    def counted(self, number: Decimal, words: UnitWords) -> str | None:
        """Return a number with a noun."""
        spoken = self.cardinal(number, words.gender)
        return f"{spoken} {words.one if self.is_one(number) else words.other}" if spoken else None

    def is_one(self, number: Decimal) -> bool:
        """Whether the singular follows a number."""
        return abs(number) == 1

    def measure(self, number: Decimal, symbol: str) -> str | None:
        """Return a number with the unit of a symbol."""
        words = self.after_numbers.get(symbol)
        if words is not None:
            return self.counted(number, words)
        unit = self.formats.units.get(symbol)
        return self.formats.measure(number, unit, self.cardinal(number) or f"{number}") if unit else None

    def money(self, number: Decimal, code: str, scale: str = "") -> str | None:
        """Return an amount of money; `scale` is a word such as million."""
        names = self.currencies.get(code)
        spoken = self.cardinal(number) or f"{number}"
        if names is None:
            return self.formats.money(number, code, spoken, scale)
        unit, part = names
        if scale:
            return f"{spoken} {scale} {unit.other}"
        whole, cents = divmod(round(abs(number) * 100), 100)
        if number == round(number):
            return self.counted(Decimal(int(number)), unit)
        if number != round(number, 2):
            return self.counted(number, unit)
        parts = [self.counted(Decimal(int(whole)), unit)] if whole else []
        words = [*parts, self.counted(Decimal(int(cents)), part)]
        sign = f"{self.minus} " if number < 0 else ""
        return None if None in words else sign + self.joined_money([word for word in words if word])

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents."""
        return " ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time of day. `half` is as written (`a.m.`), empty for the 24-hour clock."""
        words = [self.cardinal(Decimal(hours))]
        if minutes or seconds:
            words.append(self.cardinal(Decimal(minutes)))
        if seconds is not None:
            words.append(self.cardinal(Decimal(seconds)))
        return None if None in words else " ".join(filter(None, [*words, half]))

    def date(self, date: dt.date) -> str | None:
        """Return a date with its month's name."""

        def part(match: re.Match[str]) -> str:
            number = int(match[0].rstrip("."))
            if number == date.year:
                return self.year(number) or match[0]
            if match[0].endswith("."):
                return self.ordinal(number) or match[0]
            return self.cardinal(Decimal(number)) or match[0]

        return re.sub(r"\d+\.?", part, self.formats.long_date(date))

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction, such as "one half"."""
        return None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction, such as "two and a half"."""
        return None

    def is_range(self, first: str, last: str) -> bool:
        """Whether a dash between two written numbers means `range_word`; otherwise it is silent."""
        return len(first) <= 2 or int(first) < int(last)

    def phone(self, groups: Sequence[str]) -> str | None:
        """Return the groups of a phone number, digit by digit, with a short pause between groups."""
        words = [self.digits(group) for group in groups]
        return None if None in words else ", ".join(word for word in words if word)

    def roman(self, number: int, before: str) -> str | None:
        """Return the words for a Roman numeral after a word; None if it isn't one there."""
        if before.casefold() in self.roman_after:
            return self.cardinal(Decimal(number))
        return self.ordinal(number) if before in self.ordinal_roman_after else None
