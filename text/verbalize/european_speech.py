"""What Spanish, French, Italian, Portuguese and German have in common: numbers that agree with the noun after them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from .currency_codes import LOWER_CODES
from .language import SpokenLanguage, UnitWords
from .locale_formats import LocaleFormats
from .number_words import digit_words, number_words

CURRENCY_SIGNS: Mapping[str, str] = {
    "$": "USD", "US$": "USD", "us$": "USD", "R$": "BRL", "¥": "JPY", "₡": "CRC", "₽": "RUB", "₩": "KRW", "₹": "INR",
    "₺": "TRY", "₴": "UAH", "₦": "NGN", "₫": "VND", "₱": "PHP", "₪": "ILS", "฿": "THB", "zł": "PLN",
    "r$": "BRL", **LOWER_CODES,
}  # fmt: skip
"""Signs and codes as people write them, in every language."""


class EuropeanSpeech(SpokenLanguage):
    """A language whose numbers have genders. Gender "" is a number by itself, "m", "f" and "n" before such a noun."""

    currency_signs: ClassVar[Mapping[str, str]] = CURRENCY_SIGNS
    million_words: ClassVar[frozenset[str]] = frozenset()
    """The words for a million and above; other words with a number agree with the noun, these are nouns."""
    of: ClassVar[str] = ""
    """Between a million and its noun: "de", "di". An apostrophe at its end joins: "d'"."""
    scale_singular: ClassVar[Mapping[str, str]] = {}
    """The singular of the words in `scales`."""
    decimal_word: ClassVar[str] = ""
    """The word of the decimal mark: "coma"."""
    groups_decimals: ClassVar[bool] = False
    """Whether decimals are read as numbers ("tres coma catorce") rather than one by one."""
    score_word: ClassVar[str] = ""
    """Between the numbers of a score: 3-2."""
    and_word: ClassVar[str] = ""
    """Between the ends of a range after a word of `between`: "entre 1939 y 1945"."""
    between: ClassVar[frozenset[str]] = frozenset()
    hour_sign: ClassVar[str] = ""
    """A pattern for what may follow a time with minutes: `17:30 h`."""
    full_hour: ClassVar[str] = ""
    """A pattern for what follows an hour without minutes: `17 h`."""
    hour_letter: ClassVar[str] = ""
    """The letters between hours and minutes: 17h30."""
    month_words: ClassVar[tuple[str, ...]] = ()
    """The names of months as dates have them."""
    day_of: ClassVar[str] = ""
    """Between a day and its month, and between that and a year, where it may be left out in writing."""
    before_times: ClassVar[frozenset[str]] = frozenset()
    """Words before a time with a point: "alle 17.30"."""
    hour_words: ClassVar[UnitWords] = UnitWords("", "")
    feminine_endings: ClassVar[str] = ""
    """A pattern for the ends of feminine nouns."""
    feminine_nouns: ClassVar[frozenset[str]] = frozenset()
    """Feminine nouns with other ends."""
    masculine_nouns: ClassVar[frozenset[str]] = frozenset()
    """Masculine nouns with the ends of feminine ones."""
    not_nouns: ClassVar[frozenset[str]] = frozenset()
    """Words after a number that it doesn't count: articles, prepositions, conjunctions, frequent verbs."""
    labels: ClassVar[frozenset[str]] = frozenset()
    """Words before a number that names rather than counts: page, channel."""
    nouns_have_capitals: ClassVar[bool] = False
    plural_ending: ClassVar[str] = ""
    """The end of every plural noun; empty if plurals have several."""
    phone_words: ClassVar[frozenset[str]] = frozenset()
    """Words within the 40 characters before a number that make any grouped number a phone number."""
    century_words: ClassVar[frozenset[str]] = frozenset()
    """Words for a century: before or after a Roman numeral, which may be in lower case after one."""
    articles: ClassVar[frozenset[str]] = frozenset()
    """Words before a Roman numeral that stands before its noun: "la II Guerra"."""
    ordinal_marks: ClassVar[Mapping[str, str]] = {}
    """The gender of an ordinal by the letters behind its digits: `{"º": "m", "ª": "f"}`; "" is the short form."""
    less: ClassVar[str] = ""
    more: ClassVar[str] = ""
    """The words of < and > between numbers."""
    per: ClassVar[str] = ""
    """Between the units of a ratio: min/km."""
    month_extras: ClassVar[Mapping[str, int]] = {}
    """Abbreviations of months besides CLDR's."""
    before_dates: ClassVar[frozenset[str]] = frozenset()
    """Words before a day and a month with a slash: "el 8/3"."""
    roman_ordinals: ClassVar[bool] = False
    """Whether these letters may be behind Roman numerals, too: XXIe."""
    degree: ClassVar[UnitWords] = UnitWords("", "")

    def __init__(self, formats: LocaleFormats) -> None:
        super().__init__(formats)
        self._feminine = re.compile(rf"(?:{self.feminine_endings})$")

    # Numbers.

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number from 0 in words."""
        return number_words(Decimal(number), self.code)

    def cardinal(self, number: Decimal, gender: str = "") -> str | None:
        """Return a number in words; gender "" if it stands by itself."""
        size = abs(number)
        words = self.whole(int(size), "" if size % 1 else gender)
        _, _, decimals = f"{size:f}".partition(".")
        if words and size % 1:
            words = f"{words} {self.decimal_word} {self.decimals(decimals)}"
        return f"{self.minus} {words}" if words and number < 0 else words

    def decimals(self, digits: str) -> str:
        """Return the digits behind a decimal mark in words."""
        if not self.groups_decimals:
            return self.digits(digits) or digits
        if len(digits) <= 3 and digits[0] != "0":
            return self.whole(int(digits), "") or digits
        pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
        read = (self.digits(pair) if pair[0] == "0" else self.whole(int(pair), "") for pair in pairs)
        return " ".join(filter(None, read))

    def digits(self, digits: str) -> str | None:
        """Return digits in words, one by one."""
        return digit_words(digits, self.code)

    def year(self, year: int) -> str | None:
        """Return a year in words."""
        return self.whole(year, "")

    # Agreement.

    def gender(self, noun: str) -> str:
        """Return the gender of a noun or of an adjective before it, "m" in doubt."""
        noun = noun.casefold()
        if noun in self.masculine_nouns:
            return "m"
        return "f" if noun in self.feminine_nouns or self._feminine.search(noun) else "m"

    def counts(self, number: int, before: str, noun: str) -> bool:
        """Whether a number counts the word behind it, rather than naming the word before it."""
        if not noun.islower() or noun in self.not_nouns or before.casefold() in self.labels:
            return False
        if (
            noun in self.formats.units
            or noun in self.after_numbers
            or noun in {*self.formats.currencies, *self.currency_signs}
        ):
            return False
        return number == 1 or not self.plural_ending or noun.endswith(self.plural_ending)

    def counted(self, number: Decimal, words: UnitWords) -> str | None:
        """Return a number with a noun: "veintiuna libras", "un millón de euros"."""
        spoken = self.cardinal(number, words.gender)
        if spoken is None:
            return None
        return f"{spoken} {self.after_million(spoken)}{words.one if self.is_one(number) else words.other}"

    def after_million(self, spoken: str) -> str:
        """Return what joins a number that ends with the word for a million to its noun."""
        if not self.of or spoken.rpartition(" ")[2] not in self.million_words:
            return ""
        return self.of if self.of.endswith("'") else f"{self.of} "

    # Expressions.

    def measure(self, number: Decimal, symbol: str) -> str | None:
        """Return a number with the unit of a symbol, in agreement."""
        words = self.unit_names(symbol)
        return self.counted(number, words) if words else None

    @lru_cache(maxsize=256)  # noqa: B019  an instance lives as long as the process
    def unit_names(self, symbol: str) -> UnitWords | None:
        """Return the names of a unit by its symbol."""
        unit = self.formats.units.get(symbol)
        return self.after_numbers[symbol] if symbol in self.after_numbers else self.names_of(unit) if unit else None

    def names_of(self, unit: str) -> UnitWords | None:
        """Return CLDR's names of a unit."""
        one, other = (self.formats.measure(Decimal(number), unit, "") for number in (1, 5))
        return UnitWords(one, other, self.gender(other.partition(" ")[0])) if one and other else None

    def money(self, number: Decimal, code: str, scale: str = "") -> str | None:
        """Return an amount of money: "five million euros" with the words for "of" between."""
        names = self.currencies.get(code)
        if not scale and names is not None:
            return super().money(number, code)
        if not scale:
            one, other = (self.formats.money(Decimal(count), code, "", "") for count in (1, 5))
            return (
                self.counted(number, UnitWords(one, other, self.gender(other.partition(" ")[0])))
                if one and other
                else None
            )
        if self.is_one(number):
            scale = self.scale_singular.get(scale, scale)
        spoken = self.cardinal(number, self.gender(scale))
        name = names[0].other if names else self.formats.money(Decimal(5), code, "", "")
        if spoken is None or name is None:
            return None
        return f"{spoken} {scale} {self.after_million(scale)}{name}"

    def range_between(self, first: str, last: str, before: str) -> str:
        """Return the word between two numbers with a dash."""
        if before.casefold() in self.between:
            return self.and_word
        return self.range_word if self.is_range(first, last) else self.score_word

    def is_range(self, first: str, last: str) -> bool:
        """Whether a dash between two written numbers means a range, rather than a score."""
        sizes = [int(re.sub(r"\D", "", number) or 0) for number in (first, last)]
        return sizes[0] < sizes[1]

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time of day with the word for hours: "dix-sept heures trente"."""
        parts = [self.counted(Decimal(hours), self.hour_words)]
        if minutes or seconds:
            parts.append(self.whole(minutes, ""))
        if seconds:
            parts.append(self.whole(seconds, ""))
        return None if None in parts else " ".join(filter(None, [*parts, half]))

    def date(self, date: dt.date) -> str | None:
        """Return a date with its month's name."""
        day_and_month = self.day_and_month(self.day(date.day), self.month(date.month))
        return f"{day_and_month}{self.of_year(self.year(date.year) or '')}"

    def day_and_month(self, day: str, month: str) -> str:
        """Join a day and the name of its month."""
        return f"{day} {self.day_of} {month}" if self.day_of else f"{day} {month}"

    def of_year(self, year: str) -> str:
        """Return what joins a month and its year, and the year."""
        return f" {self.day_of} {year}" if self.day_of else f" {year}"

    def day(self, day: int) -> str:
        """Return a day of a month in words."""
        return (self.ordinal(1) if day == 1 else self.whole(day, "")) or str(day)

    def month(self, month: int) -> str:
        """Return a month's name."""
        return str(self.formats.month_names[month - 1])

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal before a noun; `gender` is that of its mark."""
        return self.ordinal(number, gender or self.gender(noun))

    def before_noun(self, number: Decimal, noun: str) -> str | None:
        """Return a number in agreement with the word after it."""
        return self.cardinal(number, self.gender(noun))

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a fraction before a noun: "media" (taza)."""
        return self.fraction(numerator, denominator)

    def mixed_of(self, whole: int, numerator: int, denominator: int, gender: str) -> str | None:
        """Return a number with a fraction before a noun of a gender: "dos y media" (tazas)."""
        return self.mixed(whole, numerator, denominator)

    def roman_ordinal(self, number: int, gender: str) -> str | None:
        """Return a Roman numeral as the ordinal before its noun."""
        return self.ordinal(number, gender)

    def regnal(self, number: int, name: str) -> str | None:
        """Return the words for the Roman numeral of a monarch or pope."""
        return self.whole(number, "")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return the words for a century's Roman numeral; `follows` if the word for century is before it."""
        return self.whole(number, "") if follows else self.roman_ordinal(number, "m")

    def chapter(self, number: int, word: str) -> str | None:
        """Return the words for a Roman numeral after a word such as chapter."""
        return self.whole(number, "")
