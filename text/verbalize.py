"""Verbalize numbers, dates, money and units, with num2words and the CLDR data of a language (Babel)."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..utils.streaming.contract.engine_spec import NumberKind
from .locale_formats import PERCENT, LocaleFormats, locale_formats
from .number_words import digit_words, number_words, ordinal_words, year_words
from .tokens import SPACELESS

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_GROUPS = ("date", "before", "after", "unit", "day", "time", "ordinal")
"""Groups of the pattern, one for each kind of match. A plain number has none."""
_SPACE = r"[ \u00a0\u202f]"
_YEARS = range(1100, 2100)
_MAX_READ_DIGITS = 15
"""Longer numbers, and those that start with a zero, are read digit by digit."""


class Verbalized(NamedTuple):
    """The words for `[start, end)` of a text."""

    start: int
    end: int
    text: str


class Verbalizer:
    """Puts what an engine can't read into words, in one language. Ambiguous text is left unchanged."""

    def __init__(self, formats: LocaleFormats, kinds: Collection[NumberKind]) -> None:
        self._formats = formats
        self._kinds = frozenset(kinds)
        self._pattern = re.compile("|".join(_alternatives(formats, self._kinds)))
        self._groups = [kind for kind in _GROUPS if kind in self._pattern.groupindex]

    def find(self, text: str) -> list[Verbalized]:
        """Return the replacements in a text, in order, not overlapping. Linear time."""
        if not _DIGIT.search(text):
            return []
        found = []
        for match in self._pattern.finditer(text):
            words = self._verbalize(match)
            if words is not None and words != match[0]:
                found.append(Verbalized(match.start(), match.end(), words))
        return found

    def _verbalize(self, match: re.Match[str]) -> str | None:
        kind = next((kind for kind in self._groups if match[kind] is not None), "")
        if kind == "date":
            return self._date(match[0])
        if kind in ("before", "after"):
            return self._money(match, kind)
        if kind == "unit":
            return self._measure(match["measured"], match["unit"])
        if kind == "day":
            return ordinal_words(match["day"], self._formats.language, check=False)
        if kind == "time":
            return self._time(match["time"])
        return self._ordinal(match["ordinal"]) if kind == "ordinal" else self._number(match[0])

    def _date(self, source: str) -> str | None:
        date = self._formats.date(source)
        if date is None:
            return None
        words = self._formats.long_date(date)
        if "numbers" not in self._kinds:
            return words
        return re.sub(r"\d+\.?", lambda digits: self._date_part(digits[0], date), words)

    def _date_part(self, digits: str, date: dt.date) -> str:
        number, language = int(digits.rstrip(".")), self._formats.language
        if number == date.year:
            return year_words(number, language) or digits
        if number == date.day and (digits.endswith(".") or language.startswith("en")):
            with contextlib.suppress(NotImplementedError):
                return ordinal_words(str(number), language, check=False) or digits
        return number_words(Decimal(number), language) or digits

    def _money(self, match: re.Match[str], position: str) -> str | None:
        code = self._formats.currencies[match[position]]
        source, scale = match[f"amount_{position}"], match[f"scale_{position}"] or ""
        amount = self._formats.decimal(source)
        return self._formats.money(amount, code, self._amount(source, amount), scale.strip())

    def _measure(self, source: str, symbol: str) -> str | None:
        amount = self._formats.decimal(source)
        return self._formats.measure(amount, self._formats.units[symbol], self._amount(source, amount))

    def _time(self, source: str) -> str | None:
        hours, minutes = source.split(":")
        words = number_words(Decimal(hours), self._formats.language)
        if minutes == "00" or not words:
            return words
        return f"{words} {self._number(minutes)}"

    def _ordinal(self, source: str) -> str | None:
        """Return an ordinal such as `1st` in words. Before other letters, as in `3D`, verbalize only the number."""
        words = ordinal_words(source, self._formats.language)
        if words:
            return words
        digits = "".join(character for character in source if character.isdecimal())
        rest = source[len(digits) :]
        number = self._number(digits)
        return f"{number}{'' if SPACELESS.match(rest) else ' '}{rest}" if number else None

    def _amount(self, source: str, amount: Decimal) -> str:
        """Return a number as the engine receives it: in words, or unchanged if the engine can read numbers."""
        words = number_words(amount, self._formats.language) if "numbers" in self._kinds else None
        return words or source

    def _number(self, source: str) -> str | None:
        language = self._formats.language
        if source.isdecimal():
            if len(source) > _MAX_READ_DIGITS or (len(source) > 1 and source[0] == "0"):
                return digit_words(source, language)
            if len(source) == 4 and int(source) in _YEARS:
                return year_words(int(source), language)
        return number_words(self._formats.decimal(source), language)


_DIGIT = re.compile(r"\d")


def _alternatives(formats: LocaleFormats, kinds: Collection[NumberKind]) -> Iterator[str]:
    symbols = re.escape("".join(symbol for symbol in formats.currencies if len(symbol) == 1))
    free, number = rf"(?<![\w.,:/+{symbols}-])", formats.number
    if "dates" in kinds:
        shapes = "|".join(filter(None, (_ISO_DATE, formats.date_shape)))
        yield rf"{free}(?P<date>{shapes})(?![\w/-])"
    if "currencies" in kinds and formats.currencies:
        symbols = _any_of(formats.currencies)
        scales = rf"(?:{_SPACE}{_any_of(formats.scales)}\b)?" if formats.scales else "()"
        amount = rf"(?P<amount_{{0}}>{number.replace('{', '{{').replace('}', '}}')})(?P<scale_{{0}}>{scales})"
        yield rf"(?<!\w)(?P<before>{symbols}){_SPACE}?{amount.format('before')}(?!\w)"
        yield rf"{free}{amount.format('after')}{_SPACE}?(?P<after>{symbols})(?!\w)"
    # An engine that reads numbers reads percentages.
    units = {symbol for symbol, unit in formats.units.items() if unit != PERCENT or "numbers" in kinds}
    if "units" in kinds and units:
        yield rf"{free}(?P<measured>[-−]?{number}){_SPACE}?(?P<unit>{_any_of(units)})(?![\w/²³])"
    if "numbers" in kinds:
        yield rf"{free}(?P<day>\d{{1,2}})\.(?={_SPACE}{_any_of(formats.months)}\b)"
        yield rf"{free}(?P<time>(?:[01]?\d|2[0-3]):[0-5]\d)(?![\w:])"
        yield r"(?<![\w.,:/-])(?P<ordinal>\d{1,6}[^\W\d_]{1,3}|\d{1,6}[ºª])(?!\w)"
        yield rf"(?<![\w.,:/-])[-−]?{number}(?!\w)"
        yield r"\d+"


def _any_of(words: Collection[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) + ")"


@lru_cache(maxsize=64)
def make_verbalizer(language: str | None, kinds: tuple[NumberKind, ...]) -> Verbalizer | None:
    """Return the verbalizer for a language (BCP-47) and the kinds of text to verbalize.

    Returns None without kinds, without a language, or if CLDR doesn't have the language. In languages that num2words
    doesn't support, such as Chinese, numbers stay unchanged.
    """
    formats = locale_formats(language) if language and kinds else None
    return Verbalizer(formats, kinds) if formats else None
