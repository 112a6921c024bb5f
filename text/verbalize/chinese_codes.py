"""Chinese phone numbers and codes, digit by digit."""

from __future__ import annotations

import re

from .chinese_reading import ChineseReading
from .chinese_words import CURRENCIES
from .digit_patterns import CHAIN, RATIO
from .rule import Rule

_MOBILE = r"(?<![0-9.,])(?:(?P<plus>\+|00)?(?P<cc>86)[- ]?)?(?P<n>1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?![0-9]|[.,]\d)"
_LANDLINE = (
    r"(?<![0-9.,])(?:\(0\d{2,3}\) ?|（0\d{2,3}） ?|0\d{2,3}[- ])\d{3,4}[- ]?\d{4}(?:-\d{1,5})?(?![0-9])"
    r"|(?<![0-9.,])[48]00[- ]?\d{3}[- ]?\d{4}(?![0-9])|(?<![0-9.,])[48]00-\d{4}-\d{3}(?![0-9])"
    r"|\+\d{1,3}[- ]\d{1,5}(?:[- ]\d{2,8}){1,4}(?![0-9])"
)
_CODE_BEFORE = re.compile(
    "(?:尾号|尾號|号码|號碼|验证码|驗證碼|密码|密碼|编号|編號|邮编|郵編|邮政编码|邮箱|电话|電話|热线|熱線|拨打|撥打|致电|致電|手机|手機|房间|房間|学号"
    "|學號|车次|航班|工号|账号|帳號|卡号|卡號|订单号?|訂單|口令|代码|代碼|取件码|身份证|拨|撥|QQ|PIN码?|车牌)"
    "(?:号|號|码|碼|是|为|為|：|:|到|了|\\s|[A-Z]){0,4}$"
)
_SERVICE = frozenset(
    [
        "110",
        "112",
        "114",
        "119",
        "120",
        "122",
        "12110",
        "12306",
        "12315",
        "12345",
        "12123",
        "10010",
        "10086",
        "95588",
        "95533",
        "95555",
    ]
)
_CALL_AFTER = re.compile(r"\s?(?:打|电话|電話|热线|熱線|报警|報警|急救|客服)")
_CALL_BEFORE = re.compile(r"[打拨撥](?:了|过|過|的)?\s?$")
_LOOK_BACK_CHARS = 12
_SHORT_CHARS = 24


def code_rules(language: ChineseReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    digits = language.digits

    def mobile(match: re.Match[str]) -> str:
        number = re.sub(r"\D", "", match["n"])
        words = language.phone([number[:3], number[3:7], number[7:]])
        return (
            f"{'加' if match['plus'] == '+' else ''}{language.phone([match['cc']])}，{words}" if match["cc"] else words
        )

    def landline(match: re.Match[str]) -> str:
        return ("加" if match[0][0] == "+" else "") + language.phone(re.findall(r"\d+", match[0]))

    def code(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_alone = len(text) < _SHORT_CHARS and text.strip() == match[0]
        is_called = _CALL_AFTER.match(text, end) or _CALL_BEFORE.search(text, max(0, start - 4), start)
        if match[0] in _SERVICE and (is_alone or is_called):
            return language.phone_digits(match[0])
        if _CODE_BEFORE.search(text, max(0, start - _LOOK_BACK_CHARS), start) and text[end : end + 1] not in tuple(
            "元个個岁歲年月"
        ):
            return language.phone_digits(match[0])
        return None

    def ip_address(match: re.Match[str]) -> str:
        return "点".join(map(digits, match[0].split(".")))

    def chain(match: re.Match[str]) -> str:
        return "杠".join(
            language.whole(int(group)) if len(group) < 3 else digits(group) for group in match[0].split("-")
        )

    def ratio(match: re.Match[str]) -> str:
        return "比".join(language.whole(int(number)) for number in re.findall(r"\d+", match[0]))

    def named(match: re.Match[str]) -> str | None:
        if match["name"] in CURRENCIES or (len(match["n"]) < 4 and not match["next"]):
            return None
        return f"{match['name']} {digits(match['n'])}"

    return [
        Rule(
            r"(?<![0-9A-Za-z])[A-Za-z]{1,12}\d{2}",
            re.compile(r"(?<![0-9A-Za-z])(?P<name>[A-Za-z]{1,12})(?P<n>\d{2,12})(?![0-9A-Za-z]|\.\d)(?=(?P<next>次)|)"),
            named,
        ),
        Rule(r"[+]?\d", re.compile(_MOBILE), mobile),
        Rule(r"[+(（]?\d", re.compile(_LANDLINE), landline),
        Rule(r"\d", re.compile(CHAIN), chain),
        Rule(r"\d", re.compile(RATIO), ratio),
        Rule(r"\d", re.compile(r"(?<![0-9.,-])\d{1,3}(?:\.\d{1,3}){3}(?![0-9.])"), ip_address),
        Rule(r"\d", re.compile(r"(?<![0-9.,/-])\d{3,20}(?![0-9%℃°]|[.,/-]\d)"), code),
    ]
