"""Japanese: numbers with their counters in katakana, as they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from . import japanese_numbers
from .japanese_counters import COUNTERS, DAY_COUNTERS
from .japanese_words import SCALES, SIGNS, WEB
from .language import SpokenLanguage

_WEEKDAYS = {
    "月": "ゲツヨービ",
    "火": "カヨービ",
    "水": "スイヨービ",
    "木": "モクヨービ",
    "金": "キンヨービ",
    "土": "ドヨービ",
}
_WEEKDAYS |= {"日": "ニチヨービ", "祝": "シュクジツ"}
_MAX_DIGITS = 16


class JapaneseReading(SpokenLanguage):
    """Japanese. The methods that write numbers are all here, so that a subclass can write them in kanji."""

    signs = SIGNS
    web = WEB
    minus = "マイナス"
    point = "テン"
    version = "バージョン"
    range_word = "カラ"
    part_of = "ブンノ"
    ordinal_sign = "ダイ"
    group_mark = "ノ"
    versus = "タイ"

    # How numbers are written.

    def whole(self, number: int) -> str:
        """Return a whole number."""
        return japanese_numbers.whole(number)

    def decimals(self, integer: str, decimals: str) -> str:
        """Return a number with decimals."""
        return japanese_numbers.decimal(integer, decimals)

    def digits(self, digits: str) -> str:
        """Return digits one by one."""
        return japanese_numbers.digits(digits)

    def with_counter(self, number: int, counter: str) -> str:
        """Return a number with its counter, one of `counters`."""
        return japanese_numbers.counted(number, counter)

    def first_day(self) -> str:
        """Return the first day of a month."""
        return "ツイタチ"

    def weekday(self, character: str) -> str:
        """Return the day of the week of a character such as 月."""
        return _WEEKDAYS[character]

    def word(self, kana: str, kanji: str) -> str:
        """Return a word that belongs to a number."""
        return kana

    counters = (*COUNTERS, *DAY_COUNTERS)

    # Expressions.

    def number(self, written: str) -> str | None:
        """Return a number; digit by digit with a zero at its start or if it is very long."""
        integer, mark, decimals = written.replace(",", "").partition(".")
        if mark:
            return self.decimals(integer, decimals)
        if len(integer) > _MAX_DIGITS or (len(integer) > 1 and integer[0] == "0"):
            return self.digits(integer)
        return self.whole(int(integer))

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number."""
        words = self.number(f"{abs(number):f}")
        return f"{self.minus}{words}" if number < 0 else words

    def year(self, year: int) -> str:
        """Return a year without the word for it."""
        return self.whole(year)

    def before(self, written: str, counter: str) -> str | None:
        """Return a written number with a counter of `counters`, or one that is read as it is."""
        integer, mark, _ = written.replace(",", "").partition(".")
        if (
            mark
            or counter not in self.counters
            or (len(integer) > 1 and integer[0] == "0" and counter not in "月日時分秒")
        ):
            reading = self.number(written)
            return f"{reading}{self.counter_word(counter)}" if reading else None
        return self.with_counter(int(integer), counter)

    def counter_word(self, counter: str) -> str:
        """Return a counter's own reading."""
        return COUNTERS[counter].reading if counter in COUNTERS else {"日": "ニチ"}.get(counter, counter)

    def scale_word(self, scale: str) -> str:
        """Return a large number such as 万 after a number with decimals."""
        return self.whole(SCALES[scale]).removeprefix("イチ").removeprefix("イッ").removeprefix("一")

    def calendar(self, month: int, day: int) -> str:
        """Return a day of a month."""
        return f"{self.with_counter(month, '月')}{self.first_day() if day == 1 else self.with_counter(day, '日')}"

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str:
        """Return a time: 午後3時30分."""
        part = "" if not half else self.word("ゴゼン", "午前") if half[0] in "aA" else self.word("ゴゴ", "午後")
        words = part + self.with_counter(hours, "時")
        if minutes or seconds is not None:
            words += self.with_counter(minutes, "分")
        return words + (self.with_counter(seconds, "秒") if seconds is not None else "")

    def date(self, date: dt.date) -> str:
        """Return a date."""
        return self.with_counter(date.year, "年") + self.calendar(date.month, date.day)

    def fraction(self, numerator: int, denominator: int) -> str:
        """Return a fraction: 三分の一."""
        return f"{self.whole(denominator)}{self.part_of}{self.whole(numerator)}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str:
        """Return a number with a fraction."""
        return f"{self.whole(whole)}{self.word('ト', 'と')}{self.fraction(numerator, denominator)}"

    def phone(self, groups: Sequence[str]) -> str:
        """Return the groups of a phone number, digit by digit."""
        return self.group_mark.join(map(self.digits, groups))
