"""Japanese dates, eras, days of the week and times of day."""

from __future__ import annotations

import re

from .digit_patterns import ALONE, END
from .japanese_reading import JapaneseReading
from .japanese_words import ERAS
from .rule import Rule

_DASH = r" ?(?:[-–—~～〜]|から) ?"
_DATE = rf"(?<![0-9A-Za-z_.,:/@#])(?P<y>\d{{4}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?P=mark)(?P<d>\d{{1,2}}){END}"
_MONTH = rf"{ALONE}(?:(?P<y>[12]\d{{3}})[-/.](?P<m>[01]\d)|(?P<m2>[01]\d)[-/.](?P<y2>[12]\d{{3}})){END}(?![-/])"
_DAY = rf"(?<![0-9A-Za-z_.,:/@#])(?P<m>\d{{1,2}})(?P<mark>[-/.])(?P<d>\d{{1,2}}){END}(?![-/])"
_DAY_AFTER = re.compile(r"から|まで|に|の|、|[(（][月火水木金土日]|頃|ごろ")
_DAY_BEFORE = re.compile(r"(?:から|まで|[〜～~])$")
_CLOCK = (
    r"(?<![0-9A-Za-z_.,:/@#])(?P<h>[01]?\d|2\d)[:：](?P<m>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?"
    r"(?: ?(?P<half>[ap]\.? ?m\.?|[AP]\.? ?M\.?)(?![A-Za-z]))?(?![0-9:])"
)
_HOUR = r"(?<![0-9A-Za-z_.,:/@#-])(?P<h>1[0-2]|\d) ?(?P<half>[ap]\.m\.|[AP]\.M\.|[ap]m|[AP]M)(?![A-Za-z])"
_WEEKDAYS = r"[(（](?P<first>[月火水木金土日])(?:曜日?)?(?:[〜～~-](?P<last>[月火水木金土日])|・(?P<holiday>祝))?[)）]"


def date_rules(language: JapaneseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    word = language.word

    def is_date(match: re.Match[str]) -> bool:
        return 1 <= int(match["m"] or match["m2"]) <= 12 and (
            "d" not in match.re.groupindex or 1 <= int(match["d"]) <= 31
        )

    def date(match: re.Match[str]) -> str | None:
        if not is_date(match):
            return None
        return language.with_counter(int(match["y"]), "年") + language.calendar(int(match["m"]), int(match["d"]))

    def month(match: re.Match[str]) -> str | None:
        year, number = int(match["y"] or match["y2"]), int(match["m"] or match["m2"])
        return language.with_counter(year, "年") + language.with_counter(number, "月") if 1 <= number <= 12 else None

    def day(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_padded = match["m"][0] == "0" or match["d"][0] == "0"
        is_marked = _DAY_AFTER.match(text, end) or _DAY_BEFORE.search(text, max(0, start - 2), start)
        is_day = is_padded if match["mark"] == "." else is_padded or is_marked
        if not is_day or not (1 <= int(match["m"]) <= 12 and 1 <= int(match["d"]) <= 31):
            return None
        return language.calendar(int(match["m"]), int(match["d"]))

    def era(match: re.Match[str]) -> str:
        return word(*ERAS[match["era"]]) + language.with_counter(int(match["y"] or match["years"]), "年")

    def era_date(match: re.Match[str]) -> str | None:
        year = word(*ERAS[match["era"]]) + language.with_counter(int(match["y"]), "年")
        return year + language.calendar(int(match["m"]), int(match["d"])) if 1 <= int(match["m"]) <= 12 else None

    def first_of_month(match: re.Match[str]) -> str:
        return language.calendar(int(match["m"]), int(match["d"]))

    def weekday(match: re.Match[str]) -> str:
        words = f" {language.weekday(match['first'])}"
        if match["last"]:
            words += language.range_word + language.weekday(match["last"])
        return words + (language.weekday("祝") if match["holiday"] else "")

    def clock(match: re.Match[str]) -> str | None:
        seconds = int(match["s"]) if match["s"] else None
        return language.clock(int(match["h"]), int(match["m"]), seconds, match["half"] or "")

    def hour(match: re.Match[str]) -> str:
        return language.clock(int(match["h"]), 0, None, match["half"])

    return [
        Rule(r"\d", re.compile(_DATE), date),
        Rule(r"\d", re.compile(_MONTH), month),
        Rule(r"\d", re.compile(_DAY), day),
        Rule(
            r"[RHSTM]\d",
            re.compile(r"(?<![A-Za-z0-9])(?P<era>[RHSTM])(?P<y>\d{1,2})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})(?![0-9.])"),
            era_date,
        ),
        Rule(
            r"[RHSTM]\.?\d",
            re.compile(r"(?<![A-Za-z0-9])(?P<era>[RHSTM])(?:\.(?P<y>\d{1,2})年?|(?P<years>\d{1,2})年)(?![0-9.])"),
            era,
        ),
        Rule(r"\d", re.compile(r"(?<![0-9])(?P<m>1[0-2]|0?[1-9])月(?P<d>0?1)日(?!間|目)"), first_of_month),
        Rule("[(（]", re.compile(_WEEKDAYS), weekday),
        Rule(r"\d", re.compile(_CLOCK), clock),
        Rule(r"\d", re.compile(_HOUR), hour),
    ]
