"""The expressions that only English writes like this."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .english_addresses import address_rules
from .english_dates import clock_rules, date_rules
from .english_measures import measure_rules
from .english_names import GIVEN_NAMES, REGNAL_NAMES
from .english_numbers import number_rules
from .english_speech import EnglishSpeech
from .roman_numerals import roman_value
from .rule import SPACE, Rule, rule_of, word_before, word_set

_AFTER_FIRST = word_set("of was is and had ruled reigned died became to in on who would did could")
_SHORT_PARTS = word_set("vol vols ch chap pt fig sec art app no")
_ROMAN_NOUNS = word_set("century centuries dynasty olympiad legion corps congress")


def english_rules(language: EnglishSpeech, months: Sequence[str]) -> list[Rule]:
    """Return the rules, in order."""
    return [
        *date_rules(language, months),
        *address_rules(language),
        *clock_rules(language),
        *measure_rules(language),
        *number_rules(language),
        *_roman_rules(language),
        *_word_rules(language),
    ]


def _roman_rules(language: EnglishSpeech) -> list[Rule]:
    def numeral(match: re.Match[str]) -> str | None:
        written = match["numeral"]
        number = roman_value(written)
        if not number:
            return None
        before = word_before(match)
        after = match.string[match.end() :]
        following = _NEXT_WORD.match(after)
        next_word = following[1] if following else ""
        if next_word.casefold() in _ROMAN_NOUNS:
            return language.ordinal(number)
        if before.rstrip(".").casefold() in language.roman_after | _SHORT_PARTS:
            # "the part I like", but "Part I is"
            if written == "I" and (before in {"No.", "no."} or (before[0].islower() and next_word)):
                return None
            return language.cardinal(Decimal(number))
        if before in REGNAL_NAMES and written not in {"C", "D", "L", "M"} and (before, written) != ("Malcolm", "X"):
            if written == "I" and next_word and next_word not in _AFTER_FIRST:
                return None
            return f"the {language.ordinal(number)}"
        if len(written) < 2 or not before[:1].isupper() or before.isupper() or set(written) - set("IVX"):
            return None
        earlier = _TWO_WORDS.search(match.string, max(0, match.start() - 48), match.start())
        if earlier is not None and earlier[1] in GIVEN_NAMES:
            return f"the {language.ordinal(number)}"
        return language.cardinal(Decimal(number))

    def lower(match: re.Match[str]) -> str | None:
        """Chapter iv, henry viii."""
        number, before = roman_value(match[0].upper()), word_before(match).rstrip(".")
        if number and before.casefold() in language.roman_after | _SHORT_PARTS:
            return language.cardinal(Decimal(number))
        is_name = before.capitalize() in REGNAL_NAMES and match[0] not in {"xx", "xxx"}
        return f"the {language.ordinal(number)}" if number and is_name else None

    def listed(match: re.Match[str]) -> str | None:
        number = roman_value(match["numeral"].upper())
        return f"{match['open']}{language.cardinal(Decimal(number))}" if number else None

    return [
        rule_of(r"(?<!\w)[IVXLC]", r"(?<![\w.'’-])(?P<numeral>[IVXLC]{1,7})(?![\w&]|['’](?!s\b)|-\w|\.\w)", numeral),
        rule_of(r"(?<=[a-z.] )[ivx]{2,8}(?!\w)", r"[ivx]{2,8}(?![\w'’-]|\.\w)", lower),
        rule_of(r"(?<!\w)[IVX(]", r"^(?P<open>)(?P<numeral>[IVX]{1,5})(?=\.\s+[A-Z])", listed),
        rule_of(r"\(", r"(?P<open>\()(?P<numeral>i{1,3}|iv|vi{1,3}|ix)(?=\))", listed),
    ]


_NEXT_WORD = re.compile(rf"{SPACE}([^\W\d_]+)")
_TWO_WORDS = re.compile(rf"(?<!\w)([A-Z][a-z]+){SPACE}(?:[A-Z]\.{SPACE})?[A-Z][\w'’-]+{SPACE}$")


def _word_rules(language: EnglishSpeech) -> list[Rule]:
    return [
        # "No. I won't": a pronoun.
        rule_of(r"(?<!\w)[Nn]o\. ?I", rf"(?<!\w)[Nn]o\.(?={SPACE}I\b)", lambda match: match[0]),
        rule_of(
            r"(?<!\w)[HhWwTtYy](?:ow|hat|here|hen|ho|hy|hey|ou)['’]?re",
            r"(?<!\w)((?i:how|what|where|when|who|why))['’]re(?!\w)|(?<!\w)((?i:how|what|they|you))re(?!\w)",
            lambda match: f"{match[1] or match[2]} are",
        ),
        rule_of(r"(?<=[A-Z0-9])/[A-Z]", r"(?<=[A-Z0-9])/(?=[A-Z])", lambda match: " "),
        rule_of(r"(?<=[a-z])/[a-z]", r"(?<=[^\W\d_])/(?=[^\W\d_])", lambda match: " slash "),
        rule_of(r"(?<=\w) / \w", r"(?<=[^\W\d_]) / (?=[^\W\d_])", lambda match: " slash "),
        rule_of(
            "°[CF]",
            r"(?<![\w°])°(?P<scale>[CF])(?!\w)",
            lambda match: f"degrees {'Celsius' if match['scale'] == 'C' else 'Fahrenheit'}",
        ),
        rule_of(r"(?<!\w)[CF]#", r"(?<!\w)(C|F)#(?!\w)", lambda match: f"{match[1]} sharp"),
    ]
