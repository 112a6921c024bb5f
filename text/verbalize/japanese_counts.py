"""Japanese numbers with counters, sums, ranges and scores."""

from __future__ import annotations

import re

from .digit_patterns import ALONE, NUMBER, SHORTHAND
from .japanese_reading import JapaneseReading
from .japanese_words import OPERATORS, SCALES
from .roman_numerals import roman_value
from .rule import Rule, any_of

_DASH = r" ?(?:[-–—~～〜]|から) ?"
_LOOK_BACK_CHARS = 12
_SHORT_CHARS = 24
_NUMBER_AT_END = re.compile(rf"{NUMBER}$")


_ROMAN = (
    r"(?:(?<=第)|(?<=[\u4e00-\u9fffァ-ヶー])(?=[IVX]{2})|(?<![A-Za-z])(?=[VX]{0,3}I[VXI]{0,3}[期級型類世代章巻部相]))"
    r"[IVX]{1,6}(?![A-Za-z])"
)


def count_rules(language: JapaneseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    word, number_of = language.word, language.number

    def score(match: re.Match[str]) -> str | None:
        if match["mark"] not in ":：" and not re.match(
            r"[\u4e00-\u9fffァ-ヶー]", match.string[max(0, match.start() - 1) : match.start()]
        ):
            return None
        return f"{language.whole(int(match['a']))}{language.versus}{language.whole(int(match['b']))}"

    def operator(match: re.Match[str]) -> str:
        return word(*OPERATORS[match["sign"]])

    def root(match: re.Match[str]) -> str:
        return f"{language.minus if match['minus'] else ''}ルート"

    def difference(match: re.Match[str]) -> str | None:
        around = match.string[max(0, match.start() - 12) : match.end() + 12]
        return language.minus if " " in match[0] or re.search("[=≥>]", around) else None

    def between(match: re.Match[str]) -> str | None:
        text, end = match.string, match.end()
        before = text[max(0, match.start() - _LOOK_BACK_CHARS) : match.start()]
        if match["dash"].strip() not in "-–—" or re.search(r"\d[:：./]\d{2}$", before):
            return language.range_word
        if re.search("[=≥>]", text[end : end + 12]):
            return None
        if re.search(r"\d-\d{1,9}$", before):
            return " "  # a code of several groups
        first = _NUMBER_AT_END.search(text, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
        last = re.compile(NUMBER).match(text, end)
        counts = last is not None and re.match(
            r"[\u3005\u4e00-\u9fffァ-ヶa-zA-Z%％℃°]", text[last.end() : last.end() + 1]
        )
        if first is None or last is None:
            return None
        if len(text) < _SHORT_CHARS and text.strip() == text[first.start() : last.end()]:
            return language.minus  # nothing but a difference
        if counts or float(first[0].replace(",", "")) < float(last[0].replace(",", "")):
            return language.range_word
        return language.versus if len(last[0]) < 3 else " "

    def wave(match: re.Match[str]) -> str:
        return language.range_word

    def roman(match: re.Match[str]) -> str | None:
        number = roman_value(match[0])
        return language.whole(number) if number and match[0] not in {"XX", "XXX"} else None

    def shorthand(match: re.Match[str]) -> str:
        return match[0].replace("2", " to ")

    def large(match: re.Match[str]) -> str | None:
        total = 0
        for count, scale in re.findall(r"(\d+)(百万|千万|百億|千億|[千百万億兆]?)", match["parts"]):
            total += int(count) * SCALES.get(scale, 1)
        return counted(match, str(total))

    def counted(match: re.Match[str], written: str) -> str | None:
        counter = match["counter"] or ""
        minus = language.minus if match["minus"] else ""
        sign = word(language.ordinal_sign, "第") if match["ordinal"] else ""
        words = language.before(written, counter) if counter else number_of(written)
        return f"{sign}{minus}{words}" if words else None

    def number(match: re.Match[str]) -> str | None:
        written, scale = match["n"], match["scale"] or ""
        if scale and "." in written:
            counter = match["counter"] or ""
            minus = language.minus if match["minus"] else ""
            unit = language.counter_word(counter) if counter else ""
            return f"{minus}{number_of(written)}{language.scale_word(scale)}{unit}"
        if scale:
            written = str(int(written.replace(",", "")) * SCALES[scale])
        return counted(match, written)

    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）\u4e00-\u9fff])[-−]|(?<=[はがのをに])[-−])?"
    scales = any_of(SCALES)
    in_katakana = [counter for counter in language.counters if re.fullmatch("[ァ-ヶー]+", counter)]
    in_kanji = [counter for counter in language.counters if counter not in in_katakana]
    counters = rf"(?P<counter>{any_of(in_kanji)}|{any_of(in_katakana)}(?![ァ-ヶー]))?"
    large_scales = "(?:百万|千万|百億|千億|[千百万億兆])"
    signs = any_of(OPERATORS)
    return [
        Rule(
            r"\d",
            re.compile(
                rf"{ALONE}(?P<a>\d{{1,3}})(?P<mark>[:：-])(?P<b>\d{{1,3}})(?![0-9:：/.%-]|[\u4e00-\u9fffA-Za-z])"
            ),
            score,
        ),
        Rule(rf"(?<=[0-9)]) ?{signs}", re.compile(rf"(?<=[0-9)]) ?(?P<sign>{signs}) ?(?=[-−]?[0-9(])"), operator),
        Rule("[-−]?√", re.compile(r"(?P<minus>[-−])?√(?=\d)"), root),
        Rule(rf"(?<=\d){_DASH}(?=\d)", re.compile(rf"(?<=\d)(?P<dash>{_DASH})(?=\d)"), between),
        Rule(r"(?<=\d) ?[-−]", re.compile(r"(?<=\d) ?[-−] ?(?=\d)"), difference),
        Rule("[〜～~]", re.compile(r"(?<=[0-9\u4e00-\u9fff)）])[〜～~] ?(?=[0-9A-Z\u4e00-\u9fff])"), wave),
        Rule(r"[IVX]", re.compile(_ROMAN), roman),
        Rule(r"[A-Z]2[A-Z]", re.compile(SHORTHAND), shorthand),
        Rule(
            r"(?:第|[-−])?\d",
            re.compile(
                rf"(?P<ordinal>第)?{minus}(?<![0-9A-Za-z_.,])"
                rf"(?P<parts>(?:\d{{1,4}}{large_scales}){{2,5}}\d{{0,4}}|\d{{1,4}}{large_scales}\d{{1,4}})(?![0-9.,]){counters}"
            ),
            large,
        ),
        Rule(
            r"(?:第|[-−])?\d",
            re.compile(
                rf"(?P<ordinal>第)?{minus}(?<![0-9A-Za-z_.,])(?P<n>{NUMBER})(?![0-9]|[.,]\d)(?P<scale>{scales})?{counters}"
            ),
            number,
        ),
    ]
