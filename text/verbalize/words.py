"""Read abbreviations, Roman numerals and signs."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import SPACE, Rule, any_of, word_before

_ROMAN = re.compile(r"(?<![\w.'’-])(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'’]|-\w)")
_CLOSERS = " \n\"'”’»)]"
_NEW_SENTENCE = re.compile(r"[\"'”’»)\]]{0,3}\s+[\"'“‘«(¿¡]{0,2}[^\W\d_a-zß-ÿ]")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_NUMBER_FOLLOWS = rf"(?={SPACE}?(?:\d|[IVXLC]+\b))"


def word_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for abbreviations, Roman numerals and signs."""
    rules: list[Rule] = []
    for table, follows in (
        (language.before_numbers, _NUMBER_FOLLOWS),
        (language.before_names, rf"(?={SPACE}[^\W\d_a-z])"),
        (language.abbreviations, r"(?!\w)"),
        (language.closing_abbreviations, r"(?!\w)"),
    ):
        if table:
            rules.append(_table_rule(dict(table), follows, closes=table is language.closing_abbreviations))
    if language.roman_after or language.ordinal_roman_after:
        rules.append(Rule(r"(?<!\w)[IVXLC]", _ROMAN, lambda match: _roman(match, language)))
    if language.signs:
        signs = dict(language.signs)
        pattern = any_of(signs)
        rules.append(Rule(pattern, re.compile(pattern), lambda match: _sign(match, signs)))
    return rules


def _table_rule(table: dict[str, str], follows: str, *, closes: bool) -> Rule:
    table |= {key.replace(" ", ""): words for key, words in table.items() if ". " in key}
    pattern = rf"(?<![\w/]){any_of(table)}{follows}".replace(re.escape(" "), SPACE)

    def say(match: re.Match[str]) -> str:
        words, after = table[" ".join(match[0].split())], match.string[match.end() :][:8]
        if after[:1].isalnum():
            return f"{words} "  # "p.5", "#5"
        if match[0].endswith(".") and (not after.strip(_CLOSERS) or (closes and _NEW_SENTENCE.match(after))):
            return f"{words}."
        return words

    return Rule(pattern, re.compile(pattern), say)


def _roman(match: re.Match[str], language: SpokenLanguage) -> str | None:
    values = [_VALUES[letter] for letter in match[0]]
    number = sum(
        -value if any(value < later for later in values[at + 1 : at + 2]) else value for at, value in enumerate(values)
    )
    return language.roman(number, word_before(match)) if number else None


def _sign(match: re.Match[str], signs: dict[str, str]) -> str:
    words, text = signs[match[0]], match.string
    before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
    if not words:
        return ""
    return f"{' ' if before.isalnum() else ''}{words}{' ' if after.isalnum() or after in signs else ''}"
