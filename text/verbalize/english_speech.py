"""English words for what is written in digits, signs and abbreviations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from .currency_codes import LOWER_CODES
from .english_words import (
    ABBREVIATIONS,
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    CLOSING_ABBREVIATIONS,
    MONTHS,
    SIGNS,
    UNITS,
    WEB,
)
from .language import SpokenLanguage, UnitWords
from .locale_formats import LocaleFormats
from .rule import word_set


class EnglishSpeech(SpokenLanguage):
    """English without its rules: as spoken in the United States, unless the region is another one."""

    signs: ClassVar = SIGNS
    web: ClassVar = WEB
    abbreviations: ClassVar = ABBREVIATIONS
    closing_abbreviations: ClassVar = CLOSING_ABBREVIATIONS
    before_names: ClassVar = BEFORE_NAMES
    before_numbers: ClassVar = BEFORE_NUMBERS
    after_numbers: ClassVar = UNITS
    currencies: ClassVar = {
        "USD": (UnitWords("dollar", "dollars"), UnitWords("cent", "cents")),
        "US$": (UnitWords("US dollar", "US dollars"), UnitWords("cent", "cents")),
        "CAD": (UnitWords("Canadian dollar", "Canadian dollars"), UnitWords("cent", "cents")),
        "AUD": (UnitWords("Australian dollar", "Australian dollars"), UnitWords("cent", "cents")),
        "EUR": (UnitWords("euro", "euros"), UnitWords("cent", "cents")),
        "GBP": (UnitWords("pound", "pounds"), UnitWords("penny", "pence")),
        "JPY": (UnitWords("yen", "yen"), UnitWords("sen", "sen")),
        "CNY": (UnitWords("yuan", "yuan"), UnitWords("fen", "fen")),
        "INR": (UnitWords("rupee", "rupees"), UnitWords("paisa", "paise")),
        "KRW": (UnitWords("won", "won"), UnitWords("jeon", "jeon")),
        "NZD": (UnitWords("New Zealand dollar", "New Zealand dollars"), UnitWords("cent", "cents")),
        "HKD": (UnitWords("Hong Kong dollar", "Hong Kong dollars"), UnitWords("cent", "cents")),
        "SGD": (UnitWords("Singapore dollar", "Singapore dollars"), UnitWords("cent", "cents")),
        "MXN": (UnitWords("Mexican peso", "Mexican pesos"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("Swiss franc", "Swiss francs"), UnitWords("centime", "centimes")),
    }
    currency_signs: ClassVar = {
        "US$": "US$",
        "C$": "CAD",
        "￥": "JPY",
        "Rs.": "INR",
        "Rs": "INR",
        "S$": "SGD",
        **LOWER_CODES,
    }
    scales: ClassVar = {
        "k": "thousand", "K": "thousand", "thousand": "thousand", "m": "million", "M": "million", "mn": "million",
        "b": "billion", "B": "billion", "bn": "billion", "T": "trillion", "tn": "trillion", "hundred": "hundred",
    }  # fmt: skip
    codes_after: ClassVar = word_set(
        "pin code passcode password otp extension ext zip order id tracking account serial invoice agent"
    )
    roman_after: ClassVar = word_set(
        "chapter chapters part parts war wars act scene volume volumes book books section sections type types phase"
        " class article articles figure figures table tables appendix level grade stage bowl title mark unit lesson"
        " canto episode season symphony sonata no number page pages step form schedule amendment"
    )
    half_hours: ClassVar = (r"[ap]\.\s?m\b\.?", r"[AP]\.\s?M\b\.?", r"[ap]m\b\.?", r"[AP]M\b\.?")
    phone_sizes: ClassVar = frozenset(
        {
            (3, 3, 4),
            (1, 3, 3, 4),
            (3, 2, 4),
            (3, 4, 4),
            (4, 4, 4, 4),
            *((3, 3, 4, extension) for extension in range(1, 6)),
        }
    )
    minus: ClassVar = "minus"
    point: ClassVar = "point"
    version: ClassVar = "version"
    range_word: ClassVar = "to"

    def __init__(self, formats: LocaleFormats) -> None:
        super().__init__(formats)
        self.is_american = self.code in {"en", "en_US"}

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number without the commas of num2words, which would be pauses."""
        if number < 0:
            return f"{self.minus} {self.cardinal(-number)}"
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < 0:
            whole, _, decimals = f"{number:f}".partition(".")
            return f"{self.cardinal(Decimal(whole))} point {self.digits(decimals)}"
        words = super().cardinal(number)
        if words is None:
            return None
        words = words.replace(",", "")
        return words.replace(" and ", " ") if self.is_american else words

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal: "one hundred third", British "one hundred and third"."""
        words = super().ordinal(number)
        return words.replace(" and ", " ").replace(",", "") if words and self.is_american else words

    def written_ordinal(self, written: str) -> str | None:
        """Return `1st`, `22nd` in words."""
        return self.ordinal(int(written[:-2])) if written[-2:].lower() in {"st", "nd", "rd", "th"} else None

    def year(self, year: int) -> str | None:
        """Return a year: "nineteen eighty-four", "two thousand one"."""
        words = super().year(year)
        return words.replace(" and ", " ") if words and self.is_american else words

    def number(self, written: str) -> str | None:
        """Return a number with all its decimals: "two point zero"."""
        whole, point, decimals = written.partition(".")
        if not point:
            return super().number(written)
        return f"{self.cardinal(self.formats.decimal(whole))} point {self.digits(decimals)}"

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join dollars and cents."""
        return " and ".join(parts)

    def paired(self, digits: str) -> str:
        """Return the number of a room, a road or a year in pairs of digits: "four oh five", "twelve hundred"."""
        first, last = digits[:-2], digits[-2:]
        if last == "00":
            return f"{self.cardinal(Decimal(first))} hundred"
        tail = f"oh {self.cardinal(Decimal(last))}" if last[0] == "0" else self.cardinal(Decimal(last))
        return f"{self.cardinal(Decimal(first))} {tail}"

    def port(self, digits: str) -> str:
        """Return a port in pairs: "eighty eighty"."""
        if digits.endswith("000"):
            return digits
        first, last = (self.cardinal(Decimal(pair)) for pair in (digits[:2], digits[2:]))
        return f"{first} {last}".replace("-", " ") if digits[0] != "0" and digits[2] != "0" else digits

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "seventeen hundred", "seven a.m.", "five oh three", "three o'clock"."""
        if seconds is not None and not half:
            return self._duration(hours, minutes, seconds)
        parts = [self.cardinal(Decimal(hours)) or ""]
        if minutes == 0 and not half and not seconds:
            parts.append("o'clock" if 0 < hours <= 12 else "hundred")
        elif minutes:
            parts.append(f"{'oh ' if minutes < 10 else ''}{self.cardinal(Decimal(minutes))}")
        if seconds:
            parts += ["and", self.counted(Decimal(seconds), UnitWords("second", "seconds")) or ""]
        return " ".join(filter(None, [*parts, self.half_of_day(half)]))

    def _duration(self, hours: int, minutes: int, seconds: int) -> str:
        units = (UnitWords("hour", "hours"), UnitWords("minute", "minutes"), UnitWords("second", "seconds"))
        counts = zip((hours, minutes, seconds), units, strict=True)
        words = [self.counted(Decimal(count), unit) or "" for count, unit in counts if count]
        return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "zero seconds"

    def half_of_day(self, written: str) -> str:
        """Return `a.m.` or `p.m.` for any of its forms."""
        return f"{written[0].lower()}.m." if written else ""

    def date(self, date: dt.date) -> str | None:
        """Return a date: "March twelfth, twenty twenty-six"; British: "the twelfth of March, ..."."""
        year = self.year(date.year)
        return f"{self.day_of_month(date.day, MONTHS[date.month - 1])}, {year}" if year else None

    def day_of_month(self, day: int, month: str, *, british: bool | None = None, article: str = "the ") -> str:
        """Return a day with its month."""
        ordinal = self.ordinal(day)
        british = not self.is_american if british is None else british
        return f"{article}{ordinal} of {month}" if british else f"{month} {ordinal}"

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return "one half", "three quarters"; None for what is no common fraction, such as 24/7."""
        is_small = denominator in {*range(2, 11), 12, 16, 20, 32, 64, 100}
        if numerator == denominator or (numerator, denominator) == (24, 7):
            return None
        if numerator > denominator and (denominator > 10 or numerator > 999):
            return None
        # Up to 31 and 12 it may be a date, and tens are often shares: 9/11, 60/40.
        if not is_small and not (31 < denominator < 100 and denominator % 10):
            return None
        special = {2: "half", 4: "quarter"}.get(denominator)
        name = special or self.ordinal(denominator) or ""
        plural = "halves" if denominator == 2 else f"{name}s"
        return f"{self.cardinal(Decimal(numerator))} {name if numerator == 1 else plural}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return "two and a half", "one and three quarters"."""
        fraction = self.fraction(numerator, denominator)
        if fraction is None:
            parts = [self.cardinal(Decimal(part)) for part in (whole, numerator, denominator)]
            return f"{parts[0]} and {parts[1]} over {parts[2]}"
        fraction = fraction.replace("one ", "an " if denominator == 8 else "a ", 1) if numerator == 1 else fraction
        return f"{self.cardinal(Decimal(whole))} and {fraction}"

    def phone(self, groups: Sequence[str]) -> str | None:
        """Return the groups of a phone number: "one, eight hundred, five five five"."""
        words = super().phone(groups)
        return words.replace("eight zero zero,", "eight hundred,", 1) if words else None

    def is_range(self, first: str, last: str) -> bool:
        """Whether a dash between numbers means "to"; so it does in 1998-99."""
        if first == last and len(first) > 1:
            return False  # "fifty-fifty"
        return (len(first) == 4 and len(last) == 2) or super().is_range(first, last)
