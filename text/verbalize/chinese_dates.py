"""Chinese dates, years, times of day and scores."""

from __future__ import annotations

import re

from .chinese_reading import ChineseReading
from .digit_patterns import ALONE, END
from .rule import Rule

_DASH = r" ?[-–—~～〜至] ?"
_DATE = rf"{ALONE}(?P<y>\d{{2}}|\d{{4}})(?P<mark>[-/.·])(?P<m>\d{{1,2}})(?P=mark)(?P<d>\d{{1,2}}){END}(?![-/])"
_DATE_LAST = rf"{ALONE}(?P<d>\d{{1,2}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?P=mark)(?P<y>\d{{4}}){END}(?![-/])"
_MONTH = rf"{ALONE}(?:(?P<y>[12]\d{{3}})[-/.](?P<m>[01]\d)|(?P<m2>[01]\d)[-/.](?P<y2>[12]\d{{3}})){END}(?![-/万亿元])"
_DAY = rf"{ALONE}(?=0|\d\d[-/.]0)(?P<m>[01]\d)(?P<mark>[-/.])(?P<d>[0-3]\d){END}(?![-/])"
_ERA = re.compile(r"(?:公元前?|纪元前?|紀元前?|西元前?)$")
_SPAN = re.compile("[前历歷多余餘内內来來]")
"""After 年: then a round number counts years."""
_EVENTS = "世界|奥运|奧運|欧洲杯|歐洲盃|财年|財年|款|春晚|春节|春節|新年|考研|高考|[上下]半年|秋冬|春夏"
"""What a year stands before without 年."""
_DECADE = re.compile(r"(?<!\d)(?P<y>(?:[0-9][05]|1[89]\d0|20\d0))(?=(?P<unit>后(?![天面来])|後(?![天面來])|年代))")
_CLOCK = (
    r"(?<![0-9A-Za-z_.,:/@#])(?P<h>[01]?\d|2[0-4])[:：](?P<m>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?"
    r"(?: ?(?P<half>[ap]\.?m\.?|[AP]\.?M\.?)(?![A-Za-z]))?(?![0-9:])"
)
_SCORE_BEFORE = re.compile(r"(?:比分|大胜|战胜|戰勝|击败|擊敗|爆冷|不敌|不敵|战平|戰平|领先|領先)\S{0,4}$|[国國队隊]$")
_SCORE = rf"{ALONE}(?P<a>\d{{1,3}})(?P<mark>[:：–-])(?P<b>\d{{1,3}})(?![0-9:：/.%-])"
_LOOK_BACK_CHARS = 12
_UNIT_ENDS = "万亿萬億元块塊岁歲年月日号號天个個点點分时時度%℃米斤克升里"
"""Ends of an amount before a dash."""


def date_rules(language: ChineseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    whole, digits = language.whole, language.digits

    def valid(month: int, day: int = 1) -> bool:
        return 1 <= month <= 12 and 1 <= day <= 31

    def date(match: re.Match[str]) -> str | None:
        year, month, day = match["y"], int(match["m"]), int(match["d"])
        # A version or a score also has dots; a year of two digits is written with a slash.
        if not valid(month, day) or (len(year) == 2 and match["mark"] != "/"):
            return None
        return f"{digits(year)}年{whole(month)}月{whole(day)}日"

    def month(match: re.Match[str]) -> str | None:
        year, number = match["y"] or match["y2"], int(match["m"] or match["m2"])
        return f"{digits(year)}年{whole(number)}月" if valid(number) else None

    def day(match: re.Match[str]) -> str | None:
        number, day = int(match["m"]), int(match["d"])
        return f"{whole(number)}月{whole(day)}日" if valid(number, day) else None

    def era(match: re.Match[str]) -> str:
        return f"公元{'前' if match['era'][0] in 'bB' else ''}{digits(match['y'])}年"

    def is_year(match: re.Match[str], written: str) -> bool:
        """Whether digits before 年 name a year rather than count years."""
        if _ERA.search(match.string, max(0, match.start() - 4), match.start()):
            return True
        if written[0] == "0":
            return True
        follows_month = re.match(r"\d{1,2}月", match.string[match.end() : match.end() + 3]) is not None
        if len(written) <= 2:
            return follows_month and len(written) == 2
        is_round = int(written) % 100 == 0 and _SPAN.match(match.string, match.end()) is not None
        return len(written) == 4 and 1000 <= int(written) <= 2199 and not is_round

    def year(match: re.Match[str]) -> str | None:
        first, last = match["y"], match["last"]
        if last and len(first) != 4:
            return None
        if not is_year(match, first):
            return None
        return f"{digits(first)}到{digits(last)}年" if last else f"{digits(first)}年"

    def event(match: re.Match[str]) -> str:
        return digits(match[0])

    def decade(match: re.Match[str]) -> str:
        written = match["y"]
        is_number = match["unit"] == "年代" and len(written) == 2 and written[0] != "0"
        return whole(int(written)) if is_number else digits(written)

    def clock(match: re.Match[str]) -> str | None:
        if _SCORE_BEFORE.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start()):
            return None
        seconds = int(match["s"]) if match["s"] else None
        return language.clock(int(match["h"]), int(match["m"]), seconds, match["half"] or "")

    def score(match: re.Match[str]) -> str | None:
        is_score = _SCORE_BEFORE.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
        if match["mark"] not in ":：" and not is_score:
            return None
        return f"{whole(int(match['a']))}比{whole(int(match['b']))}"

    def to(match: re.Match[str]) -> str:
        return "到"

    def season(match: re.Match[str]) -> str:
        return f"{digits(match['first'])}到{digits(match['last'])}"

    return [
        Rule(rf"(?<=[{_UNIT_ENDS}]) ?[-–—~～]", re.compile(rf"(?<=[{_UNIT_ENDS}]){_DASH}(?=\d)"), to),
        Rule(r"\d", re.compile(_DATE), date),
        Rule(r"\d", re.compile(_DATE_LAST), date),
        Rule(r"\d", re.compile(_MONTH), month),
        Rule(r"\d", re.compile(_DAY), day),
        Rule(
            r"\d",
            re.compile(r"(?<![0-9A-Za-z])(?P<y>\d{1,4}) ?(?P<era>ad|a\.d\.|bce?|b\.c\.|AD|BCE?)(?![A-Za-z])"),
            era,
        ),
        Rule(
            r"\d",
            re.compile(r"(?<![0-9.,])(?<![0-9]-)(?P<y>\d{1,4})(?:[-~～–—至](?P<last>\d{2,4}))?年(?![级級])"),
            year,
        ),
        Rule(
            r"\d",
            re.compile(r"(?<!\d)(?P<first>[12]\d{3})[-/~～–—](?P<last>\d{2,4})(?=赛季|賽季|学年|學年|年度)"),
            season,
        ),
        Rule(r"\d", _DECADE, decade),
        Rule(r"\d", re.compile(rf"(?<![0-9A-Za-z.,-])(?:19|20)\d\d(?={_EVENTS})"), event),
        Rule(r"\d", re.compile(_CLOCK), clock),
        Rule(r"\d", re.compile(_SCORE), score),
    ]
