"""Dates, months, decades and times of day of European languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from .context import words_before
from .european_speech import EuropeanSpeech
from .rule import SPACE, Rule, any_of

_FREE = r"(?<![\w.,:/+])"
_DATE = re.compile(
    r"(?<![\w.,:/+-])(?:(?P<first>\d{1,2})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<last>\d{4}|\d{2})"
    r"|(?P<year>\d{4})(?P<sign>[./-])(?P<middle>\d{1,2})(?P=sign)(?P<day>\d{1,2}))(?![\w/-]|[.,]\d)"
)


def date_and_time_rules(language: EuropeanSpeech) -> Iterator[Rule]:
    """Yield the rules for a language."""

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
            pass
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        # No such day, but clearly meant as one: 30/2/2024.
        return language.day_and_month(language.day(day), language.month(month)) + language.of_year(year_words(year))

    def year_words(year: int) -> str:
        return language.year(year) or str(year)

    weekdays = language.formats.weekday_prefixes

    def duration(match: re.Match[str]) -> str | None:
        parts = []
        for unit in ("hour", "minute", "second"):
            names = language.names_of(f"duration-{unit}")
            if match[unit] and int(match[unit]) and names:
                parts.append(language.counted(Decimal(match[unit]), names) or "")
        if len(parts) == 3:
            parts.insert(2, language.and_word)
        return " ".join(filter(None, parts)) or None

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
        shapes.insert(
            0,
            rf"{hours}{letter}{minutes}(?P<seconds>){ends}(?!{SPACE}?m(?:in|n)?\b)(?:{SPACE}?(?P<half>{half}){ends})?",
        )
    yield Rule(r"\d", _DATE, date)
    yield Rule(
        r"\d",
        re.compile(
            rf"(?<![\w.,:/])(?P<hour>\d{{1,2}}){SPACE}?h{SPACE}?(?P<minute>\d{{1,2}}){SPACE}?m(?:in)?"
            rf"(?:{SPACE}?(?P<second>\d{{1,2}}){SPACE}?s(?:eg|ec|ek)?)?(?!\w)"
        ),
        duration,
    )
    for shape in shapes:
        yield Rule(r"\d", re.compile(shape), clock)
    months = any_of(language.month_words)
    short = {name.rstrip(".").casefold(): number for number, name in enumerate(language.formats.month_abbreviations, 1)}
    short |= {name.rstrip(".").casefold(): number for name, number in language.month_extras.items()}
    long = {name.casefold(): number for number, name in enumerate(language.formats.month_names, 1)}

    def day(match: re.Match[str]) -> str:
        written = match["month"].rstrip(".").casefold()
        number = short.get(written) if written in short and written not in long else None
        month = language.month(number) if number else match["month"]
        spoken = language.day_and_month(language.day(int(match["day"])), month)
        if not match["year"]:
            return spoken
        year = year_words(int(match["year"]))
        of = match["of"]
        return f"{spoken} {of} {year}" if of and of != language.day_of else f"{spoken}{language.of_year(year)}"

    def month_first(match: re.Match[str]) -> str:
        written = match["month"].rstrip(".").casefold()
        month = written if written in long else language.month(short[written])
        spoken = language.day_and_month(language.day(int(match["day"])), month)
        return f"{spoken}{language.of_year(year_words(int(match['year'])))}" if match["year"] else spoken

    def day_of_month(match: re.Match[str]) -> str | None:
        before = words_before(match)
        if not before or not (before[-1] in language.before_dates or f"{before[-1]}." in weekdays):
            return None
        return language.day_and_month(language.day(int(match["day"])), language.month(int(match["month"])))

    def month_of_year(match: re.Match[str]) -> str:
        return f"{language.month(int(match['month']))}{language.of_year(language.year(int(match['year'])) or '')}"

    of = rf"{SPACE}(?:{language.day_of}{SPACE})?" if language.day_of else SPACE
    names = "|".join(
        rf"{re.escape(name)}\." if len(name) < 4 else rf"{re.escape(name)}\.?" for name in sorted(short, key=len)[::-1]
    )
    year = rf"(?:{SPACE}(?:(?P<of>{language.day_of}|del){SPACE})?(?P<year>[12]\d{{3}})(?![\w-]|[.,]\d))?"
    year = year if language.day_of else "(?P<year>)(?P<of>)"
    if language.day_of:
        # "Abril 30", "junio 11 2000"; not "en abril 30 personas".
        later = rf",?{SPACE}(?:(?:{language.day_of}|del){SPACE})?(?P<year>[12]\d{{3}})(?![\w-]|[.,]\d)"
        later = rf"(?:{later}|(?=\s*$|[.,;:!?)](?!\d)))"
        yield Rule(
            rf"(?i:(?<!\w)(?:{months}|{names}){SPACE}\d)",
            re.compile(
                rf"(?<!\w)(?P<month>{months}(?!\w)|(?:{names})(?!\w)){SPACE}"
                rf"(?P<day>0?[1-9]|[12]\d|3[01])(?![\w/-]){later}",
                re.IGNORECASE,
            ),
            month_first,
        )
    weekday = any_of(weekdays)
    yield Rule(
        rf"(?<!\w){weekday}",
        re.compile(
            rf"(?<!\w)(?P<weekday>{weekday})(?=,?{SPACE}\d{{1,2}}(?:[./]\d|(?:\.|º|er)?{of}(?:{months}(?!\w)|(?:{names})(?!\w))))",
        ),
        lambda match: weekdays[match["weekday"]],
    )
    yield Rule(
        r"\d",
        re.compile(
            rf"{_FREE}(?P<day>0?[1-9]|[12]\d|3[01])(?:º|°|er)?{of}(?P<month>{months}(?!\w)|(?:{names})(?!\w)){year}",
            re.IGNORECASE,
        ),
        day,
    )
    yield Rule(
        r"\d",
        re.compile(
            rf"(?:(?<={SPACE})|(?<=['’]))(?P<day>0?[1-9]|[12]\d|3[01])/(?P<month>0?[1-9]|1[0-2])(?![\w/%]|[.,:]\d)"
        ),
        day_of_month,
    )
    yield Rule(
        r"\d", re.compile(rf"{_FREE}(?P<year>[12]\d{{3}})-(?P<month>0[1-9]|1[0-2])(?![\w-]|[.,/]\d)"), month_of_year
    )
    yield Rule(
        r"\d",
        re.compile(rf"(?<![\w.,-])\d{{1,2}}/(?=(?:\d{{1,2}}/)?\d{{1,2}}{of}{months}(?!\w))", re.IGNORECASE),
        lambda match: f"{language.whole(int(match[0][:-1]), '')} ",
    )
    yield Rule(
        r"\d",
        re.compile(r"(?<!\w)(?:(?P<century>1[1-9]|20)|(?<=[a-z]{2}s )|(?<=\bos )|(?<=gli ))(?P<decade>[1-9]0)s(?!\w)"),
        lambda match: language.whole(int((match["century"] or "") + match["decade"]), ""),
    )
