"""The rules of languages whose numbers agree with nouns."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..periods import ends_sentence
from .roman_numerals import roman_value
from .rule import SPACE, Rule, any_of, word_before

if TYPE_CHECKING:
    from .european import European

_LOOK_BACK_CHARS = 40
_WORD = r"[^\W\d_]{1,24}"
_FREE = r"(?<![\w.,:/+])"
_GROUP = re.compile(r"\d+")
_ANY_WORD = re.compile(_WORD)
_NEXT_WORD = re.compile(rf"{SPACE}({_WORD})")
_DATE = re.compile(
    r"(?<![\w.,:/+-])(?:(?P<first>\d{1,2})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<last>\d{4}|\d{2})"
    r"|(?P<year>\d{4})(?P<sign>[./-])(?P<middle>\d{1,2})(?P=sign)(?P<day>\d{1,2}))(?![\w/-]|[.,]\d)"
)
_PHONE = re.compile(
    r"(?<![\w.,:/-])(?P<plus>\+|00(?=[1-9]))?(?:\d{1,3}[ .-]?)??(?:\(0?\d{1,5}\)[ ./-]?)?\d{1,5}(?:[ ./-]{1,1}\d{2,8}){1,6}"
    r"(?![\w-]|[.,/]\d)|(?<![\w.,:/-])\+\d{7,15}(?!\w)"
)
_IP_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_ROMAN = re.compile(r"(?<![\w.'’-])(?P<numeral>[IVXLCDM]{1,15})(?![\w'’]|-\w)")
_LOWER_ROMAN = re.compile(r"(?<![\w.'’-])(?P<numeral>[ivxlc]{1,8})(?![\w'’]|-\w)")
_RANGE_START = re.compile(rf"(?:(?<!\w)({_WORD}){SPACE})?([\d.,:h]{{1,20}})$")
_SCALES = {"C": "Celsius", "F": "Fahrenheit", "K": "Kelvin", "c": "Celsius", "f": "Fahrenheit", "k": "Kelvin"}
_MAX_MONARCH = 39
"""Higher ones are abbreviations: CD, XL."""


def european_rules(language: European) -> list[Rule]:
    """Return the rules for a language."""
    return [
        *_abbreviations(language),
        *_times(language),
        *_codes(language),
        *_ordinals(language),
        *_fractions(language),
        *_numbers(language),
        *_roman(language),
    ]


def words_before(match: re.Match[str]) -> list[str]:
    """Return the words in lower case within the 40 characters before a match, of its clause."""
    before = match.string[max(0, match.start() - _LOOK_BACK_CHARS) : match.start()]
    clause = re.split(r"[.;!?\n]\s", before)[-1]
    return [word.casefold() for word in _ANY_WORD.findall(clause)]


def next_word(match: re.Match[str]) -> str:
    """Return the word after a match and a space; empty if there is none."""
    found = _NEXT_WORD.match(match.string, match.end())
    return found[1] if found else ""


def _abbreviations(language: European) -> Iterator[Rule]:
    table = dict(language.closing_abbreviations)
    if not table:
        return

    def say(match: re.Match[str]) -> str:
        words = table[" ".join(match[0].split())]
        text, end = match.string, match.end()
        if not match[0].endswith("."):
            return words
        following = re.compile(r"\w").search(text, end)
        closes = following is None or (
            end < len(text) and text[end].isspace() and _starts(text, end, following.start())
        )
        return f"{words}." if closes and text[end : end + 1] not in (".", "…") else words

    pattern = rf"(?<![\w.]){any_of(table).replace(chr(92) + ' ', SPACE + '?')}(?!\w)"
    keys = {key.replace(" ", "") for key in table} | set(table)
    table |= {key.replace(" ", ""): words for key, words in table.items()}
    start = rf"(?<![\w.])[{re.escape(''.join(sorted({key[0] for key in keys})))}]"
    yield Rule(start, re.compile(pattern), say)


def _starts(text: str, end: int, following: int) -> bool:
    """Whether a sentence starts at `following`, after an abbreviation whose full stop is before `end`."""
    return text[following].isupper() and ends_sentence(text, max(0, end - 64), end - 1, following)


def _codes(language: European) -> Iterator[Rule]:
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
        before = words_before(match)[-3:]
        return language.digits(match[0]) if not language.codes_after.isdisjoint(before) else None

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


def _times(language: European) -> Iterator[Rule]:
    def clock(match: re.Match[str]) -> str | None:
        seconds = int(match["seconds"]) if match["seconds"] else None
        if not match["minutes"] and not match["half"]:
            return language.counted(Decimal(match["hours"]), language.hour_words)
        return language.clock(int(match["hours"]), int(match["minutes"] or 0), seconds, match["half"] or "")

    def date(match: re.Match[str]) -> str | None:
        if match["year"]:
            year, month, day = int(match["year"]), int(match["middle"]), int(match["day"])
        else:
            day, month, year = int(match["first"]), int(match["month"]), int(match["last"])
            if len(match["last"]) == 2:
                if match["mark"] == "-":
                    return None
                year += 1900 if year > 40 else 2000
        if month > 12 >= day and match["year"] is None:
            day, month = month, day
        try:
            return language.date(dt.date(year, month, day))
        except ValueError:
            return None

    half = "|".join(language.half_hours) or "(?!)"
    hours, ends = r"(?<![\w.,:/])(?P<hours>[01]?\d|2[0-4])", r"(?![\w:])"
    after = rf"(?:{SPACE}?(?:{language.hour_sign}){ends})?(?:{SPACE}?(?P<half>{half}){ends})?"
    minutes = r"(?P<minutes>[0-5]\d)"
    shapes = [
        rf"{hours}:{minutes}(?::(?P<seconds>[0-5]\d))?(?![\d:]|[.,]\d){after}",
        rf"{hours}\.{minutes}(?P<seconds>)(?={SPACE}?(?:{language.hour_sign}|{half}){ends}){after}",
        rf"{hours}(?P<minutes>)(?P<seconds>)(?={SPACE}?(?:{language.full_hour}|{half}){ends}){after}",
    ]
    if language.before_times:
        before = "|".join(rf"(?<={word} )" for word in sorted(language.before_times))
        shapes.append(rf"(?:{before}){hours}\.{minutes}(?P<seconds>)(?P<half>)(?![\w%°€]|[.,:/]\d|{SPACE}?[%°€$£])")
    if language.hour_letter:
        letter = rf"{SPACE}?[{language.hour_letter}]{SPACE}?"
        shapes.insert(0, rf"{hours}{letter}{minutes}(?P<seconds>){ends}(?!{SPACE}?m(?:in|n)?\b)(?:{SPACE}?(?P<half>{half}){ends})?")
    yield Rule(r"\d", _DATE, date)
    for shape in shapes:
        yield Rule(r"\d", re.compile(shape), clock)
    months = any_of(language.month_words)
    short = {name.rstrip(".").casefold(): number for number, name in enumerate(language.formats.month_abbreviations, 1)}
    long = {name.casefold(): number for number, name in enumerate(language.formats.month_names, 1)}

    def day(match: re.Match[str]) -> str:
        written = match["month"].rstrip(".").casefold()
        number = short.get(written) if written in short and written not in long else None
        month = language.month(number) if number else match["month"]
        spoken = language.day_and_month(language.day(int(match["day"])), month)
        return f"{spoken}{language.of_year(language.year(int(match['year'])) or '')}" if match["year"] else spoken

    def month_of_year(match: re.Match[str]) -> str:
        return f"{language.month(int(match['month']))}{language.of_year(language.year(int(match['year'])) or '')}"
    of = rf"{SPACE}(?:{language.day_of}{SPACE})?" if language.day_of else SPACE
    names = "|".join(rf"{re.escape(name)}\." if len(name) < 4 else rf"{re.escape(name)}\.?" for name in sorted(short, key=len)[::-1])
    yield Rule(
        r"\d",
        re.compile(
            rf"{_FREE}(?P<day>0?[1-9]|[12]\d|3[01])(?:º|°|er)?{of}(?P<month>{months}(?!\w)|(?:{names})(?![\w]))"
            rf"(?:{SPACE}(?:(?:{language.day_of}|del){SPACE})?(?P<year>[12]\d{{3}})(?![\w-]|[.,]\d))?"
            if language.day_of
            else rf"{_FREE}(?P<day>0?[1-9]|[12]\d|3[01])(?:º|°|er)?{of}(?P<month>{months}(?!\w)|(?:{names})(?![\w]))(?P<year>)",
            re.IGNORECASE,
        ),
        day,
    )
    yield Rule(r"\d", re.compile(rf"{_FREE}(?P<year>[12]\d{{3}})-(?P<month>0[1-9]|1[0-2])(?![\w-]|[.,/]\d)"), month_of_year)
    yield Rule(
        r"\d",
        re.compile(rf"(?<![\w.,-])\d{{1,2}}/(?=(?:\d{{1,2}}/)?\d{{1,2}}{of}{months}(?!\w))", re.IGNORECASE),
        lambda match: f"{language.whole(int(match[0][:-1]), '')} ",
    )
    yield Rule(
        r"\d",
        re.compile(rf"(?<!\w)(?:(?P<century>1[1-9]|20)|(?<=[a-z]{{2}}s )|(?<=\bos )|(?<=gli ))(?P<decade>[1-9]0)s(?!\w)"),
        lambda match: language.whole(int((match["century"] or "") + match["decade"]), ""),
    )


def _ordinals(language: European) -> Iterator[Rule]:
    marks = language.ordinal_marks

    def say(match: re.Match[str]) -> str | None:
        written = match["digits"]
        number = int(language.formats.decimal(written)) if written[0].isdecimal() else roman_value(written)
        gender = marks[match["mark"]]
        return language.short_ordinal(number, gender, next_word(match)) if 0 < number < 10**6 else None

    def degrees(match: re.Match[str]) -> str | None:
        noun = next_word(match)
        number = Decimal(match["digits"])
        if noun and match["sign"] is None and match["scale"] is None and noun.casefold() not in language.not_nouns and len(match["digits"]) < 4:
            return language.ordinal(int(number), language.gender(noun)) if number and "°" in marks else None
        words = language.counted(-number if match["sign"] else number, language.degree)
        return f"{words} {_SCALES[match['scale']]}" if match["scale"] else words

    if marks:
        grouped = r"\d{1,3}(?:[. \u00a0\u202f]\d{3}){1,3}|\d{1,6}" + ("|[IVX]|[IVXLCDM]{2,15}" if language.roman_ordinals else "")
        plain = {mark for mark in marks if mark != "°"}
        yield Rule(
            r"[\dIVXLCDM]" if language.roman_ordinals else r"\d",
            re.compile(rf"(?<![\w.,:/-])(?P<digits>{grouped})\.?(?P<mark>{any_of(plain)})(?!\w)"),
            say,
        )
    yield Rule(
        r"[-−]?\d",
        re.compile(rf"(?<![\w.,:/])(?P<sign>(?<![\w)\]])[-−])?(?P<digits>\d{{1,4}}){SPACE}?°(?:{SPACE}?(?P<scale>[CFKcfk])(?!\w))?(?!\w)"),
        degrees,
    )


def _fractions(language: European) -> Iterator[Rule]:
    units = {*language.formats.units, *language.after_numbers}

    def say(match: re.Match[str]) -> str | None:
        first, last = int(match["first"]), int(language.formats.decimal(match["last"]))
        if not last or len(match["first"]) > 3 or (first, last) == (24, 7):
            return None
        whole, names = match["whole"], language.unit_names(match["unit"]) if match["unit"] else None
        noun = names.one.partition(" ")[0] if names else next_word(match)
        if whole is not None:
            words = language.mixed(int(whole), first, last)
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


def _numbers(language: European) -> Iterator[Rule]:
    number = language.formats.number

    def between(match: re.Match[str]) -> str | None:
        first = _RANGE_START.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
        if first is None:
            return None
        if match[0] == " - " and "=" in match.string[match.end() : match.end() + _LOOK_BACK_CHARS]:
            return f" {language.minus} "
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
        return language.cardinal(value, language.gender(noun))

    dash = rf"(?<=[\dh]){SPACE}?[–—-]{SPACE}?(?=\d)"
    yield Rule(dash, re.compile(rf"(?<=[\dh])(?:-|{SPACE}-{SPACE}|{SPACE}?[–—]{SPACE}?)(?=(?P<last>{number}))"), between)
    yield Rule(r"\d", re.compile(rf"{_FREE}(?P<digits>\d{{1,3}}(?:,\d{{3}}){{1,4}}\.\d{{1,4}})(?![\w]|[.,]\d)"), american)
    yield Rule(r"\d", re.compile(rf"{_FREE}(?P<whole>\d{{1,6}})\.(?P<part>\d{{1,2}})(?![\w]|[.,/:]\d)"), point)
    yield Rule(
        r"\d",
        re.compile(rf"{_FREE}(?P<number>{number})(?!\w)(?={SPACE}(?P<noun>{_WORD})(?![\w'’]))"),
        counting,
    )


def _roman(language: European) -> Iterator[Rule]:
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
        if folded in language.articles and len(numeral) + len(after) > 3 and after[:1].isalpha():
            return language.roman_ordinal(number, language.gender(after))
        if number <= _MAX_MONARCH and before[:1].isupper() and not before.isupper() and not before.endswith("."):
            if len(numeral) > 1 or before in language.ordinal_roman_after:
                return language.regnal(number, before)
        return language.whole(number, "") if len(numeral) >= 4 else None

    def lower(match: re.Match[str]) -> str | None:
        number = roman_value(match["numeral"].upper())
        if not number or word_before(match).casefold() not in language.century_words:
            return None
        return language.century(number, follows=True)

    yield Rule(r"(?<!\w)[IVXLCDM]", _ROMAN, upper)
    yield Rule(
        rf"(?i:(?<={century}) )?(?<!\w)[ivxlc]" if False else r"(?<=[oe] )[ivxlc](?=[ivxlc]{0,7}\b)",
        _LOWER_ROMAN,
        lower,
    )
