"""What Chinese writes with digits: dates, times, codes, money, measures, ranges, scores and plain numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .roman_numerals import roman_value
from .rule import Rule, any_of

if TYPE_CHECKING:
    from .chinese import Chinese

_ALONE = r"(?<![0-9A-Za-z_.,:/@#-])"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,24})(?:\.\d{1,15})?"
_END = r"(?![0-9A-Za-z_]|[.,:/][0-9])"
_DASH = r" ?[-–—~～〜至] ?"
_DATE = rf"{_ALONE}(?P<y>\d{{2}}|\d{{4}})(?P<mark>[-/.·])(?P<m>\d{{1,2}})(?P=mark)(?P<d>\d{{1,2}}){_END}(?![-/])"
_DATE_LAST = rf"{_ALONE}(?P<d>\d{{1,2}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?P=mark)(?P<y>\d{{4}}){_END}(?![-/])"
_MONTH = rf"{_ALONE}(?:(?P<y>[12]\d{{3}})[-/.](?P<m>[01]\d)|(?P<m2>[01]\d)[-/.](?P<y2>[12]\d{{3}})){_END}(?![-/万亿元])"
_DAY = rf"{_ALONE}(?=0|\d\d[-/.]0)(?P<m>[01]\d)(?P<mark>[-/.])(?P<d>[0-3]\d){_END}(?![-/])"
_ERA = re.compile(r"(?:公元前?|纪元前?|紀元前?|西元前?)$")
_SPAN = re.compile("[前历歷多余餘内內来來]")
"""After 年: then a round number counts years."""
_DECADE = re.compile(r"(?<!\d)(?P<y>(?:[0-9][05]|1[89]\d0|20\d0))(?=(?P<unit>后(?![天面来])|後(?![天面來])|年代))")
_CLOCK = (
    rf"(?<![0-9A-Za-z_.,:/@#])(?P<h>[01]?\d|2[0-4])[:：](?P<m>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?"
    r"(?: ?(?P<half>[ap]\.?m\.?|[AP]\.?M\.?)(?![A-Za-z]))?(?![0-9:])"
)
_SCORE_BEFORE = re.compile(r"(?:比分|大胜|战胜|戰勝|击败|擊敗|爆冷|不敌|不敵|战平|戰平|领先|領先)\S{0,4}$|[国國队隊]$")
_SCORE = rf"{_ALONE}(?P<a>\d{{1,3}})(?P<mark>[:：–-])(?P<b>\d{{1,3}})(?![0-9:：/.%-])"
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
_SERVICE = frozenset("110 112 114 119 120 122 12110 12306 12315 12345 12123 10010 10086 95588 95533 95555".split())
_CALL_AFTER = re.compile(r"\s?(?:打|电话|電話|热线|熱線|报警|報警|急救|客服)")
_CALL_BEFORE = re.compile(r"[打拨撥](?:了|过|過|的)?\s?$")
_LOOK_BACK_CHARS = 12
_CURRENCIES = {
    "￥": "元", "¥": "元", "CN¥": "元", "RMB": "元", "CNY": "人民币", "$": "美元", "US$": "美元", "USD": "美元", "€": "欧元", "EUR": "欧元",
    "£": "英镑", "GBP": "英镑", "HK$": "港元", "HKD": "港元", "A$": "澳元", "AU$": "澳元", "AUD": "澳元", "CA$": "加元", "C$": "加元",
    "CAD": "加元", "NT$": "新台币", "TWD": "新台币", "₩": "韩元", "KRW": "韩元", "JPY": "日元", "JP¥": "日元", "₹": "印度卢比",
    "INR": "印度卢比", "₽": "卢布", "RUB": "卢布", "S$": "新加坡元", "SGD": "新加坡元", "฿": "泰铢", "CHF": "瑞士法郎", "₫": "越南盾",
}  # fmt: skip
_SCALES = {"k": "千", "K": "千", "w": "万", "W": "万", "M": "百万", "m": "百万", "B": "十亿", "bn": "十亿"}
_SCALES |= {word: word for word in ("百万", "千万", "万亿", "十亿", "百亿", "千亿", "万", "亿", "千", "百萬", "千萬", "萬億", "萬", "億")}
_UNITS = {
    "kg": "千克", "KG": "千克", "g": "克", "mg": "毫克", "μg": "微克", "µg": "微克", "t": "吨", "lb": "磅", "lbs": "磅", "oz": "盎司",
    "km": "公里", "m": "米", "dm": "分米", "cm": "厘米", "CM": "厘米", "mm": "毫米", "μm": "微米", "µm": "微米", "nm": "纳米",
    "mi": "英里", "ft": "英尺", "in": "英寸", "yd": "码", "km²": "平方千米", "km2": "平方千米", "m²": "平方米", "m2": "平方米",
    "cm²": "平方厘米", "cm2": "平方厘米", "m³": "立方米", "m3": "立方米", "cm³": "立方厘米", "cm3": "立方厘米", "ha": "公顷",
    "L": "升", "l": "升", "ml": "毫升", "mL": "毫升", "ML": "毫升", "h": "小时", "hr": "小时", "min": "分钟", "s": "秒", "ms": "毫秒",
    "°C": "摄氏度", "℃": "摄氏度", "°F": "华氏度", "°": "度", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫", "V": "伏",
    "kV": "千伏", "A": "安", "mA": "毫安", "mAh": "毫安时", "W": "瓦", "kW": "千瓦", "KW": "千瓦", "MW": "兆瓦", "kWh": "千瓦时",
    "J": "焦", "kJ": "千焦", "cal": "卡", "kcal": "千卡", "Pa": "帕", "kPa": "千帕", "hPa": "百帕", "dB": "分贝", "KB": "K B",
    "MB": "M B", "GB": "G B", "TB": "T B", "rpm": "转每分", "fps": "帧每秒", "px": "像素",
}  # fmt: skip
_UNITS_PER = {"km/h": ("每小时", "公里"), "m/s": ("每秒", "米"), "mph": ("每小时", "英里"), "km/s": ("每秒", "公里"), "kmph": ("每小时", "公里")}
_UNITS_PER |= {"MB/s": ("每秒", "M B"), "Mbps": ("每秒", "兆比特"), "Gbps": ("每秒", "吉比特"), "m/min": ("每分钟", "米")}
_OPERATORS = {"+": "加", "×": "乘", "*": "乘", "x": "乘", "X": "乘", "÷": "除以", "=": "等于", "<": "小于", ">": "大于", "≤": "小于等于"}
_OPERATORS |= {"≥": "大于等于", "<=": "小于等于", ">=": "大于等于", "≠": "不等于", "≈": "约等于", "-": "减", "−": "减"}
_UNIT_ENDS = "万亿萬億元块塊岁歲年月日号號天个個点點分时時度%℃米斤克升里"
"""Ends of an amount before a dash."""
_NUMBER_AT_END = re.compile(rf"{_NUMBER}$")
_NOT_MEASURES = frozenset("，。！？、；：）)”』」 \n")


def chinese_rules(language: Chinese) -> list[Rule]:
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

    def mobile(match: re.Match[str]) -> str:
        number = re.sub(r"\D", "", match["n"])
        words = language.phone([number[:3], number[3:7], number[7:]])
        return f"{'加' if match['plus'] == '+' else ''}{language.phone([match['cc']])}，{words}" if match["cc"] else words

    def landline(match: re.Match[str]) -> str:
        return ("加" if match[0][0] == "+" else "") + language.phone(re.findall(r"\d+", match[0]))

    def code(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_alone = not text[:start].strip() and not text[end:].strip()
        is_called = _CALL_AFTER.match(text, end) or _CALL_BEFORE.search(text, max(0, start - 4), start)
        if match[0] in _SERVICE and (is_alone or is_called):
            return language.phone_digits(match[0])
        if _CODE_BEFORE.search(text, max(0, start - _LOOK_BACK_CHARS), start) and text[end : end + 1] not in tuple("元个個岁歲年月"):
            return language.phone_digits(match[0])
        return None

    def ip_address(match: re.Match[str]) -> str:
        return "点".join(map(digits, match[0].split(".")))

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
        words = language.mixed(int(match["w"]), first, last) if match["w"] else language.fraction(first, last)
        return f"负{words}" if match["minus"] else words

    def money(match: re.Match[str]) -> str:
        scale = _SCALES.get(match["scale"] or "", "")
        words = f"{language.number(match['n'])}{scale}{_CURRENCIES[match['code']]}"
        if match["first"]:
            words = f"{language.number(match['first'])}到{words}"
        return f"负{words}" if match["minus"] else words

    def measure(match: re.Match[str]) -> str:
        unit = match["unit"]
        before, name = _UNITS_PER.get(unit) or ("", _UNITS[unit] if unit in _UNITS else "")
        words = language.number(match["n"]) or ""
        if words == "二" and name not in {"", "摄氏度", "度"}:
            words = "两"
        if match["first"]:
            words = f"{language.number(match['first'])}到{words}"
        return f"{before}{'负' if match['minus'] else ''}{words}{name}"

    def operator(match: re.Match[str]) -> str:
        return _OPERATORS[match["sign"]]

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
        words = f"{words}{_SCALES.get(scale, scale)}"
        return f"负{words}" if match["minus"] else words

    def per(match: re.Match[str]) -> str:
        return "每"

    def to(match: re.Match[str]) -> str:
        return "到"

    def decimal_in_name(match: re.Match[str]) -> str:
        return f"{match['name']} {language.number(match['n'])}"

    def season(match: re.Match[str]) -> str:
        return f"{digits(match['first'])}到{digits(match['last'])}"

    units = any_of([*_UNITS, *_UNITS_PER])
    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）])[-−])?"
    first = rf"(?:(?P<first>{_NUMBER}){_DASH})?"
    scale = rf"(?P<scale>{any_of(_SCALES)})?"
    currency = f"(?P<code>{any_of(_CURRENCIES)})"
    signs = any_of(sign for sign in _OPERATORS if sign not in "-−")
    return [
        Rule(rf"(?<=[{_UNIT_ENDS}]) ?[-–—~～]", re.compile(rf"(?<=[{_UNIT_ENDS}]){_DASH}(?=\d)"), to),
        Rule(r"\d", re.compile(_DATE), date),
        Rule(r"\d", re.compile(_DATE_LAST), date),
        Rule(r"\d", re.compile(_MONTH), month),
        Rule(r"\d", re.compile(_DAY), day),
        Rule(r"\d", re.compile(r"(?<![0-9A-Za-z])(?P<y>\d{1,4}) ?(?P<era>ad|a\.d\.|bce?|b\.c\.|AD|BCE?)(?![A-Za-z])"), era),
        Rule(r"\d", re.compile(r"(?<![0-9.,])(?<![0-9]-)(?P<y>\d{1,4})(?:[-~～–—至](?P<last>\d{2,4}))?年(?![级級])"), year),
        Rule(r"\d", re.compile(r"(?<!\d)(?P<first>[12]\d{3})[-/~～–—](?P<last>\d{2,4})(?=赛季|賽季|学年|學年|年度)"), season),
        Rule(r"\d", _DECADE, decade),
        Rule(r"\d", re.compile(_CLOCK), clock),
        Rule(r"\d", re.compile(_SCORE), score),
        Rule(r"[+]?\d", re.compile(_MOBILE), mobile),
        Rule(r"[+(（]?\d", re.compile(_LANDLINE), landline),
        Rule(r"\d", re.compile(r"(?<![0-9.,-])\d{1,3}(?:\.\d{1,3}){3}(?![0-9.])"), ip_address),
        Rule(r"\d", re.compile(r"(?<![0-9.,/-])\d{3,20}(?![0-9%℃°]|[.,/-]\d)"), code),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.])(?:(?P<first>{_NUMBER})[%‰]?{_DASH})?(?P<n>{_NUMBER}) ?(?P<sign>[%‰])"),
            percent,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9./])(?:(?P<w>\d{{1,6}})[又 ])?(?P<a>\d{{1,6}}) ?[/⁄] ?(?P<b>[1-9]\d{{0,5}})(?![0-9/.])"),
            fraction,
        ),
        Rule(
            rf"[-−]?(?:[{''.join(sorted({re.escape(code) for code in _CURRENCIES if len(code) == 1}))}]|[A-Z]{{1,3}}[$¥]? ?\d)",
            re.compile(rf"{minus}(?<![A-Za-z]){currency} ?{first}(?P<n>{_NUMBER}) ?{scale}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.]){first}(?P<n>{_NUMBER}) ?{scale} ?{currency}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"(?<![0-9A-Za-z])[A-Za-z]{1,12}\d",
            re.compile(r"(?<![0-9A-Za-z])(?![vV]\d)(?P<name>[A-Za-z]{1,12})(?P<n>\d{1,4}\.\d{1,3})(?![0-9.])"),
            decimal_in_name,
        ),
        Rule(r"[-−]?\d", re.compile(rf"{minus}(?<![0-9.A-Za-z]){first}(?P<n>{_NUMBER}) ?(?P<unit>{units})(?![0-9A-Za-z²³]|/[A-Za-z])"), measure),
        Rule(rf"(?<=[0-9)]) ?{signs}", re.compile(rf"(?<=[0-9)]) ?(?P<sign>{signs}) ?(?=[-−]?[0-9(])"), operator),
        Rule(r"(?<=\d) ?[-−]", re.compile(r"(?<=\d) ?[-−] ?(?=\d)"), difference),
        Rule(
            rf"(?<=\d){_DASH}(?=\d)",
            re.compile(rf"(?<=\d)(?P<dash>{_DASH})(?=(?P<last>{_NUMBER}))"),
            between,
        ),
        Rule(r"[IVX]", re.compile(r"(?:(?<=第)|(?<=[\u4e00-\u9fff])(?=[IVX]{2}))[IVX]{1,6}(?![A-Za-z])"), roman),
        Rule(r"[A-Z]2[A-Z]", re.compile(r"(?<![0-9A-Za-z])[A-Z]2[A-Z](?![0-9A-Za-z])"), shorthand),
        Rule(r"N[oO]", re.compile(r"(?<![0-9A-Za-z])N[oO]\.? ?(?P<n>\d{1,4})(?![0-9A-Za-z])"), number_sign),
        Rule(r"(?<=第)\d", re.compile(rf"(?<=第)(?P<n>\d{{1,3}}(?:,\d{{3}}){{1,5}}|\d{{1,20}}){_END}"), ordinal),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9A-Za-z_.,])(?P<n>{_NUMBER})(?P<scale>[wW](?![A-Za-z])|[万亿萬億])?(?![0-9A-Za-z_]|[.,]\d)"),
            number,
        ),
        Rule("/", re.compile(r"(?<=[元块塊角分万亿萬億A-Za-z])/(?=[人个個斤公千平月年天日小时次周晚kKgG])"), per),
    ]
