"""Read phone numbers, PINs, addresses of computers and versions."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import Rule, word_before

_PHONE = r"(?<![\w.,:/-])(?:\+\d{1,3}[ .-]?)?(?:\(0?\d{1,5}\)[ ./-]?)?\d{1,5}(?:[ .-]\d{2,5}){0,5}(?:-\d)?"
_PHONE += r"(?![\w-]|[.,]\d)"
_VERSION = r"(?<![\w.])v?\d{1,5}(?:\.\d{1,5}){2,5}(?![\w]|\.\d)|(?<!\w)v\d{1,4}(?:\.\d{1,5})?(?![\w]|\.\d)"
_VANITY = r"(?<![\w.,:/+-])(?:(?P<lead>\d)-)?(?P<area>[089]\d\d)-(?P<name>[^\W_]{1,12}(?:-[^\W_]{1,12}){0,4})(?![\w-])"
"""1-800-FLOWERS"""
_NAME_PART = re.compile(r"\d+|[^\W\d_]+")
_GROUP = re.compile(r"\d+")


def code_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for codes."""
    is_number = re.compile(language.formats.number)

    def phone(match: re.Match[str]) -> str | None:
        groups = _GROUP.findall(match[0])
        n_digits = sum(map(len, groups))
        international = match[0].startswith("+")
        if not 7 <= n_digits <= 16 or len(groups) < 2 or not (international or "(" in match[0] or is_phone(groups)):
            return None
        words = language.phone(groups)
        plus = language.signs.get("+", "")
        return f"{plus} {words}" if words and international and plus else words

    def is_phone(groups: list[str]) -> bool:
        """Whether groups without a country or area code in brackets are a phone number rather than a sum."""
        sizes = tuple(map(len, groups))
        return sizes in language.phone_sizes

    def vanity(match: re.Match[str]) -> str | None:
        name = match["name"]
        if not any(map(str.isalpha, name)) or not (match["lead"] or name.isupper()):
            return None
        groups = [language.number(match["area"]) or ""]
        groups = [language.digits(match["lead"]) or "", *groups] if match["lead"] else groups
        parts = _NAME_PART.findall(name)
        spoken = (language.digits(part) or part if part.isdecimal() else part for part in parts)
        return ", ".join([*groups, " ".join(spoken)])

    def version(match: re.Match[str]) -> str | None:
        point = language.point
        groups = _GROUP.findall(match[0])
        is_address = len(groups) == 4 and match[0][0] != "v"
        is_host = is_address and any(len(group) > 2 for group in groups)
        numbers = [(language.digits if is_host else language.number)(group) for group in groups]
        if not point or None in numbers or is_number.fullmatch(match[0]):
            return None
        words = f" {language.web.get('.', point) if is_address else point} ".join(
            number for number in numbers if number
        )
        return f"{language.version} {words}" if match[0][0] == "v" else words

    def code(match: re.Match[str]) -> str | None:
        return language.digits(match[0]) if word_before(match).casefold().rstrip(".:") in language.codes_after else None

    rules = [
        Rule(r"[+(]?\d", re.compile(_PHONE), phone),
        Rule(r"\d", re.compile(_VANITY), vanity),
        Rule(r"v?\d", re.compile(_VERSION), version),
    ]
    if language.codes_after:
        rules.append(Rule(r"\d", re.compile(r"(?<![\w.,-])\d{3,12}(?![\w-]|[.,]\d)"), code))
    return rules
