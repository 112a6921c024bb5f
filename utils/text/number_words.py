"""Numbers in words, by num2words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

NumberKind = Literal["numbers", "dates", "currencies", "units"]
"""What an engine may leave to us, by its `engine.toml`."""

_NO_YEARS = frozenset({"ja"})
"""num2words counts them in the emperor's reign there."""


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
    return _said(year, language) if language in _NO_YEARS else _said(year, language, to="year")


def digit_words(digits: str, language: str) -> str | None:
    """Return digits in words, one by one."""
    words = [_said(int(digit), language) for digit in digits]
    return None if None in words else " ".join(word for word in words if word)


def currency_words(amount: Decimal, language: str, code: str) -> str | None:
    """Return an amount with cents in words; None where num2words doesn't know the currency's in the language."""
    return _said(float(amount), language, to="currency", currency=code)


def _said(number: int | float | Decimal, language: str, **options: Any) -> str | None:
    from num2words import num2words

    try:
        # It gives some words with spaces at their ends.
        return " ".join(str(num2words(number, lang=language, **options)).split())
    except (NotImplementedError, OverflowError, KeyError, IndexError, TypeError, ValueError):
        return None
