"""Read dates and times of day."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import SPACE, Rule

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"


def date_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for dates and times of day."""
    formats = language.formats
    shapes = "|".join(filter(None, (_ISO_DATE, formats.date_shape)))

    def date(match: re.Match[str]) -> str | None:
        value = formats.date(match[0])
        return language.date(value) if value else None

    def time(match: re.Match[str]) -> str | None:
        seconds = int(match["seconds"]) if match["seconds"] else None
        return language.clock(int(match["hours"]), int(match["minutes"]), seconds, match["half"] or "")

    halves = rf"(?:{SPACE}?(?P<half>{'|'.join(language.half_hours)})(?!\w))?" if language.half_hours else "(?P<half>)"
    clock = r"(?:(?<![\w:/])(?<!\d[.,])|(?<=\dT))(?P<hours>[01]?\d|2[0-4])"
    clock += r":(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?(?![\d:])"
    clock += halves
    return [
        Rule(r"\d", re.compile(rf"(?<![\w.,:/+-])(?:{shapes})(?!(?!T\d)[\w/-]|[.]\d)"), date),
        Rule(r"\d", re.compile(clock), time),
    ]
