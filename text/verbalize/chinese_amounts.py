"""Chinese percentages, fractions, money and measures."""

from __future__ import annotations

import re

from .chinese_reading import ChineseReading
from .chinese_words import CURRENCIES, SCALES, UNITS, UNITS_PER
from .digit_patterns import NUMBER
from .rule import Rule, any_of

_DASH = r" ?[-–—~～〜至] ?"


def amount_rules(language: ChineseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""

    def percent(match: re.Match[str]) -> str:
        name = "千分之" if match["sign"] == "‰" else "百分之"
        words = f"{name}{language.number(match['n'])}"
        if match["first"]:
            words = f"{name}{language.number(match['first'])}到{words}"
        return f"负{words}" if match["minus"] else words

    def fraction(match: re.Match[str]) -> str | None:
        first, last = int(match["a"]), int(match["b"])
        if (first, last) == (24, 7):
            return "七天二十四小时"
        if first > last >= 20:
            return f"{language.whole(first)}比{language.whole(last)}"  # blood pressure
        words = language.mixed(int(match["w"]), first, last) if match["w"] else language.fraction(first, last)
        return f"负{words}" if match["minus"] else words

    def money(match: re.Match[str]) -> str:
        scale = SCALES.get(match["scale"] or "", "")
        words = f"{language.number(match['n'])}{scale}{CURRENCIES[match['code']]}"
        if match["first"]:
            words = f"{language.number(match['first'])}到{words}"
        return f"负{words}" if match["minus"] else words

    def measure(match: re.Match[str]) -> str:
        unit = match["unit"]
        before, name = UNITS_PER.get(unit) or ("", UNITS.get(unit, ""))
        words = language.number(match["n"]) or ""
        if words == "二" and name not in {"", "摄氏度", "度"}:
            words = "两"
        if match["first"]:
            words = f"{language.number(match['first'])}到{words}"
        return f"{before}{'负' if match['minus'] else ''}{words}{name}"

    def per(match: re.Match[str]) -> str:
        return f"每{UNITS.get(match['unit'] or '', '')}"

    def decimal_in_name(match: re.Match[str]) -> str:
        return f"{match['name']} {language.number(match['n'])}"

    units = any_of([*UNITS, *UNITS_PER])
    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）])[-−])?"
    first = rf"(?:(?P<first>{NUMBER}){_DASH})?"
    scale = rf"(?P<scale>{any_of(SCALES)})?"
    currency = f"(?P<code>{any_of(CURRENCIES)})"
    signs = "".join(sorted({re.escape(code) for code in CURRENCIES if len(code) == 1}))
    return [
        Rule(r"[-−]", re.compile(r"(?<![0-9A-Za-z)\]）\u4e00-\u9fff])[-−](?=[百千万][分份]之)"), lambda match: "负"),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.])(?:(?P<first>{NUMBER})[%‰]?{_DASH})?(?P<n>{NUMBER}) ?(?P<sign>[%‰])"),
            percent,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(
                rf"{minus}(?<![0-9./第])(?:(?P<w>\d{{1,6}})[又 ])?"
                r"(?P<a>\d{1,6}) ?[/⁄] ?(?P<b>[1-9]\d{0,5})(?![0-9/.])"
            ),
            fraction,
        ),
        Rule(
            rf"[-−]?(?:[{signs}]|[A-Z]{{1,3}}[$¥]? ?\d)",
            re.compile(rf"{minus}(?<![A-Za-z]){currency} ?{first}(?P<n>{NUMBER}) ?{scale}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.]){first}(?P<n>{NUMBER}) ?{scale} ?{currency}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"(?<![0-9A-Za-z])[A-Za-z]{1,12}\d",
            re.compile(r"(?<![0-9A-Za-z])(?![vV]\d)(?P<name>[A-Za-z]{1,12})(?P<n>\d{1,4}\.\d{1,3})(?![0-9.])"),
            decimal_in_name,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(
                rf"{minus}(?<![0-9.A-Za-z]){first}(?P<n>{NUMBER}) ?(?P<unit>{units})(?![0-9A-Za-z²³]|/[A-Za-z])"
            ),
            measure,
        ),
        Rule(
            "/",
            re.compile(
                r"(?<=[元块塊角分万亿萬億A-Za-z])/(?:(?P<unit>m²|m2|kg|km|h|L)(?![A-Za-z0-9])|(?=[人个個斤公千平月年天日小时次周晚]))"
            ),
            per,
        ),
    ]
