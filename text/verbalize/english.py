"""English."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from .language import SpokenLanguage, UnitWords
from .locale_formats import LocaleFormats
from .rule import SPACE, Rule, any_of, word_before

_MONTHS = "January February March April May June July August September October November December".split()
_MONTH_ABBREVIATIONS = {f"{month[:3]}.": month for month in _MONTHS if month != "May"} | {"Sept.": "September"}


class English(SpokenLanguage):
    """English, as spoken in the United States unless the region is another one."""

    signs = {
        "&": "and",
        "+": "plus",
        "=": "equals",
        "×": "times",
        "÷": "divided by",
        "≈": "about",
        "±": "plus or minus",
    }
    web = {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark"}
    web |= {"=": "equals", "&": "and", "#": "hashtag", "~": "tilde", "%": "percent", "+": "plus"}
    abbreviations = {"Mt.": "Mount", "Sgt.": "Sergeant", "vs.": "versus"}
    before_numbers = {"No.": "number", "no.": "number", "#": "number ", "vol.": "volume", "p.": "page", "pp.": "pages"}
    before_numbers |= _MONTH_ABBREVIATIONS
    after_numbers = {"oz": UnitWords("ounce", "ounces"), "°": UnitWords("degree", "degrees")}
    currencies = {
        "USD": (UnitWords("dollar", "dollars"), UnitWords("cent", "cents")),
        "EUR": (UnitWords("euro", "euros"), UnitWords("cent", "cents")),
        "GBP": (UnitWords("pound", "pounds"), UnitWords("penny", "pence")),
        "JPY": (UnitWords("yen", "yen"), UnitWords("sen", "sen")),
    }
    scales = {"k": "thousand", "K": "thousand", "M": "million", "m": "million", "bn": "billion", "B": "billion"}
    codes_after = frozenset({"pin", "code", "extension", "ext"})
    roman_after = frozenset({"chapter", "part", "war", "act", "scene", "volume", "book", "section", "type", "phase"})
    half_hours = (r"[ap]\.m\.", r"[AP]\.M\.", "[ap]m", "[AP]M")
    phone_sizes = frozenset({(3, 3, 4), (1, 3, 3, 4), (3, 4)})
    minus = "minus"
    point = "point"
    version = "version"
    range_word = "to"

    def __init__(self, formats: LocaleFormats) -> None:
        super().__init__(formats)
        self._is_american = self.code in {"en", "en_US"}

    def rules(self) -> Sequence[Rule]:
        """Return the rules for decades."""
        return [
            Rule(
                r"['’]?\d",
                re.compile(r"(?<!\w)(?P<century>['’]?)(?P<decade>(?:1[1-9]|20)?[1-9]0)['’]?s(?!\w)"),
                self._decade,
            )
        ]

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number without the commas of num2words, which would be pauses."""
        words = super().cardinal(number)
        if words is None:
            return None
        words = words.replace(",", "")
        return words.replace(" and ", " ") if self._is_american else words

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join dollars and cents."""
        return " and ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "seventeen hundred", "seven a.m.", "five oh three"."""
        parts = [self.cardinal(Decimal(hours)) or ""]
        if minutes == 0 and not half and seconds is None:
            parts.append("o'clock" if 0 < hours <= 12 else "hundred")
        elif minutes:
            parts.append(f"{'oh ' if minutes < 10 else ''}{self.cardinal(Decimal(minutes))}")
        if seconds:
            parts += ["and", self.counted(Decimal(seconds), UnitWords("second", "seconds")) or ""]
        return " ".join(filter(None, [*parts, half]))

    def _decade(self, match: re.Match[str]) -> str | None:
        decade = match["decade"]
        if len(decade) == 2 and not match["century"]:
            return None
        words = self.year(int(decade)) if len(decade) == 4 else self.cardinal(Decimal(decade))
        if words is None:
            return None
        return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
