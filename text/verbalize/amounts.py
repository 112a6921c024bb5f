"""Read money and measures."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from .language import SpokenLanguage
from .rule import SPACE, Rule, any_of

_CLOSERS = " \n\"'”’»)]"
_FREE = r"(?<![\w.,:/])"
_SIGN = r"(?:(?<![\w)\]])[-−])?"


def amount_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for money and measures."""
    formats = language.formats
    units = {*formats.units, *language.after_numbers}

    def measure(match: re.Match[str]) -> str | None:
        words = language.measure(formats.decimal(match["amount"]), match["unit"])
        ends = match["unit"].endswith(".") and not match.string[match.end() :][:8].strip(_CLOSERS)
        return f"{words}." if words and ends else words

    return [
        *_money_rules(language, formats.number, formats.decimal),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{_FREE}(?P<amount>{_SIGN}{formats.number}){SPACE}?(?P<unit>{any_of(units)})(?![\w/²³]|\.\w)"),
            measure,
        ),
    ]


def foreign_money_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for money with the marks of another convention. They come before a language's own rules."""
    formats = language.formats
    return _money_rules(language, formats.foreign_money, formats.foreign_decimal) if formats.foreign_money else []


def _money_rules(language: SpokenLanguage, number: str, value: Callable[[str], Decimal]) -> list[Rule]:
    formats = language.formats
    currencies = {code: code for code in language.currencies} | formats.currencies | dict(language.currency_signs)
    scale_words = {word: word for word in formats.scales} | dict(language.scales)

    def money(match: re.Match[str]) -> str | None:
        amount = value(match["amount"])
        scale = scale_words.get((match["scale"] or "").strip(), "")
        if match["sign"] or (match["inner"] and match["first"] is None):
            amount = -amount
        words = language.money(amount, currencies[match["code"]], scale)
        if words is None or match["first"] is None:
            return words
        first = language.cardinal(value(match["first"]) * (-1 if match["inner"] else 1))
        return f"{first} {language.range_word} {words}" if first else None

    scale = rf"(?P<scale>{SPACE}?{any_of(scale_words)}(?!\w))?" if scale_words else "(?P<scale>)"
    sign = r"(?P<sign>(?<![\w)\]])[-−])?"
    code = f"(?P<code>{any_of(currencies)})"
    # "$5–10": in the other order, the dash is a rule of its own.
    first = rf"(?:(?P<first>{number}){SPACE}?[-–]{SPACE}?)?" if language.range_word else "(?P<first>(?!))?"
    starts = "".join(sorted({re.escape(symbol[0]) for symbol in currencies if not symbol[0].isalpha()}))
    # "$-5"
    inner = rf"(?:(?P<inner>(?<=[{starts}]){SPACE}?[-−])|{SPACE}?)"
    named = any_of(sign for sign in language.currency_signs if sign[0].isalpha()) if language.currency_signs else "(?!)"
    return [
        Rule(
            rf"(?<!\w)[-−]?(?:[{starts}]|[^\W\d_a-z]{{1,4}}(?:[{starts}][-−]?)?{SPACE}?\d|{named}{SPACE}?\d)",
            re.compile(rf"{sign}(?<!\w){code}{inner}{first}(?P<amount>{number}){scale}(?!\w)"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(
                rf"{_FREE}{sign}(?P<first>(?!))?(?P<inner>(?!))?(?P<amount>{number}){scale}{SPACE}?{code}(?!\w)"
            ),
            money,
        ),
    ]
