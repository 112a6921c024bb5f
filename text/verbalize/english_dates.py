"""Dates and times of day as English writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from .rule import SPACE, Rule, any_of, rule_of, word_at_end, word_before

if TYPE_CHECKING:
    from .english import English

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DASH = "[-–]"


def date_rules(language: English, months: Sequence[str]) -> list[Rule]:
    """Return the rules for dates."""
    names = {month: month for month in months} | {month[:3]: month for month in months} | {"Sept": "September"}
    month = rf"(?P<month>{any_of(names)})\.?"
    day = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
    to = rf"(?:{SPACE}?{_DASH}{SPACE}?(?P<last>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)?"
    year = rf"(?P<year>,?{SPACE}(?:1\d|20)\d\d(?![\d,]\d|\.\d|[-–]\d{{1,2}}(?!\d)|:))?"
    end = r"(?![\w:/]|[.,]\d)"

    def american(match: re.Match[str]) -> str | None:
        name = names[match["month"]]
        if name == "May" and match["month"] != "May":
            return None
        words = f"{name} {language.ordinal(int(match['day']))}"
        if match["last"]:
            words += f" to {language.ordinal(int(match['last']))}"
        return words + year_words(match)

    def british(match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        article = "" if before in {"the", "every", "this", "last", "next"} else "the "
        first, name = int(match["day"]), names[match["month"]]
        if match["last"]:
            first_words = f"{article}{language.ordinal(first)} to "
            return first_words + language.day_of_month(int(match["last"]), name, british=True) + year_words(match)
        return language.day_of_month(first, name, british=True, article=article) + year_words(match)

    def year_words(match: re.Match[str]) -> str:
        return f", {language.year(int(match['year'][-4:]))}" if match["year"] else ""

    def short(match: re.Match[str]) -> str | None:
        first, second = int(match["first"]), int(match["second"])
        number, day_number = (first, second) if language.is_american else (second, first)
        if not (1 <= number <= 12 and 1 <= day_number <= 31):
            return None
        year_number = int(match["year"])
        year_number += 2000 if year_number < 50 else 1900
        return f"{language.day_of_month(day_number, months[number - 1])}, {language.year(year_number)}"

    days = {day[:3]: day for day in _WEEKDAYS} | {"Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday"}

    return [
        rule_of(
            rf"(?<!\w){any_of(days)}\.?,?{SPACE}",
            rf"(?<!\w)(?P<day>{any_of(days)})(?:\.|(?=,))(?=,?{SPACE}(?:{any_of(names)}|\d))",
            lambda match: days[match["day"]],
        ),
        rule_of(
            r"(?<=[a-z])[-–][A-Z]",
            rf"(?:(?<=day)|(?<=[a-z]{{3}}))[-–](?=(?:{any_of([*_WEEKDAYS, *months])})(?!\w))",
            lambda match: " to " if word_at_end(match) in {*_WEEKDAYS, *months} else None,
        ),
        rule_of(
            rf"(?<!\w){any_of(names)}\.?{SPACE}\d",
            rf"(?<!\w){month}{SPACE}{day}{to}{year}{end}",
            american,
        ),
        rule_of(r"\d", rf"(?<![\w.,:/$€£-]){day}{to}{SPACE}(?:of{SPACE})?{month}{year}(?![\w/])", british),
        rule_of(r"\d", r"(?<![\w/.-])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d\d)(?![\w/]|[.-]\d)", short),
        rule_of(r"(?<=\d)T\d", r"(?<=\d\d)T(?=\d\d:\d\d)", lambda match: " at "),
    ]


def clock_rules(language: English) -> list[Rule]:
    """Return the rules for hours and ratios, which look like times."""
    half = r"(?P<half>[ap]\.\s?m\.|[AP]\.\s?M\.|[ap]m\b\.?|[AP]M\b\.?)"

    def hour(match: re.Match[str]) -> str:
        words = language.cardinal(Decimal(match["hour"])) or ""
        return f"{words} {language.half_of_day(match['half'])}"

    def ratio(match: re.Match[str]) -> str | None:
        return f"{language.cardinal(Decimal(match['first']))} to {language.cardinal(Decimal(match['second']))}"

    return [
        rule_of(r"\d", rf"(?<![\w.,:/])(?P<hour>1[0-2]|0?[1-9]){SPACE}?{half}(?!\w)", hour),
        rule_of(r"\d", r"(?<![\w.,:/])(?P<first>\d{1,3}):(?P<second>\d|\d{3})(?![\w:]|[.,]\d)", ratio),
        rule_of(
            r"(?<=[mM])\.?[-–]\d", rf"(?<=[ap]m){_DASH}(?=\d)|(?<=[ap]\.m\.){_DASH}(?=\d)|(?<=[AP]M){_DASH}(?=\d)", _to
        ),
        rule_of(
            r"(?<=\w)[-–]\d",
            r"(?<=\w)–(?=\d)",
            lambda match: None if match.string[match.start() - 1].isdecimal() else " to ",
        ),
    ]


def _to(match: re.Match[str]) -> str:
    return " to "
