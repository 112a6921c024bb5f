"""Read money and measures."""

from __future__ import annotations

import re
from decimal import Decimal

from .language import SpokenLanguage
from .rule import SPACE, Rule, any_of

_FREE = r"(?<![\w.,:/])"
_SIGN = r"(?:(?<![\w)\]])[-−])?"


def amount_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for money and measures."""
    formats = language.formats
    currencies = {**formats.currencies, **language.currency_signs}
    units = {*formats.units, *language.after_numbers}
    scale_words = {word: word for word in formats.scales} | dict(language.scales)

    def money(match: re.Match[str]) -> str | None:
        amount = _value(language, match["amount"])
        scale = scale_words.get((match["scale"] or "").strip(), "")
        if match["sign"]:
            amount = -amount
        return language.money(amount, currencies[match["code"]], scale)

    def measure(match: re.Match[str]) -> str | None:
        return language.measure(_value(language, match["amount"]), match["unit"])

    number = formats.number
    scale = rf"(?P<scale>{SPACE}?{any_of(scale_words)}\b)?" if scale_words else "(?P<scale>)"
    sign = r"(?P<sign>(?<![\w)\]])[-−])?"
    code = f"(?P<code>{any_of(currencies)})"
    first = {re.escape(symbol[0]) for symbol in currencies}
    return [
        Rule(
            rf"(?<!\w)[-−]?[{''.join(sorted(first))}]",
            re.compile(rf"{sign}(?<!\w){code}{SPACE}?(?P<amount>{number}){scale}(?!\w)"),
            money,
        ),
        Rule(r"[-−]?\d", re.compile(rf"{_FREE}{sign}(?P<amount>{number}){scale}{SPACE}?{code}(?!\w)"), money),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{_FREE}(?P<amount>{_SIGN}{number}){SPACE}?(?P<unit>{any_of(units)})(?![\w/²³]|\.\w)"),
            measure,
        ),
    ]


def _value(language: SpokenLanguage, written: str) -> Decimal:
    return language.formats.decimal(written)
