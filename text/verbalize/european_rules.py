"""The rules of languages whose numbers agree with nouns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from .context import LOOK_BACK_CHARS, WORD, next_word, words_before
from .european_dates import date_and_time_rules
from .european_roman import roman_rules
from .european_speech import EuropeanSpeech
from .roman_numerals import roman_value
from .rule import SPACE, Rule, any_of, word_before

_FREE = r"(?<![\w.,:/+])"
_GROUP = re.compile(r"\d+")
_PHONE = re.compile(
    r"(?<![\w.,:/-])(?P<plus>\+|00(?=[1-9]))?(?:\d{1,3}[ .-]?)??(?:\(0?\d{1,5}\)[ ./-]?)?"
    r"\d{1,5}(?:[ ./-]\d{2,8}){1,6}"
    r"(?![\w-]|[.,/]\d)|(?<![\w.,:/-])\+\d{7,15}(?!\w)"
)
_IP_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_CHAIN, _CHAINED = re.compile(r"\d-\d{1,20}$"), re.compile(r"\d{1,20}-\d")
_RANGE_START = re.compile(rf"(?:(?<!\w)({WORD}){SPACE})?([\d.,:h]{{1,20}})$")
_SCALES = {"C": "Celsius", "F": "Fahrenheit", "K": "Kelvin", "c": "Celsius", "f": "Fahrenheit", "k": "Kelvin"}
"""Higher ones are abbreviations: CD, XL."""


def european_rules(language: EuropeanSpeech) -> list[Rule]:
    """Return the rules for a language."""
    return [
        *date_and_time_rules(language),
        *_codes(language),
        *_ordinals(language),
        *_fractions(language),
        *_numbers(language),
        *roman_rules(language),
    ]


def _codes(language: EuropeanSpeech) -> Iterator[Rule]:
    def phone(match: re.Match[str]) -> str | None:
        groups = _GROUP.findall(match[0])
        sizes = tuple(map(len, groups))
        international = match["plus"] is not None
        if not 6 <= sum(sizes) <= 15 or (match[0].count("-") and _is_years(groups)):
            return None
        named = not language.phone_words.isdisjoint(words_before(match))
        certain = international or "(" in match[0] or sizes in language.phone_sizes
        grouped = is_number.fullmatch(match[0]) is not None
        if not (
            certain or named or (groups[0][0] == "0" and sum(sizes) >= 7) or (not grouped and _is_hyphened(match[0]))
        ):
            return None
        words = language.phone(groups)
        return f"{language.signs['+']} {words}" if words and match[0][0] == "+" else words

    def code(match: re.Match[str]) -> str | None:
        before = [*words_before(match)[-3:], word_before(match).rstrip(".").casefold()]
        is_phone = len(match[0]) > 6 and not language.phone_words.isdisjoint(before)
        return language.digits(match[0]) if is_phone or not language.codes_after.isdisjoint(before) else None

    is_number = re.compile(language.formats.number)

    def address(match: re.Match[str]) -> str | None:
        if is_number.fullmatch(match[0]):
            return None
        parts = [language.digits(group) or group for group in _GROUP.findall(match[0])]
        return f" {language.point} ".join(parts)

    yield Rule(r"\d", _IP_ADDRESS, address)
    yield Rule(r"[+(]?\d", _PHONE, phone)
    yield Rule(r"\d", re.compile(r"(?<![\w.,:/-])\d{3,15}(?![\w/-]|[.,:]\d)"), code)


def _is_years(groups: list[str]) -> bool:
    return len(groups) == 2 and all(len(group) == 4 and 1000 <= int(group) < 2100 for group in groups)


def _is_hyphened(written: str) -> bool:
    """Whether a hyphen joins groups of three digits and more, as in telephone numbers of the Americas."""
    return re.fullmatch(r"(?:\d{1,3}[ .-])?(?:\d{2,3}[ .-])?\d{3,5}-\d{4}|\d{3}-\d{3}-\d{3,4}", written) is not None


def _ordinals(language: EuropeanSpeech) -> Iterator[Rule]:
    marks = language.ordinal_marks

    def say(match: re.Match[str]) -> str | None:
        written = match["digits"]
        number = int(language.formats.decimal(written)) if written[0].isdecimal() else roman_value(written)
        gender = marks[match["mark"]]
        return language.short_ordinal(number, gender, next_word(match)) if 0 < number < 10**12 else None

    def degrees(match: re.Match[str]) -> str | None:
        noun = next_word(match)
        number = Decimal(match["digits"])
        if (
            noun
            and match["sign"] is None
            and match["scale"] is None
            and noun.casefold() not in language.not_nouns
            and len(match["digits"]) < 4
        ):
            return language.ordinal(int(number), language.gender(noun)) if number and "°" in marks else None
        words = language.counted(-number if match["sign"] else number, language.degree)
        return f"{words} {_SCALES[match['scale']]}" if match["scale"] else words

    if marks:
        grouped = r"\d{1,3}(?:[. \u00a0\u202f]\d{3}){1,4}|\d{1,6}" + (
            "|[IVX]|[IVXLCDM]{2,15}" if language.roman_ordinals else ""
        )
        plain = {mark for mark in marks if mark != "°"}
        yield Rule(
            r"[\dIVXLCDM]" if language.roman_ordinals else r"\d",
            re.compile(rf"(?<![\w.,:/-])(?P<digits>{grouped})\.?(?P<mark>{any_of(plain)})(?!\w)"),
            say,
        )
    yield Rule(
        r"[-−]?\d",
        re.compile(
            rf"(?<![\w.,:/])(?P<sign>(?<![\w)\]])[-−])?(?P<digits>\d{{1,4}}){SPACE}?°(?:{SPACE}?(?P<scale>[CFKcfk])(?!\w))?(?!\w)"
        ),
        degrees,
    )


def _fractions(language: EuropeanSpeech) -> Iterator[Rule]:
    units = {*language.formats.units, *language.after_numbers}

    def say(match: re.Match[str]) -> str | None:
        first, last = int(match["first"]), int(language.formats.decimal(match["last"]))
        if not last or len(match["first"]) > 3 or (first, last) == (24, 7):
            return (
                f"{language.whole(first, '')} {language.whole(last, '')}" if last == 7 and not match["unit"] else None
            )
        whole, names = match["whole"], language.unit_names(match["unit"]) if match["unit"] else None
        noun = names.one.partition(" ")[0] if names else next_word(match)
        if whole is not None:
            is_noun = names or (noun.islower() and noun.casefold() not in language.not_nouns)
            words = language.mixed_of(int(whole), first, last, language.gender(noun) if is_noun else "")
        elif (noun.islower() or language.nouns_have_capitals) and noun and noun.casefold() not in language.not_nouns:
            words = language.fraction_of(first, last, noun)
        else:
            words = language.fraction(first, last)
        if words is None:
            return None
        sign = f"{language.minus} " if match["sign"] else ""
        return f"{sign}{words} {names.other if whole else names.one}" if names else f"{sign}{words}"

    def between(match: re.Match[str]) -> str:
        return " "

    number = language.formats.number
    yield Rule(
        r"[-−]?\d",
        re.compile(
            rf"(?<![\w.,/-])(?P<sign>(?<![\w)\]])[-−])?(?:(?P<whole>\d{{1,4}}){SPACE})?"
            rf"(?P<first>\d{{1,5}})[/⁄](?P<last>{number})(?![\w/⁄-]|[.,]\d)(?:{SPACE}?(?P<unit>{any_of(units)})(?![\w/²³]|\.\w))?"
        ),
        say,
    )
    # "2023/24", "y/o", "17/18 juin"
    yield Rule(r"(?<=\w)/(?=\w)", re.compile(r"(?<=\d)/(?=\d)|(?<=[^\W\d_])/(?=[^\W\d_])"), between)


def _numbers(language: EuropeanSpeech) -> Iterator[Rule]:
    number = language.formats.number

    def between(match: re.Match[str]) -> str | None:
        first = _RANGE_START.search(match.string, max(0, match.start() - LOOK_BACK_CHARS), match.start())
        if first is None:
            return None
        if match[0] == " - " and "=" in match.string[match.end() : match.end() + LOOK_BACK_CHARS]:
            return f" {language.minus} "
        chained = _CHAIN.search(match.string, max(0, match.start() - LOOK_BACK_CHARS), match.start())
        if match[0] == "-" and (chained or _CHAINED.match(match.string, match.end())):
            return " "
        if ":" in first[2] or "h" in first[2]:
            return f" {language.range_word} "
        return f" {language.range_between(first[2], match['last'], first[1] or '')} "

    def american(match: re.Match[str]) -> str | None:
        return language.cardinal(Decimal(match["digits"].replace(",", "")))

    def point(match: re.Match[str]) -> str | None:
        words = language.whole(int(match["whole"]), "")
        return f"{words} {language.point} {language.decimals(match['part'])}" if words else None

    money_follows = re.compile(rf"{SPACE}?{any_of({*language.formats.currencies, *language.currency_signs})}(?!\w)")

    def counting(match: re.Match[str]) -> str | None:
        value = language.formats.decimal(match["number"])
        noun = match["noun"]
        if noun in language.million_words and not money_follows.match(match.string, match.end("noun")):
            return language.cardinal(value, language.gender(noun))
        if value % 1 or not language.counts(int(value), word_before(match), noun):
            return None
        return language.before_noun(value, noun)

    all_units = {*language.formats.units, *language.after_numbers}
    units = any_of(all_units)
    scales = any_of({*language.formats.scales, *language.scales})

    def scaled(match: re.Match[str]) -> str | None:
        names = language.unit_names(match["unit"])
        value = language.formats.decimal(match["number"])
        scale = language.scales.get(match["scale"], match["scale"])
        spoken = language.cardinal(value, language.gender(scale))
        return f"{spoken} {scale} {language.after_million(scale)}{names.other}" if spoken and names else None

    yield Rule(
        r"\d",
        re.compile(rf"{_FREE}(?P<number>{number}){SPACE}(?P<scale>{scales}){SPACE}(?P<unit>{units})(?![\w/²³]|\.\w)"),
        scaled,
    )
    currencies = any_of({*language.formats.currencies, *language.currency_signs})

    def ratio(match: re.Match[str]) -> str | None:
        if f"{match['first']}/{match['unit']}" in all_units:
            return None
        value = language.formats.decimal(match["number"])
        code = {**language.formats.currencies, **language.currency_signs}.get(match["first"])
        amount = language.money(value, code) if code else language.measure(value, match["first"])
        names = language.unit_names(match["unit"])
        return f"{amount} {language.per} {names.one}" if amount and names else None

    def compared(match: re.Match[str]) -> str:
        return f"{language.less if match[0][0] == '<' else language.more} "

    def dimensions(match: re.Match[str]) -> str | None:
        sides = match["sides"].casefold().split("x")
        words = [language.number(side) or side for side in sides]
        if match["unit"]:
            words[-1] = language.measure(Decimal(sides[-1]), match["unit"]) or words[-1]
        return f" {language.signs['×']} ".join(words)

    def per(match: re.Match[str]) -> str | None:
        names = language.unit_names(match["unit"])
        return f" {language.per} {names.one}" if names else None

    def feet(match: re.Match[str]) -> str | None:
        words = [
            language.counted(Decimal(match[group]), names)
            for group, unit in (("feet", "length-foot"), ("inches", "length-inch"))
            if match[group] and (names := language.names_of(unit))
        ]
        return " ".join(word for word in words if word) or None

    def sign(match: re.Match[str]) -> str:
        return f" {words_of[match[0].strip()]} "

    words_of = {
        "x": language.signs["×"],
        "X": language.signs["×"],
        "<": language.less,
        ">": language.more,
        ":": language.score_word,
    }
    yield Rule(
        r"\d",
        re.compile(
            rf"{_FREE}(?P<number>{number}){SPACE}?(?P<first>{units}|{currencies})/(?P<unit>{units})(?![\w/²³]|\.\w)"
        ),
        ratio,
    )
    yield Rule(
        r"\d",
        re.compile(
            rf"(?<![\w.,:/'’])(?P<feet>\d{{1,2}})['’′]{SPACE}?(?:(?P<inches>\d{{1,2}})(?:[\"”″]|['’′]{{2}})|(?P<none>(?!)))"
        ),
        feet,
    )
    yield Rule(
        r"\d",
        re.compile(
            rf"{_FREE}(?P<sides>\d{{1,5}}(?:[xX]\d{{1,5}}){{1,2}})(?:{SPACE}?(?P<unit>{units})(?![\w/²³])|(?!\w|[.,]\d))"
        ),
        dimensions,
    )
    yield Rule(r"(?<= )[<>]", re.compile(rf"(?<= )[<>]{SPACE}?(?=\d)(?!3(?!\d))"), compared)
    yield Rule(r"(?<=\d)/[hms]", re.compile(r"(?<=\d)/(?P<unit>h|min|s)(?!\w)"), per)
    yield Rule(rf"(?<=\d){SPACE}?[xX:<>]", re.compile(rf"(?<=\d)(?:{SPACE}?[xX<>]{SPACE}?|:)(?=\d)"), sign)
    yield Rule(
        r"['’]\d",
        re.compile(r"(?<!\w)['’](?P<decade>[1-9]0)(?!\w)"),
        lambda match: language.whole(int(match["decade"]), ""),
    )
    yield Rule(
        r"(?<=[A-Za-z]{3})[+−-](?=\d)",
        re.compile(r"(?<=GMT|UTC|gmt|utc)[+−-](?=\d)"),
        lambda match: f" {language.signs['+'] if match[0] == '+' else language.minus} ",
    )
    dash = rf"(?<=[\dh]){SPACE}?[–—-]{SPACE}?(?=\d)"
    yield Rule(
        dash, re.compile(rf"(?<=[\dh])(?:-|{SPACE}-{SPACE}|{SPACE}?[–—]{SPACE}?)(?=(?P<last>{number}))"), between
    )
    yield Rule(
        r"\d", re.compile(rf"{_FREE}(?P<digits>\d{{1,3}}(?:,\d{{3}}){{1,4}}\.\d{{1,4}})(?![\w]|[.,]\d)"), american
    )
    yield Rule(r"\d", re.compile(rf"{_FREE}(?P<whole>\d{{1,6}})\.(?P<part>\d{{1,2}})(?![\w]|[.,/:]\d)"), point)
    yield Rule(
        r"\d",
        re.compile(rf"{_FREE}(?P<number>{number})(?!\w)(?={SPACE}(?P<noun>{WORD})(?![\w'’$€£]))"),
        counting,
    )
