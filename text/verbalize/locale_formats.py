"""The formats of numbers, dates, money and units in a language, from CLDR data (Babel)."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from .number_words import currency_words

if TYPE_CHECKING:
    from babel import Locale

_UNITS = frozenset(
    f"{kind}-{unit}"
    for kind, units in {
        "angle": "degree",
        "length": "kilometer meter centimeter millimeter mile foot yard",
        "mass": "kilogram gram milligram pound ounce tonne",
        "volume": "liter milliliter centiliter deciliter cubic-meter cubic-centimeter",
        "area": "square-kilometer square-meter square-centimeter hectare",
        "speed": "kilometer-per-hour meter-per-second mile-per-hour",
        "temperature": "celsius fahrenheit",
        "digital": "terabyte gigabyte megabyte kilobyte gigabit megabit",
        "frequency": "gigahertz megahertz kilohertz hertz",
        "power": "megawatt kilowatt watt",
        "energy": "kilowatt-hour kilocalorie kilojoule",
        "electric": "volt milliampere",
        "pressure": "hectopascal millibar",
        "concentr": "percent",
        "duration": "hour minute second millisecond",
    }.items()
    for unit in units.split()
)
"""Units whose symbols are unambiguous after a number. (The symbol of an inch is the word "in".)"""

_SPACELESS = frozenset({"ja", "km", "lo", "my", "th", "yue", "zh"})
_SPACES = " \u00a0\u202f\u2009"
_PLAIN_POWERS = str.maketrans("²³", "23")
"""Powers as people type them: m2."""
_SHORT: tuple[Literal["short", "narrow"], ...] = ("short", "narrow")
_DATE_FIELD = re.compile(r"(y+|M+|d+)")


class LocaleFormats:
    """The formats of one language."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self.language = f"{locale.language}_{locale.territory}" if locale.territory else locale.language
        """The language in the form that `number_words` expects, such as `pt_BR`."""
        self.base = str(locale.language)
        """The language without its region."""
        self.script = str(locale.script or "")
        """The script, if it isn't the language's usual one: `Hant`."""
        self.is_spaceless = self.base in _SPACELESS
        """Whether it has no spaces between words."""
        symbols = locale.number_symbols.get("latn", {})
        self._decimal, group = str(symbols.get("decimal", ".")), str(symbols.get("group", ","))
        group = "'’" if group in "'’" else group
        # Every language also groups with spaces, except English, where "in 2020 100 people" is as frequent.
        self._groups = _SPACES if group.isspace() else group if locale.language == "en" else group + _SPACES
        kinds = (group, _SPACES) if len(self._groups) > len(group) and not group.isspace() else (self._groups,)
        grouped = "|".join(rf"\d{{1,3}}(?:[{re.escape(kind)}]\d{{3}}(?!\d)){{1,8}}" for kind in kinds)
        if locale.decimal_formats[None].grouping == (3, 2):
            grouped = rf"\d{{1,2}}(?:{group}\d{{2}}){{1,7}}{group}\d{{3}}(?!\d)|{grouped}"  # 1,50,000
        self.number = (
            rf"(?:{grouped}|\d{{1,15}})(?:{re.escape(self._decimal)}\d{{1,15}})?(?![\d{re.escape(self._decimal)}]\d|\d)"
        )
        """A regular expression, without groups, for a number as the language writes it."""
        self.foreign_money = _foreign_money(self._decimal)
        """The same, for an amount with cents and the marks of the other convention: `12.50` where a comma is usual."""
        self.units = _unit_symbols(locale)
        """Units by symbol."""
        self.currencies = _currency_symbols(locale)
        """Currency codes by symbol and by code."""
        self.scales = _scale_words(locale)
        """Words such as million."""
        self.months = frozenset(locale.months["format"]["wide"].values())
        """The names of months, in the form used in dates."""
        self.month_names = tuple(locale.months["format"]["wide"][month] for month in range(1, 13))
        """The same, from January on."""
        self.month_abbreviations = tuple(locale.months["format"]["abbreviated"][month] for month in range(1, 13))
        """Their abbreviations, some with a full stop."""
        self.weekday_prefixes = _prefixes(locale.days["format"]["wide"].values())
        """The names of weekdays by their abbreviations with a full stop, such as `lun.`."""
        self._date_fields, self.date_shape = _date_shape(locale)

    def decimal(self, written: str) -> Decimal:
        """Return the value of a number matched by `number`."""
        plain = written.replace("−", "-").translate(dict.fromkeys(map(ord, self._groups)))
        return Decimal(plain.replace(self._decimal, "."))

    def foreign_decimal(self, written: str) -> Decimal:
        """Return the value of a number matched by `foreign_money`."""
        digits = re.sub(r"\D", "", written)
        return Decimal(f"{digits[:-2]}.{digits[-2:]}")

    def date(self, written: str) -> dt.date | None:
        """Parse a date in the language's order or ISO 8601; None if it isn't a date."""
        numbers = [int(part) for part in re.findall(r"\d+", written)]
        fields = "yMd" if written[4:5] == "-" else self._date_fields
        values = dict(zip(fields, numbers, strict=True))
        try:
            return dt.date(values["y"], values["M"], values["d"])
        except ValueError:
            return None

    def long_date(self, date: dt.date) -> str:
        """Format a date with the month's name."""
        from babel.dates import format_date

        return format_date(date, "long", locale=self._locale)

    def money(self, amount: Decimal, code: str, spoken: str, scale: str) -> str | None:
        """Return an amount of money in words. `spoken` is the number to read, `scale` a word such as million."""
        from babel.numbers import get_currency_name

        if not scale and amount % 1 and amount == round(amount, 2):
            words = currency_words(amount, self.language, code)
            if words:
                return words
        name = get_currency_name(code, count=10**6 if scale else amount, locale=self._locale)
        return " ".join(filter(None, (spoken, scale, name)))

    def measure(self, amount: Decimal, unit: str, spoken: str) -> str | None:
        """Return a measure with its unit's name, in the grammatical form for the amount."""
        from babel.numbers import format_decimal
        from babel.units import format_unit

        text = format_unit(amount, unit, length="long", locale=self._locale)
        number = format_decimal(amount, locale=self._locale)
        return " ".join(text.replace(number, spoken, 1).split()) if number in text else None


