"""Dates and times of day as English writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .english_speech import EnglishSpeech
from .rule import SPACE, Rule, any_of, rule_of, word_at_end, word_before, word_set

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DASH = "[-–]"
_VERSES = word_set("verse verses psalm psalms chapter surah sura")
_NOT_BOOKS = word_set(
    "a about after an around at before between beyond by final for from in is it lost mix no odds of on or over past"
    " proportion proportions rate ratio ratios roughly scale score scores since split the then till to until was with"
    " won"
)
"""Words in front of hours and ratios that may start a sentence; other words with a capital are names of books."""
_TIME_BEFORE = re.compile(r"(?:[ap]\.?m\.?|:\d\d) $", re.IGNORECASE)


def date_rules(language: EnglishSpeech, months: Sequence[str]) -> list[Rule]:
    """Return the rules for dates."""
    names = {month: month for month in months} | {month[:3]: month for month in months} | {"Sept": "September"}
    for month in [*names]:
        if month not in {"May", "Mar", "March"}:
            names |= {month.lower(): names[month]}
        names |= {month.upper(): names[month]}
    month = rf"(?P<month>{any_of(names)})\.?"
    day = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
    to = rf"(?:{SPACE}?{_DASH}{SPACE}?(?P<last>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)?"
    year = rf"(?P<year>,?{SPACE}(?:1\d|20)\d\d(?![\d,]\d|\.\d|[-–]\d{{1,2}}(?!\d)|:))?"
    end = r"(?![\w:/]|[.,]\d)"
    certain_month = rf"(?P<month>{any_of([*names, 'may', 'march', 'mar'])})\.?"
    certain_year = r"(?P<year>(?:1\d|20)\d\d)(?![\w-]|[.,/]\d)"

    def american(match: re.Match[str]) -> str | None:
        name = names[match["month"]]
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

    def end_of(match: re.Match[str]) -> str:
        return "." if match[0].endswith(".") and match["ends"] is not None else ""

    def numeric(match: re.Match[str]) -> str | None:
        """2016/07/03, 15-01-2020, 15.01.2020, 01-15-2020."""
        if match["first"] is None:
            year_number, number, day_number = (int(match[key]) for key in ("begin", "second", "third"))
        else:
            first, second, year_number = (int(match[key]) for key in ("first", "middle", "end"))
            is_american = second > 12 or (first <= 12 and language.is_american)
            number, day_number = (first, second) if is_american else (second, first)
        if not (1 <= number <= 12 and 1 <= day_number <= 31):
            return None
        return f"{language.day_of_month(day_number, months[number - 1])}, {language.year(year_number)}"

    def joined(match: re.Match[str]) -> str:
        """Jan-15-2020, 15-Jan-2020, 17 may 2010: the month may be in lower case before a year."""
        written = match["month"]
        name, number = names.get(written) or names[written.capitalize()], int(match["day"])
        is_british = match.start("day") < match.start("month")
        year = f", {language.year(int(match['year']))}" if match["year"] else ""
        return language.day_of_month(number, name, british=is_british) + year

    return [
        rule_of(r"\d", rf"(?<![\w.,:/$€£-]){day}[ \u00a0-]{certain_month}[ \u00a0-]{certain_year}", joined),
        rule_of(
            rf"(?<!\w){any_of(names)}\.?-\d",
            rf"(?<![\w-]){month}-{day}(?:-{certain_year})?(?![\w-]|[.,/]\d)",
            joined,
        ),
        rule_of(
            rf"(?<!\w){any_of(days)}\.?{_DASH}",
            rf"(?<!\w)(?P<first>{any_of(days)})\.?{_DASH}(?P<last>{any_of(days)})(?!\w)\.?(?=(?P<ends>\s+[A-Z]|\s*$)?)",
            lambda match: f"{days[match['first']]} to {days[match['last']]}{end_of(match)}",
        ),
        rule_of(
            r"\d",
            r"(?<![\w/.-])(?:(?P<begin>\d{4})(?P<sign>[/.-])(?P<second>\d{1,2})(?P=sign)(?P<third>\d{1,2})"
            r"|(?P<first>\d{1,2})(?P<mark>[-./])(?P<middle>\d{1,2})(?P=mark)(?P<end>(?:1\d|20)\d\d))(?!(?!T\d)[\w/-]|[.]\d)",
            numeric,
        ),
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


def clock_rules(language: EnglishSpeech) -> list[Rule]:
    """Return the rules for hours and ratios, which look like times."""
    units = {*language.formats.units, *language.after_numbers, *language.formats.scales, "percent", "per cent"}
    half = r"(?P<half>[ap]\.\s?m\b\.?|[AP]\.\s?M\b\.?|[ap]m\b\.?|[AP]M\b\.?)"

    def hour(match: re.Match[str]) -> str:
        words = language.cardinal(Decimal(match["hour"])) or ""
        return f"{words} {language.half_of_day(match['half'])}"

    def dotted(match: re.Match[str]) -> str | None:
        return language.clock(int(match["hour"]), int(match["minutes"]), None, match["half"])

    def british(match: re.Match[str]) -> str | None:
        """At 5.30."""
        if language.is_american or word_before(match).casefold() not in {"at", "until", "till"}:
            return None
        return language.clock(int(match["hour"]), int(match["minutes"]), None, "")

    def ratio(match: re.Match[str]) -> str | None:
        before = word_before(match)
        numbers = [language.cardinal(Decimal(match[group])) or "" for group in ("first", "second")]
        is_place = before.casefold() in _VERSES or (
            before[:1].isupper() and before[-1:].isalpha() and before.casefold() not in _NOT_BOOKS
        )
        if is_place and match["second"].startswith("0"):
            return None
        return (" " if is_place else " to ").join(numbers)

    return [
        rule_of(r"\d", rf"(?<![\w:/])(?<!\d[.,])(?P<hour>1[0-2]|0?[1-9]){SPACE}?{half}(?!\w)", hour),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/])(?P<hour>1[0-2]|0?[1-9])\.(?P<minutes>[0-5]\d){SPACE}?{half}(?!\w)",
            dotted,
        ),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/$€£-])(?P<hour>[01]?\d|2[0-3])\.(?P<minutes>[0-5]\d)(?![\w%-]|[.,:]\d|{SPACE}?{any_of(units)}(?!\w))",
            british,
        ),
        rule_of(
            r"(?<=[mMs.])[ \u00a0]?[-–]",
            r"(?:(?<=[ap]m)|(?<=[AP]M)|(?<=[ap]\.m\.)|(?<=\d0s))[ \u00a0]?[-–][ \u00a0]?(?=\d)",
            lambda match: " to ",
        ),
        rule_of(
            r"(?<=[mM.\d] )(?:[ecmp][sd]t|bst|cet|cest|gmt|utc|ist|jst|aest)(?!\w)",
            r"[a-z]{3,4}",
            lambda match: match[0].upper() if _TIME_BEFORE.search(match.string[: match.start()][-8:]) else None,
        ),
        rule_of(
            r"\d",
            r"(?<![\w.,:/])(?P<first>\d{1,3}):(?P<second>\d|\d{3}|(?<=[3-9]\d:)\d\d|(?<=2[5-9]:)\d\d|(?<=\d\d\d:)\d\d|(?<=:)[6-9]\d)(?![\w:]|[.,]\d)",
            ratio,
        ),
        rule_of(
            r"(?<=\w)[-–]\d",
            r"(?<=\w)–(?=\d)",
            lambda match: None if match.string[match.start() - 1].isdecimal() else " to ",
        ),
    ]
