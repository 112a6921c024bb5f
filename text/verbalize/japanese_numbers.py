"""Japanese numbers as they sound, with the counter behind them: 3本 is サンボン, 20日 is ハツカ.

The readings are in katakana, which MeCab and eSpeak NG don't take for particles, and with the mark for long vowels.
"""

from __future__ import annotations

from .japanese_counters import COUNTERS, DAY_COUNTERS, DAYS
from .rule import word_list

_ONES = ["", *word_list("イチ ニ サン ヨン ゴ ロク ナナ ハチ キュー")]
_HUNDREDS = [
    "",
    *word_list("ヒャク ニヒャク サンビャク ヨンヒャク ゴヒャク ロッピャク ナナヒャク ハッピャク キューヒャク"),
]
_THOUSANDS = ["", *word_list("セン ニセン サンゼン ヨンセン ゴセン ロクセン ナナセン ハッセン キューセン")]
_GROUPS = ["", *word_list("マン オク チョー ケー")]
_DIGITS = word_list("ゼロ イチ ニー サン ヨン ゴー ロク ナナ ハチ キュー")
_MAX_DIGITS = 20


def whole(number: int) -> str:
    """Return a whole number's reading."""
    if number == 0:
        return "ゼロ"
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    parts = []
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        reading = "イッセン" + _group(group - 1000) if place and group // 1000 == 1 else _group(group)
        if place > 2:  # before チョー and ケー
            reading = _doubled(reading, "1 8 10" if place == 3 else "1 6 8 10 100")
        parts.append(reading + _GROUPS[place])
    return "".join(parts)


def digits(written: str) -> str:
    """Return digits one by one, with even lengths."""
    return "".join(_DIGITS[int(digit)] for digit in written)


def decimal(integer: str, decimals: str) -> str:
    """Return a number with decimals: 1.5 is イッテンゴー."""
    number = int(integer)
    first = {0: "レー", 2: "ニー", 5: "ゴー"}.get(number) or _doubled(whole(number), "1 8 10")
    return f"{first}テン{digits(decimals)}"


def counted(number: int, counter: str) -> str:
    """Return a number with its counter, which is one of `COUNTERS` or `DAY_COUNTERS`."""
    if counter in DAY_COUNTERS:
        return (DAYS.get(number) or f"{whole(number)}ニチ") + DAY_COUNTERS[counter]
    form = COUNTERS[counter]
    special = dict(form.special).get(number)
    if special:
        return special
    reading = whole(number)
    last = number % 10
    if last in {4, 7, 9}:
        end = {4: form.four, 7: form.seven, 9: form.nine}[last]
        return (
            reading.removesuffix(_ONES[last])
            + end
            + (form.after_four if last == 4 and form.after_four else form.reading)
        )
    short = _doubled(reading, form.doubled)
    if short != reading:
        return short + (form.after_double or form.reading)
    return reading + (form.after_n if reading.endswith(("ン", "セン")) and form.after_n else form.reading)


def _group(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, ones = divmod(rest, 10)
    ten = ("" if tens == 1 else _ONES[tens]) + "ジュー" if tens else ""
    return _THOUSANDS[thousands] + _HUNDREDS[hundreds] + ten + _ONES[ones]


_ENDS = {
    "1": ("イチ", "イッ"),
    "6": ("ロク", "ロッ"),
    "8": ("ハチ", "ハッ"),
    "10": ("ジュー", "ジュッ"),
    "100": ("ヒャク", "ヒャッ"),
}


def _doubled(reading: str, numbers: str) -> str:
    """Return a reading with its end shortened before a double consonant, if it ends with one of these numbers."""
    for number in numbers.split():
        end, short = _ENDS[number]
        if reading.endswith(end):
            return reading.removesuffix(end) + short
    return reading