@lru_cache(maxsize=64)
def locale_formats(tag: str) -> LocaleFormats | None:
    """Return the formats of a language (BCP-47); None if CLDR doesn't have it."""
    from babel import Locale, UnknownLocaleError

    parts = tag.replace("_", "-").split("-")
    while parts:
        try:
            locale = Locale.parse("-".join(parts), sep="-")
        except (UnknownLocaleError, ValueError):
            parts.pop()
            continue
        return LocaleFormats(locale)
    return None


def _foreign_money(decimal: str) -> str:
    """Return a pattern for an amount with the comma and the point swapped; "" for a language with another mark."""
    if decimal not in {".", ","}:
        return ""
    mark, groups = (r"\.", ",'’") if decimal == "," else (",", ".'’")
    grouped = rf"\d{{1,3}}(?:[{groups}{_SPACES}]\d{{3}}){{1,5}}"
    # French groups with spaces, but also reads points.
    european = r"|\d{1,3}(?:\.\d{3}){1,5},\d\d" if decimal == "," else ""
    return rf"(?:(?:{grouped}|\d{{1,15}}){mark}\d\d{european})(?!\d|[.,]\d)"


def _unit_symbols(locale: Locale) -> dict[str, str]:
    """Return units by the symbols that follow a number, in all forms, including the English ones."""
    from babel import Locale as AnyLocale
    from babel.units import UnknownUnitError, format_unit

    # Sorted: a sign alone is an angle, although the narrowest form of Fahrenheit is "5°" in many languages.
    symbols: dict[str, str] = {}
    for known, length in itertools.product((locale, AnyLocale("en")), _SHORT):
        for unit, number in itertools.product(sorted(_UNITS), (1, 2, 5)):
            with contextlib.suppress(UnknownUnitError):
                text = format_unit(number, unit, length=length, locale=known)
                symbol = text.removeprefix(str(number)).strip()
                if symbol and symbol != text.strip() and not symbol[0].isdecimal():
                    symbols.setdefault(symbol, unit)
                    symbols.setdefault(symbol.translate(_PLAIN_POWERS), unit)
    return symbols


def _currency_symbols(locale: Locale) -> dict[str, str]:
    from babel import Locale as AnyLocale

    symbols: dict[str, str] = {}
    for known in (locale, AnyLocale("en")):
        for code, symbol in sorted(known.currency_symbols.items()):
            if symbol != code and len(code) == 3 and code.isalpha():
                symbols.setdefault(symbol, code)
                symbols.setdefault(code, code)
    return symbols


def _scale_words(locale: Locale) -> frozenset[str]:
    """Return CLDR's words for a million and above, in all forms."""
    words: set[str] = set()
    for by_size in locale.compact_decimal_formats.get("long", {}).values():
        for size, pattern in by_size.items():
            word = re.sub(r"[0¤'\s.]+", " ", pattern.pattern).strip()
            if len(str(size)) > 6 and len(word) > 2 and word.replace(" ", "").isalpha():
                words.add(word)
    return frozenset(words)


def _prefixes(names: Iterable[str]) -> dict[str, str]:
    """Return names by their beginnings of two letters and more with a full stop, where only one begins so."""
    found: dict[str, set[str]] = {}
    for name, size in itertools.product(names, range(2, 6)):
        if size < len(name):
            found.setdefault(f"{name[:size]}.", set()).add(name)
    return {prefix: matches.pop() for prefix, matches in found.items() if len(matches) == 1}


def _date_shape(locale: Locale) -> tuple[str, str]:
    """Return the order of a short date's fields (such as "dMy") and its pattern; "" if it isn't numeric."""
    parts = _DATE_FIELD.split(locale.date_formats["short"].pattern)
    fields = [part[0] for part in parts[1::2]]
    between = {part.strip() for part in parts[2:-1:2]}
    if sorted(fields) != ["M", "d", "y"] or len(between) != 1 or parts[0].strip():
        return "", ""
    mark = re.escape(between.pop())
    shape = mark.join(r"\d{4}" if field == "y" else r"\d{1,2}" for field in fields)
    return "".join(fields), shape if mark else ""
