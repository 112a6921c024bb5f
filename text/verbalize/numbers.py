"""Read plain numbers: ordinals, fractions, ranges, and numbers within words."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import SPACE, Rule, any_of

FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
_SIGNS = "".join(FRACTIONS)
_CHAIN = re.compile(r"[^\W_][-–]\d{1,19}$")
_CHAINED = re.compile(r"\d{1,20}[-–](?:\d|(?P<letters>[^\W\d_]{1,2})(?!\w))")
_JOINED = re.compile(r"\w/$")
_SERIAL_DIGITS = 4
_DIGITS_BEFORE = re.compile(r"\d{1,20}$")
_PIECE = re.compile(r"\d+|\D+")


def number_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for plain numbers."""
    formats = language.formats

    def fraction(match: re.Match[str]) -> str | None:
        first, last = FRACTIONS.get(match["sign"] or "") or (int(match["first"]), int(match["last"]))
        if match["whole"] is None:
            return language.fraction(first, last)
        return language.mixed(int(match["whole"]), first, last)

    def day(match: re.Match[str]) -> str | None:
        return language.ordinal(int(match["day"]))

    def ordinal(match: re.Match[str]) -> str | None:
        return language.written_ordinal(match[0])

    def number(match: re.Match[str]) -> str | None:
        written = match["number"]
        words = language.number(written)
        return f"{language.minus} {words}" if words and match["minus"] and language.minus else words

    def in_code(digits: str, is_code: bool) -> str | None:
        """Return the digits of a serial number one by one, but those of "MP3", "Win2000" and "UTF16" as a number."""
        is_serial = is_code and len(digits) >= _SERIAL_DIGITS and digits[-2:] != "00"
        is_year = len(digits) == _SERIAL_DIGITS and digits[:2] in {"19", "20"}
        return language.digits(digits) if is_serial and not is_year else language.number(digits)

    def mixed(match: re.Match[str]) -> str | None:
        pieces = _PIECE.findall(match[0])
        is_code = len(pieces) > 1 or _JOINED.search(match.string, max(0, match.start() - 2), match.start()) is not None
        words = [in_code(piece, is_code) if piece.isdecimal() else piece for piece in pieces]
        return None if None in words else " ".join(word for word in words if word)

    def long(match: re.Match[str]) -> str | None:
        words, text = language.digits(match[0]), match.string
        before = " " if text[max(0, match.start() - 1) : match.start()].isalpha() else ""
        return f"{before}{words}{' ' if text[match.end() : match.end() + 1].isalnum() else ''}" if words else None

    rules = [
        Rule(
            rf"[\d{_SIGNS}]",
            re.compile(
                rf"(?<![\w.,/-])(?:(?P<whole>\d{{1,4}})(?:{SPACE}|(?=[{_SIGNS}])))?"
                rf"(?:(?P<sign>[{_SIGNS}])|(?P<first>\d{{1,3}})[/⁄](?P<last>[1-9]\d{{0,2}}))(?![\w/]|[.,]\d)"
            ),
            fraction,
        )
    ]
    if language.range_word:
        start = rf"(?<=\d){SPACE}?[-–]{SPACE}?(?=\d)"
        pattern = rf"(?<=\d)(?:[-–]|{SPACE}–{SPACE})(?=(?P<last>\d{{1,20}}))"
        rules.append(Rule(start, re.compile(pattern), lambda match: _between(match, language)))
    rules += [
        Rule(r"\d", re.compile(rf"(?<![\w.,:/-])(?P<day>\d{{1,2}})\.(?={SPACE}{any_of(formats.months)}\b)"), day),
        Rule(r"\d", re.compile(r"(?<![\w.,:/-])(?:\d{1,6}[^\W\d_]{1,3}|\d{1,6}\.?[ºª])(?!\w)"), ordinal),
        Rule(
            r"[-−]?\d",
            re.compile(rf"(?P<minus>(?<![\w)\]])[-−])?(?<![\w.,:/])(?P<number>{formats.number})(?!\w)"),
            number,
        ),
        Rule(r"\d", re.compile(r"\d{25,4000}"), long),
        Rule(r"\w{0,12}\d", re.compile(r"(?<!\w)(?=[^\W\d_]{0,12}\d)\w{1,24}(?!\w)|\d{1,24}"), mixed),
    ]
    return rules


def _between(match: re.Match[str], language: SpokenLanguage) -> str:
    """Return the word of a dash between two numbers; in a chain, such as 9-1-1, it has none."""
    chained = _CHAINED.match(match.string, match.end())
    is_unit = chained is not None and chained["letters"] in {*language.formats.units, *language.after_numbers}
    if (chained and not is_unit) or _CHAIN.search(match.string, max(0, match.start() - 20), match.start()):
        return " "
    first = _DIGITS_BEFORE.search(match.string, max(0, match.start() - 20), match.start())
    is_range = first is not None and language.is_range(first[0], match["last"])
    return f" {language.range_word} " if is_range else " "
