"""Read abbreviations, Roman numerals and signs."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import SPACE, Rule, any_of, word_before

_ROMAN = re.compile(r"(?<![\w.'’-])(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'’]|-\w)")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_NUMBER_FOLLOWS = rf"(?={SPACE}?(?:\d|[IVXLC]+\b))"


def word_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for abbreviations, Roman numerals and signs."""
    rules: list[Rule] = []
    for table, follows in (
        (language.before_numbers, _NUMBER_FOLLOWS),
        (language.before_names, rf"(?={SPACE}[^\W\d_a-z])"),
        (language.abbreviations, r"(?!\w)"),
    ):
        if table:
            rules.append(_table_rule(dict(table), follows))
    if language.roman_after or language.ordinal_roman_after:
        rules.append(Rule(r"(?<!\w)[IVXLC]", _ROMAN, lambda match: _roman(match, language)))
    if language.signs:
        signs = dict(language.signs)
        pattern = rf"{SPACE}?{any_of(signs)}{SPACE}?"
        rules.append(Rule(pattern, re.compile(pattern), lambda match: _sign(match, signs)))
    return rules


def _table_rule(table: dict[str, str], follows: str) -> Rule:
    begins = any_of(table)
    pattern = rf"(?<!\w){begins}{follows}"
    spaced = {key for key in table if not key[-1].isalpha()}

    def say(match: re.Match[str]) -> str:
        words, end = table[match[0]], match.end()
        following = match.string[end : end + 1]
        # "p.5", "No.7", "#5"
        return f"{words} " if match[0] in spaced and following.isalnum() else words

    return Rule(pattern, re.compile(pattern), say)


def _roman(match: re.Match[str], language: SpokenLanguage) -> str | None:
    values = [_VALUES[letter] for letter in match[0]]
    number = sum(
        -value if any(value < later for later in values[at + 1 : at + 2]) else value for at, value in enumerate(values)
    )
    return language.roman(number, word_before(match)) if number else None


def _sign(match: re.Match[str], signs: dict[str, str]) -> str:
    words = signs[match[0].strip()]
    before, after = match.string[: match.start()][-1:], match.string[match.end() : match.end() + 1]
    return f"{' ' if before.strip() else ''}{words}{' ' if after.isalnum() else ''}"
