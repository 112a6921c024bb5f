"""Japanese phone numbers and codes, digit by digit."""

from __future__ import annotations

import re

from .digit_patterns import CHAIN, RATIO
from .japanese_reading import JapaneseReading
from .rule import Rule

_PHONE = (
    r"(?<![0-9.,])(?:(?P<plus>\+\d{1,3})[- ]?)?(?:\(0\d{1,4}\) ?|（0\d{1,4}） ?|0\d{1,4}-)\d{1,4}-?\d{3,4}(?![0-9-])"
    r"|(?<![0-9.,])(?P<plus2>\+\d{1,3})[- ]?\d{1,4}(?:-?\d{1,4}){1,3}(?![0-9-])"
)
_CODE_BEFORE = re.compile(
    "(?:番号|暗証番号|コード|パスワード|内線|口座|郵便番号|〒|PIN|ID|型番|電話|ナンバー|会員番号|No\\.?)(?:は|：|:|が|の|\\s){0,2}$"
)
_LOOK_BACK_CHARS = 12


def code_rules(language: JapaneseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    word, number_of = language.word, language.number

    def phone(match: re.Match[str]) -> str:
        plus = match["plus"] or match["plus2"]
        rest = match[0][len(plus) :] if plus else match[0]
        words = language.phone(re.findall(r"\d+", rest))
        if not plus:
            return words
        joint = language.group_mark if rest[:1] == "-" else ""
        return f"プラス{language.digits(plus[1:])}{joint}{words}"

    def code(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_room = text.startswith(("号室", "便"), end) and len(match[0]) < 5
        if not is_room and not _CODE_BEFORE.search(text, max(0, start - _LOOK_BACK_CHARS), start):
            return None
        return language.phone(match[0].split("-"))

    def ip_address(match: re.Match[str]) -> str:
        return word("テン", "点").join(map(language.digits, match[0].split(".")))

    def number_sign(match: re.Match[str]) -> str:
        return f"{word('ナンバー', 'No.')}{number_of(match['n'])}"

    def chain(match: re.Match[str]) -> str:
        groups = match[0].split("-")
        words = (language.whole(int(group)) if len(group) < 3 else language.digits(group) for group in groups)
        return language.group_mark.join(words)

    def ratio(match: re.Match[str]) -> str:
        return language.versus.join(language.whole(int(number)) for number in re.findall(r"\d+", match[0]))

    return [
        Rule(r"[+(（]?\d", re.compile(_PHONE), phone),
        Rule(r"\d", re.compile(CHAIN), chain),
        Rule(r"\d", re.compile(RATIO), ratio),
        Rule(r"\d", re.compile(r"(?<![0-9.,-])\d{1,3}(?:\.\d{1,3}){3}(?![0-9.])"), ip_address),
        Rule(r"\d", re.compile(r"(?<![0-9,/-])(?<![0-9]\.)\d{2,20}(?:-\d{2,8}){0,3}(?![0-9%％℃°-]|[.,/]\d)"), code),
        Rule(r"N[oO]", re.compile(r"(?<![0-9A-Za-z])N[oO]\.? ?(?P<n>\d{1,6})(?![0-9A-Za-z])"), number_sign),
    ]
