"""Numbers in words, by num2words. Languages are ISO 639 codes, with or without a region (`pt_BR`)."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

_NO_YEARS = frozenset({"ja"})
"""num2words counts them in the emperor's reign there."""
_CODES = {"nb": "no", "kk": "kz"}
"""What num2words calls languages that have another code in BCP 47."""


def number_words(number: Decimal, language: str) -> str | None:
    """Return a number in words; None where num2words can't."""
    return _said(number if number % 1 else int(number), language)


def ordinal_words(written: str, language: str, *, check: bool = True) -> str | None:
    """Return `1st`, `2nd`, `1er` in words; None if that isn't how the language writes the number's ordinal."""
    digits = "".join(character for character in written if character.isdecimal())
    if check and _said(int(digits), language, to="ordinal_num") != written:
        return None
    return _said(int(digits), language, to="ordinal")


def year_words(year: int, language: str) -> str | None:
    """Return a year in words."""
    return _said(year, language) if language.partition("_")[0] in _NO_YEARS else _said(year, language, to="year")


def digit_words(digits: str, language: str) -> str | None:
    """Return digits in words, one by one."""
    words = [_said(int(digit), language) for digit in digits]
    return None if None in words else " ".join(word for word in words if word)


def currency_words(amount: Decimal, language: str, code: str) -> str | None:
    """Return an amount with cents in words; None where num2words doesn't know the currency's in the language."""
    # Of Brazil it knows the own currency only, and takes no name for it.
    named = {} if (language, code) == ("pt_BR", "BRL") else {"currency": code}
    return _said(float(amount), language, to="currency", **named)


def _said(number: int | float | Decimal, language: str, **options: Any) -> str | None:
    from num2words import num2words

    for known in _known(language):
        with contextlib.suppress(NotImplementedError, OverflowError, KeyError, IndexError, TypeError, ValueError):
            # It gives some words with spaces at their ends.
            return " ".join(str(num2words(number, lang=known, **options)).split())
    return None


def _known(language: str) -> list[str]:
    """Return num2words' own names of a language: of its region, if it has that, and of the whole; none without both.

    Asked for a code that it doesn't know it takes the first two letters, and would read Filipino (fil) in Finnish.
    """
    from num2words import CONVERTER_CLASSES

    base = language.partition("_")[0]
    return [code for code in dict.fromkeys((language, _CODES.get(base, base))) if code in CONVERTER_CLASSES]
