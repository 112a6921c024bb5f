"""Chinese numbers, sums, ranges and ordinals."""

from __future__ import annotations

import re

from .chinese_reading import ChineseReading
from .chinese_words import OPERATORS, SCALES
from .digit_patterns import END, NUMBER, SHORTHAND
from .roman_numerals import roman_value
from .rule import Rule, any_of

_DASH = r" ?[-–—~～〜至] ?"
_LOOK_BACK_CHARS = 12
_NUMBER_AT_END = re.compile(rf"{NUMBER}$")
_NOT_MEASURES = frozenset("，。！？、；：）)”』」 \n")


_ROMAN = (
    r"(?:(?<=第)|(?<=[\u4e00-\u9fff])(?=[IVX]{2})"
    r"|(?<![A-Za-z])(?=[VX]{0,3}I[VXI]{0,3}[期级級型类類世代章卷部]))[IVX]{1,6}(?![A-Za-z])"
)


def number_rules(language: ChineseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    whole = language.whole

    def operator(match: re.Match[str]) -> str:
        return OPERATORS[match["sign"]]

    def difference(match: re.Match[str]) -> str | None:
        """Return the minus of a sum; a dash is one only beside spaces or an equals sign."""
        around = match.string[max(0, match.start() - 12) : match.end() + 12]
        return "减" if " " in match[0] or "=" in around else None

    def between(match: re.Match[str]) -> str | None:
        if match["dash"].strip() not in "-–—":
            return "到"
        if re.search(r"\d-\d{1,9}$", match.string[max(0, match.start() - _LOOK_BACK_CHARS) : match.start()]):
            return " "  # a code of several groups
        if match.string[match.end("last") :][:1] == "-":
            return " "
        first = _NUMBER_AT_END.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
        last, after = match["last"], match.string[match.end("last") : match.end("last") + 1]
        is_range = first is not None and float(first[0].replace(",", "")) < float(last.replace(",", ""))
        if is_range or (after and after not in _NOT_MEASURES):
            return "到"
        return "比" if len(last) < 3 else None

    def roman(match: re.Match[str]) -> str | None:
        number = roman_value(match[0])
        return whole(number, is_ordinal=True) if number and match[0] not in {"XX", "XXX"} else None

    def shorthand(match: re.Match[str]) -> str:
        return match[0].replace("2", " to ")

    def hash_sign(match: re.Match[str]) -> str:
        return f"{whole(int(match['n']))}号"

    def number_sign(match: re.Match[str]) -> str:
        return f"第{whole(int(match['n']), is_ordinal=True)}"

    def ordinal(match: re.Match[str]) -> str:
        return whole(int(match["n"].replace(",", "")), is_ordinal=True)

    def number(match: re.Match[str]) -> str | None:
        written, scale = match["n"], match["scale"] or ""
        following = match.string[match.end() : match.end() + 1]
        if written.isdecimal() and len(written) <= 2 and following in "月日号號时時分秒点點" and written[0] == "0":
            written = str(int(written))
        words = language.counted_number(written, following)
        if scale and words == "二":
            words = "两"
        words = f"{words}{SCALES.get(scale, scale)}"
        return f"负{words}" if match["minus"] else words

    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）])[-−])?"
    signs = any_of(sign for sign in OPERATORS if sign not in "-−")
    return [
        Rule(rf"(?<=[0-9)]) ?{signs}", re.compile(rf"(?<=[0-9)]) ?(?P<sign>{signs}) ?(?=[-−]?[0-9(])"), operator),
        Rule(r"(?<=\d) ?[-−]", re.compile(r"(?<=\d) ?[-−] ?(?=\d)"), difference),
        Rule(
            rf"(?<=\d){_DASH}(?=\d)",
            re.compile(rf"(?<=\d)(?P<dash>{_DASH})(?=(?P<last>{NUMBER}))"),
            between,
        ),
        Rule(r"[IVX]", re.compile(_ROMAN), roman),
        Rule(r"[A-Z]2[A-Z]", re.compile(SHORTHAND), shorthand),
        Rule("#", re.compile(r"#(?P<n>\d{1,4})(?![0-9A-Za-z])"), hash_sign),
        Rule(r"N[oO]", re.compile(r"(?<![0-9A-Za-z])N[oO]\.? ?(?P<n>\d{1,4})(?![0-9A-Za-z])"), number_sign),
        Rule(r"(?<=第)\d", re.compile(rf"(?<=第)(?P<n>\d{{1,3}}(?:,\d{{3}}){{1,5}}|\d{{1,20}}){END}"), ordinal),
        Rule(
            r"[-−]?\d",
            re.compile(
                rf"{minus}(?<![0-9A-Za-z_.,])(?P<n>{NUMBER})(?P<scale>[wW](?![A-Za-z])|[万亿萬億])?(?![0-9A-Za-z_]|[.,]\d)"
            ),
            number,
        ),
    ]
