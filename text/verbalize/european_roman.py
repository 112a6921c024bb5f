"""Roman numerals of European languages: centuries, monarchs, chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .context import next_word, words_before
from .european_speech import EuropeanSpeech
from .roman_numerals import roman_value
from .rule import Rule, word_before

_ROMAN = re.compile(r"(?<![\w.'’-])(?P<numeral>[IVXLCDM]{1,15})(?![\w'’]|-\w)")
_LOWER_ROMAN = re.compile(r"(?<![\w.'’-])(?P<numeral>[ivxlcdm]{1,15})(?![\w'’]|-\w)")
_ABOVE_ORDINALS = 100
"""Numerals from here on are abbreviations before a noun: CD, DC."""
_MAX_MONARCH = 39


def roman_rules(language: EuropeanSpeech) -> Iterator[Rule]:
    """Yield the rules for a language."""

    def upper(match: re.Match[str]) -> str | None:
        numeral = match["numeral"]
        number = roman_value(numeral)
        if not number:
            return None
        before, after = word_before(match), next_word(match)
        folded = before.casefold().rstrip(".")
        if folded in language.century_words:
            return language.century(number, follows=True)
        if folded in language.roman_after:
            return language.chapter(number, folded)
        if after.casefold() in language.century_words:
            return language.century(number, follows=False)
        is_noun = len(after) > 2 and after.casefold() not in language.not_nouns
        if folded in language.articles and is_noun and number < _ABOVE_ORDINALS:
            return language.roman_ordinal(number, language.gender(after))
        is_name = before[:1].isupper() and not before.isupper() and not before.endswith(".")
        if is_name and number <= _MAX_MONARCH and (len(numeral) > 1 or before in language.ordinal_roman_after):
            return language.regnal(number, before)
        return language.whole(number, "") if len(numeral) >= 4 else None

    def lower(match: re.Match[str]) -> str | None:
        numeral, before = match["numeral"], word_before(match).rstrip(".")
        number, folded = roman_value(numeral.upper()), before.casefold()
        if not number:
            return None
        if folded in language.century_words:
            return language.century(number, follows=True)
        if len(numeral) < 2 or (len(numeral) < 4 and not set(numeral) <= set("ivx")):
            return None  # "mi", "cm"
        if folded in language.roman_after:
            return language.chapter(number, folded)
        name = before.capitalize()
        # "A Juan vi": I saw.
        is_verb = numeral == "vi" and not {"a", "al", "yo"}.isdisjoint(words_before(match)[-2:-1])
        is_name = name in language.ordinal_roman_after and number <= _MAX_MONARCH and not is_verb
        return language.regnal(number, name) if is_name else None

    yield Rule(r"(?<!\w)[IVXLCDM]", _ROMAN, upper)
    yield Rule(r"(?<=[^\W\d_][ .])[ivxlc](?=[ivxlcdm]{0,14}\b)", _LOWER_ROMAN, lower)
    yield Rule(r"(?<=[^\W\d_] )m(?=[ivxlcdm]{3,14}\b)", _LOWER_ROMAN, lower)
