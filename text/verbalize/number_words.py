"""Numbers in words (num2words). Languages are ISO 639 codes, with or without a region (`pt_BR`)."""

from __future__ import annotations

import contextlib
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

_NO_YEARS = frozenset({"ja"})
"""num2words returns the year of an emperor's reign for these."""
_MINUS = {"bn": "মাইনাস", "cs": "mínus", "pl": "minus", "sk": "mínus", "vi": "âm"}
"""Languages in which num2words fails for a negative number, leaves its sign out, or reads another number."""
_DIGIT = re.compile(r"\d")
"""Swedish and Icelandic years come with one: "2noll två fyra"."""
_CODES = {"nb": "no", "kk": "kz"}
"""BCP 47 codes that num2words writes differently."""


def number_words(number: Decimal, language: str) -> str | None:
    """Return a number in words; None if num2words doesn't support it."""
    minus = _MINUS.get(language.partition("_")[0]) if number < 0 else None
    if minus:
        words = number_words(-number, language)
        return f"{minus} {words}" if words else None
    return _words(number if number % 1 else int(number), language)


def ordinal_words(written: str, language: str, *, check: bool = True) -> str | None:
    """Return `1st`, `2nd`, `1er` in words; None if the language writes the ordinal differently."""
    digits = "".join(character for character in written if character.isdecimal())
    if check and _words(int(digits), language, to="ordinal_num") != written:
        return None
    return _words(int(digits), language, to="ordinal")


def year_words(year: int, language: str) -> str | None:
    """Return a year in words."""
    words = None if language.partition("_")[0] in _NO_YEARS else _words(year, language, to="year")
    return words if words and not _DIGIT.search(words) else _words(year, language)


def digit_words(digits: str, language: str) -> str | None:
    """Return digits in words, one by one."""
    words = [_words(int(digit), language) for digit in digits]
    return None if None in words else " ".join(word for word in words if word)


def currency_words(amount: Decimal, language: str, code: str) -> str | None:
    """Return an amount with cents in words; None if num2words doesn't have the currency in the language."""
    # In Brazilian Portuguese num2words supports only BRL, and accepts no currency argument.
    named = {} if (language, code) == ("pt_BR", "BRL") else {"currency": code}
    return _words(float(amount), language, to="currency", **named)


@lru_cache(maxsize=4096)
def _words(number: int | float | Decimal, language: str, **options: Any) -> str | None:
    from num2words import num2words

    for code in _supported_codes(language):
        # Some languages lack a method (Vietnamese: `to_year`).
        with contextlib.suppress(
            AttributeError, NotImplementedError, OverflowError, LookupError, TypeError, ValueError
        ):
            # num2words returns some words with spaces at their ends.
            return " ".join(str(num2words(number, lang=code, **options)).split())
    return None


def _supported_codes(language: str) -> list[str]:
    """Return num2words' codes for a language: with its region and without, if supported.

    num2words shortens an unknown code to two letters, so it would read Filipino (fil) as Finnish.
    """
    from num2words import CONVERTER_CLASSES

    base = language.partition("_")[0]
    return [code for code in dict.fromkeys((language, _CODES.get(base, base))) if code in CONVERTER_CLASSES]
