"""Japanese fractions, money and measures."""

from __future__ import annotations

import re

from .digit_patterns import NUMBER
from .japanese_reading import JapaneseReading
from .japanese_words import CURRENCIES, READINGS, SCALES, UNITS, UNITS_PER
from .rule import Rule, any_of

_DASH = r" ?(?:[-–—~～〜]|から) ?"


def amount_rules(language: JapaneseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    word, number_of = language.word, language.number

    def fraction(match: re.Match[str]) -> str | None:
        first, last = language.whole(int(match["a"])), language.whole(int(match["b"]))
        minus = language.minus if match["minus"] else ""
        if match["w"] and not match["root"]:
            return minus + language.mixed(int(match["w"]), int(match["a"]), int(match["b"]))
        return f"{minus}{last}{language.part_of}{'ルート' if match['root'] else ''}{first}"

    def spoken_fraction(match: re.Match[str]) -> str:
        return f"{language.whole(int(match['b']))}{language.part_of}"

    def money(match: re.Match[str]) -> str | None:
        name = CURRENCIES[match["code"]]
        words = amount(match["n"], match["scale"] or "", name)
        if match["first"]:
            words = f"{number_of(match['first'])}{language.range_word}{words}"
        return f"{language.minus}{words}" if match["minus"] else words

    def amount(written: str, scale: str, name: str) -> str | None:
        value = written.replace(",", "")
        unit = word(READINGS.get(name, name), name)
        if scale and "." not in value:
            value, scale = str(int(value) * SCALES[scale]), ""
        if scale:
            currency = language.counter_word(name) if name in language.counters else unit
            return f"{number_of(value)}{language.scale_word(scale)}{currency}"
        return language.before(value, name) if name in language.counters else f"{number_of(value)}{unit}"

    def measure(match: re.Match[str]) -> str:
        unit = UNITS_PER.get(match["unit"]) or UNITS[match["unit"]]
        words = (
            language.before(match["n"], unit)
            if unit in language.counters
            else f"{number_of(match['n'])}{unit_word(unit)}"
        )
        if match["first"]:
            words = f"{number_of(match['first'])}{language.range_word}{words}"
        return f"{language.minus if match['minus'] else ''}{words}"

    def unit_word(unit: str) -> str:
        kana = unit
        for kanji, reading in READINGS.items():
            kana = kana.replace(kanji, reading)
        return word(kana, unit)

    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）\u4e00-\u9fff])[-−]|(?<=[はがのをに])[-−])?"
    first = rf"(?:(?P<first>{NUMBER}){_DASH})?"
    scales = any_of(SCALES)
    currency = f"(?P<code>{any_of(CURRENCIES)})"
    units = any_of([*UNITS, *UNITS_PER])
    codes = "".join(sorted({re.escape(code) for code in CURRENCIES if len(code) == 1}))
    return [
        Rule(
            r"[-−√]?\d",
            re.compile(
                r"(?P<minus>(?<![0-9A-Za-z)])[-−])?(?P<root>√)?(?<![0-9./])"
                r"(?:(?P<w>\d{1,4}) )?(?P<a>\d{1,6}) ?[/⁄] ?(?P<b>[1-9]\d{0,11})(?![0-9/.])"
            ),
            fraction,
        ),
        Rule(r"\d", re.compile(r"(?<![0-9.])(?P<b>\d{1,4})分の(?=[-−√0-9一二三四五六七八九])"), spoken_fraction),
        Rule(
            rf"[-−]?(?:[{codes}]|[A-Z]{{1,3}}[$¥]? ?\d)",
            re.compile(rf"{minus}(?<![A-Za-z]){currency} ?{first}(?P<n>{NUMBER}) ?(?P<scale>{scales})?(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.]){first}(?P<n>{NUMBER}) ?(?P<scale>{scales})? ?{currency}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(
                rf"{minus}(?<![0-9.A-Za-z]){first}(?P<n>{NUMBER}) ?(?P<unit>{units})"
                r"(?:(?<=[%％‰℃])|(?![0-9A-Za-z/²³]))"
            ),
            measure,
        ),
    ]
