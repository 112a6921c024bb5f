"""Numbers, dates, amounts of money and units in words: by num2words, and by what CLDR (Babel) says of a language."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..utils.streaming.contract.engine_spec import NumberKind
from .locale_forms import PERCENT, LocaleForms, locale_forms
from .number_words import digit_words, number_words, ordinal_words, year_words
from .tokens import SPACELESS

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_MARKED = ("date", "before", "after", "unit", "day", "time", "ordinal")
"""Groups of the pattern, one for each kind of thing; a mere number has none."""
_SPACE = r"[ \u00a0\u202f]"
_YEARS = range(1100, 2100)
_MAX_READ_DIGITS = 15
"""Longer numbers are read digit by digit, as are those that begin with a zero."""


class WrittenOut(NamedTuple):
    """What to say for `[start, end)` of a text."""

    start: int
    end: int
    text: str


class NumberWriter:
    """Writes out what an engine can't read, in one language. Whatever is in doubt stays as it is."""

    def __init__(self, forms: LocaleForms, kinds: Collection[NumberKind]) -> None:
        self._forms = forms
        self._kinds = frozenset(kinds)
        self._pattern = re.compile("|".join(_alternatives(forms, self._kinds)))
        self._marked = [kind for kind in _MARKED if kind in self._pattern.groupindex]

    def find(self, text: str) -> list[WrittenOut]:
        """Return what to put for parts of a text, in order and apart, in time linear in it."""
        if not _DIGIT.search(text):
            return []
        found = []
        for match in self._pattern.finditer(text):
            said = self._say(match)
            if said is not None and said != match[0]:
                found.append(WrittenOut(match.start(), match.end(), said))
        return found

    def _say(self, match: re.Match[str]) -> str | None:
        kind = next((kind for kind in self._marked if match[kind] is not None), "")
        if kind == "date":
            return self._date(match[0])
        if kind in ("before", "after"):
            return self._money(match, kind)
        if kind == "unit":
            return self._measure(match["measured"], match["unit"])
        if kind == "day":
            return ordinal_words(match["day"], self._forms.language, check=False)
        if kind == "time":
            return self._time(match["time"])
        return self._ordinal(match["ordinal"]) if kind == "ordinal" else self._number(match[0])

    def _date(self, written: str) -> str | None:
        date = self._forms.date(written)
        if date is None:
            return None
        said = self._forms.long_date(date)
        if "numbers" not in self._kinds:
            return said
        return re.sub(r"\d+\.?", lambda digits: self._date_part(digits[0], date), said)

    def _date_part(self, digits: str, date: dt.date) -> str:
        number, language = int(digits.rstrip(".")), self._forms.language
        if number == date.year:
            return year_words(number, language) or digits
        if number == date.day and (digits.endswith(".") or language.startswith("en")):
            with contextlib.suppress(NotImplementedError):
                return ordinal_words(str(number), language, check=False) or digits
        return number_words(Decimal(number), language) or digits

    def _money(self, match: re.Match[str], place: str) -> str | None:
        code = self._forms.currencies[match[place]]
        written, scale = match[f"amount_{place}"], match[f"scale_{place}"] or ""
        amount = self._forms.decimal(written)
        return self._forms.money(amount, code, self._amount(written, amount), scale.strip())

    def _measure(self, written: str, symbol: str) -> str | None:
        amount = self._forms.decimal(written)
        return self._forms.measure(amount, self._forms.units[symbol], self._amount(written, amount))

    def _time(self, written: str) -> str | None:
        hours, minutes = written.split(":")
        said = number_words(Decimal(hours), self._forms.language)
        if minutes == "00" or not said:
            return said
        return f"{said} {self._number(minutes)}"

    def _ordinal(self, written: str) -> str | None:
        """Return `1st` in words; a number before something else, such as `3D`, in words before that."""
        said = ordinal_words(written, self._forms.language)
        if said:
            return said
        digits = "".join(character for character in written if character.isdecimal())
        rest = written[len(digits) :]
        number = self._number(digits)
        return f"{number}{'' if SPACELESS.match(rest) else ' '}{rest}" if number else None

    def _amount(self, written: str, amount: Decimal) -> str:
        """Return a number as the engine gets it: as it stands, if it can read that."""
        said = number_words(amount, self._forms.language) if "numbers" in self._kinds else None
        return said or written

    def _number(self, written: str) -> str | None:
        language = self._forms.language
        if written.isdecimal():
            if len(written) > _MAX_READ_DIGITS or (len(written) > 1 and written[0] == "0"):
                return digit_words(written, language)
            if len(written) == 4 and int(written) in _YEARS:
                return year_words(int(written), language)
        return number_words(self._forms.decimal(written), language)


_DIGIT = re.compile(r"\d")


def _alternatives(forms: LocaleForms, kinds: Collection[NumberKind]) -> Iterator[str]:
    signs = re.escape("".join(sign for sign in forms.currencies if len(sign) == 1))
    free, number = rf"(?<![\w.,:/+{signs}-])", forms.number
    if "dates" in kinds:
        shapes = "|".join(filter(None, (_ISO_DATE, forms.date_shape)))
        yield rf"{free}(?P<date>{shapes})(?![\w/-])"
    if "currencies" in kinds and forms.currencies:
        symbols = _any_of(forms.currencies)
        scales = rf"(?:{_SPACE}{_any_of(forms.scales)}\b)?" if forms.scales else "()"
        amount = rf"(?P<amount_{{0}}>{number.replace('{', '{{').replace('}', '}}')})(?P<scale_{{0}}>{scales})"
        yield rf"(?<!\w)(?P<before>{symbols}){_SPACE}?{amount.format('before')}(?!\w)"
        yield rf"{free}{amount.format('after')}{_SPACE}?(?P<after>{symbols})(?!\w)"
    # Whoever reads numbers reads their percents.
    units = {sign for sign, unit in forms.units.items() if unit != PERCENT or "numbers" in kinds}
    if "units" in kinds and units:
        yield rf"{free}(?P<measured>[-−]?{number}){_SPACE}?(?P<unit>{_any_of(units)})(?![\w/²³])"
    if "numbers" in kinds:
        yield rf"{free}(?P<day>\d{{1,2}})\.(?={_SPACE}{_any_of(forms.months)}\b)"
        yield rf"{free}(?P<time>(?:[01]?\d|2[0-3]):[0-5]\d)(?![\w:])"
        yield r"(?<![\w.,:/-])(?P<ordinal>\d{1,6}[^\W\d_]{1,3}|\d{1,6}[ºª])(?!\w)"
        yield rf"(?<![\w.,:/-])[-−]?{number}(?!\w)"
        yield r"\d+"


def _any_of(words: Collection[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) + ")"


@lru_cache(maxsize=64)
def number_writer(language: str | None, kinds: tuple[NumberKind, ...]) -> NumberWriter | None:
    """Return what writes out such kinds of things in a language (BCP-47); None if there is nothing to do.

    That is so for no kinds, without a language, and for one that CLDR doesn't have. In one that num2words doesn't have
    (Chinese, say) numbers stay as they are.
    """
    forms = locale_forms(language) if language and kinds else None
    return NumberWriter(forms, kinds) if forms else None
