"""Mandarin, and written Cantonese, in simplified and traditional characters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from .chinese_words import SIGNS, WEB
from .language import SpokenLanguage
from .locale_formats import LocaleFormats

_DIGITS = "零一二三四五六七八九"
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
_SIMPLIFIED = "两点负亿万国欧镑韩卢约于减乘对时间后个从页号区码斜杠艾减摄华顷厘伏瓦兆赫焦卡节桶币马约圆"
_TRADITIONAL = "兩點負億萬國歐鎊韓盧約於減乘對時間後個從頁號區碼斜槓艾減攝華頃釐伏瓦兆赫焦卡節桶幣馬約圓"
_MAX_DIGITS = 20

MEASURE_WORDS = (
    "个個只隻本张張条條件位名次天年周週岁歲块塊元米升斤克吨噸杯瓶碗家间間辆輛台臺部座栋棟层層倍种種类類项項句篇首段封支枝根颗顆粒片套双雙"
    "对對群批场場届屆遍趟回口头頭匹棵朵把艘架门門幅排行列组組队隊步罐盒箱包袋桶份顿頓桌点點成代人期秒度公平英厘毫釐"
)
"""Characters before which two is 两 rather than 二."""


class ChineseReading(SpokenLanguage):
    """Mandarin. All words are written in simplified characters and converted for traditional ones."""

    signs = SIGNS
    web = WEB
    minus = "负"
    point = "点"
    version = "版本"
    range_word = "到"

    def __init__(self, formats: LocaleFormats) -> None:
        super().__init__(formats)
        is_default = not formats.script and (formats.base == "yue" or self.code.partition("_")[2] in {"TW", "HK", "MO"})
        self.is_traditional = formats.script == "Hant" or is_default
        self.characters = str.maketrans(_SIMPLIFIED, _TRADITIONAL) if self.is_traditional else {}

    # Numbers.

    def whole(self, number: int, *, is_ordinal: bool = False) -> str:
        """Return a whole number below 10**20: "两千零五十"; with 二 throughout if it is an ordinal."""
        if number < 10:
            return _DIGITS[number]
        groups = []
        rest = number
        while rest:
            rest, group = divmod(rest, 10_000)
            groups.append(group)
        words = ""
        for place in range(len(groups) - 1, -1, -1):
            group = groups[place]
            if not group:
                continue
            if words and (group < 1000 or groups[place + 1] == 0):
                words += "零"
            if group == 2 and place and not is_ordinal:
                words += "两"
            else:
                # One ten is 十 at the beginning and before 万 and 亿, else 一十.
                words += _group(group, is_short=not words or place > 0, is_ordinal=is_ordinal)
            words += _GROUPS[place]
        return words

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number: "负一百二十三点一二三"."""
        size = abs(number)
        _, _, decimals = f"{size:f}".partition(".")
        words = self.whole(int(size)) + (f"点{self.digits(decimals)}" if decimals else "")
        return f"负{words}" if number < 0 else words

    def digits(self, digits: str) -> str:
        """Return digits one by one."""
        return "".join(_DIGITS[int(digit)] for digit in digits)

    def phone_digits(self, digits: str) -> str:
        """Return the digits of a phone number or code one by one, one being 幺."""
        return self.digits(digits).replace("一", "幺")

    def number(self, written: str) -> str | None:
        """Return a number; digit by digit with a zero at its start, or if it is long and not round."""
        integer, mark, decimals = written.replace(",", "").partition(".")
        if len(integer) > 1 and integer[0] == "0" and not mark:
            return self.digits(integer)
        if len(integer) > _MAX_DIGITS or (
            len(integer) > 10 and "," not in written and integer.count("0") * 2 < len(integer)
        ):
            return self.digits(integer) + (f"点{self.digits(decimals)}" if mark else "")
        return self.whole(int(integer)) + (f"点{self.digits(decimals)}" if mark else "")

    def year(self, year: int) -> str:
        """Return a year digit by digit."""
        return self.digits(str(year))

    # Expressions.

    def counted_number(self, written: str, following: str) -> str | None:
        """Return a number before the character `following`: "两" before a measure word."""
        if written == "2" and following and following in MEASURE_WORDS:
            return "两"
        return self.number(written)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str:
        """Return a time: "上午八点", "两点零二分", "十三点十分三十六秒"."""
        part = ("上午" if half[0] in "aA" else "下午") if half else ""
        words = part + ("两" if hours == 2 else self.whole(hours)) + "点"
        if minutes or seconds is not None:
            words += f"{'零' if 0 < minutes < 10 else ''}{self.whole(minutes)}分"
        if seconds is not None:
            words += f"{self.whole(seconds)}秒"
        return words

    def date(self, date: dt.date) -> str:
        """Return a date: "二零二四年五月三日"."""
        return f"{self.year(date.year)}年{self.whole(date.month)}月{self.whole(date.day)}日"

    def fraction(self, numerator: int, denominator: int) -> str:
        """Return a fraction: "四分之三"."""
        return f"{self.whole(denominator)}分之{self.whole(numerator)}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str:
        """Return a number with a fraction: "二又七分之一"."""
        return f"{self.whole(whole)}又{self.fraction(numerator, denominator)}"

    def phone(self, groups: Sequence[str]) -> str:
        """Return the groups of a phone number, digit by digit."""
        return "，".join(map(self.phone_digits, groups))


def _group(number: int, *, is_short: bool, is_ordinal: bool) -> str:
    """Return a number below 10,000 in words."""
    words = ""
    has_zero = False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if not digit:
            has_zero = True
            continue
        if has_zero and words:
            words += "零"
        has_zero = False
        is_ten = size == 10 and digit == 1 and not words and is_short
        digit_word = "两" if digit == 2 and size >= 100 and not is_ordinal else _DIGITS[digit]
        words += ("" if is_ten else digit_word) + name
    return words
