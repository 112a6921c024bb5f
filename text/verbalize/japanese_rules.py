"""What Japanese writes with digits: dates, times, codes, money, measures, ranges, scores and counted things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .roman_numerals import roman_value
from .rule import Rule, any_of

if TYPE_CHECKING:
    from .japanese import Japanese

_ALONE = r"(?<![0-9A-Za-z_.,:/@#-])"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,24})(?:\.\d{1,15})?"
_END = r"(?![0-9A-Za-z_]|[.,:/][0-9])"
_DASH = r" ?(?:[-–—~～〜]|から) ?"
_DATE = rf"(?<![0-9A-Za-z_.,:/@#])(?P<y>\d{{4}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?P=mark)(?P<d>\d{{1,2}}){_END}"
_MONTH = rf"{_ALONE}(?:(?P<y>[12]\d{{3}})[-/.](?P<m>[01]\d)|(?P<m2>[01]\d)[-/.](?P<y2>[12]\d{{3}})){_END}(?![-/])"
_DAY = rf"(?<![0-9A-Za-z_.,:/@#])(?P<m>\d{{1,2}})(?P<mark>[-/.])(?P<d>\d{{1,2}}){_END}(?![-/])"
_DAY_AFTER = re.compile(r"から|まで|に|の|、|[(（][月火水木金土日]|頃|ごろ")
_DAY_BEFORE = re.compile(r"(?:から|まで|[〜～~])$")
_CLOCK = (
    r"(?<![0-9A-Za-z_.,:/@#])(?P<h>[01]?\d|2\d)[:：](?P<m>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?"
    r"(?: ?(?P<half>[ap]\.? ?m\.?|[AP]\.? ?M\.?)(?![A-Za-z]))?(?![0-9:])"
)
_HOUR = r"(?<![0-9A-Za-z_.,:/@#-])(?P<h>1[0-2]|\d) ?(?P<half>[ap]\.m\.|[AP]\.M\.|[ap]m|[AP]M)(?![A-Za-z])"
_PHONE = (
    r"(?<![0-9.,])(?:(?P<plus>\+\d{1,3})[- ]?)?(?:\(0\d{1,4}\) ?|（0\d{1,4}） ?|0\d{1,4}-)\d{1,4}-?\d{3,4}(?![0-9-])"
    r"|(?<![0-9.,])(?P<plus2>\+\d{1,3})[- ]?\d{1,4}(?:-?\d{1,4}){1,3}(?![0-9-])"
)
_CODE_BEFORE = re.compile(
    "(?:番号|暗証番号|コード|パスワード|内線|口座|郵便番号|〒|PIN|ID|型番|電話|ナンバー|会員番号|No\\.?)(?:は|：|:|が|の|\\s){0,2}$"
)
_LOOK_BACK_CHARS = 12
_WEEKDAYS = r"[(（](?P<first>[月火水木金土日])(?:曜日?)?(?:[〜～~-](?P<last>[月火水木金土日])|・(?P<holiday>祝))?[)）]"
_ERAS = {"R": ("レーワ", "令和"), "H": ("ヘーセー", "平成"), "S": ("ショーワ", "昭和"), "T": ("タイショー", "大正"), "M": ("メージ", "明治")}
_CURRENCIES = {
    "￥": "円", "¥": "円", "JPY": "円", "$": "ドル", "US$": "ドル", "USD": "アメリカドル", "€": "ユーロ", "EUR": "ユーロ", "£": "ポンド",
    "GBP": "ポンド", "HK$": "香港ドル", "HKD": "香港ドル", "A$": "オーストラリアドル", "AUD": "オーストラリアドル", "CAD": "カナダドル",
    "C$": "カナダドル", "NT$": "台湾ドル", "₩": "ウォン", "KRW": "ウォン", "CNY": "人民元", "RMB": "人民元", "₹": "ルピー", "INR": "ルピー",
}  # fmt: skip
_CURRENCY_KANA = {"香港ドル": "ホンコンドル", "台湾ドル": "タイワンドル", "人民元": "ジンミンゲン"}
_SCALES = {"千": 1000, "百": 100, "万": 10**4, "百万": 10**6, "千万": 10**7, "億": 10**8, "百億": 10**10, "千億": 10**11, "兆": 10**12}
_UNITS = {
    "kg": "キログラム", "g": "グラム", "mg": "ミリグラム", "t": "トン", "km": "キロメートル", "m": "メートル", "cm": "センチメートル",
    "mm": "ミリメートル", "nm": "ナノメートル", "µm": "マイクロメートル", "μm": "マイクロメートル", "ft": "フィート", "in": "インチ", "mi": "マイル",
    "km²": "平方キロメートル", "km2": "平方キロメートル", "m²": "平方メートル", "m2": "平方メートル", "cm²": "平方センチメートル", "㎡": "平方メートル",
    "m³": "立方メートル", "m3": "立方メートル", "cm³": "立方センチメートル", "ha": "ヘクタール", "L": "リットル", "l": "リットル", "ml": "ミリリットル",
    "mL": "ミリリットル", "dL": "デシリットル", "cc": "シーシー", "°C": "度", "℃": "度", "°F": "華氏度", "°": "度", "Hz": "ヘルツ", "kHz": "キロヘルツ",
    "MHz": "メガヘルツ", "GHz": "ギガヘルツ", "V": "ボルト", "W": "ワット", "kW": "キロワット", "MW": "メガワット", "kWh": "キロワット時", "A": "アンペア",
    "mA": "ミリアンペア", "mAh": "ミリアンペア時", "cal": "カロリー", "kcal": "キロカロリー", "hPa": "ヘクトパスカル", "dB": "デシベル", "KB": "キロバイト",
    "MB": "メガバイト", "GB": "ギガバイト", "TB": "テラバイト", "Mbps": "メガビーピーエス", "Gbps": "ギガビーピーエス", "ms": "ミリ秒", "min": "分",
    "h": "時間", "hr": "時間", "oz": "オンス", "lb": "ポンド", "%": "パーセント", "％": "パーセント", "‰": "パーミル", "px": "ピクセル", "fps": "エフピーエス",
}  # fmt: skip
_UNITS_PER = {"km/h": "キロメートル毎時", "m/s": "メートル毎秒", "mph": "マイル毎時", "km/s": "キロメートル毎秒", "fph/s": "フィート毎時毎秒"}
_UNIT_KANA = {
    "平方": "ヘーホー", "立方": "リッポー", "華氏": "カシ", "毎時": "マイジ", "毎秒": "マイビョー", "度": "ド", "時間": "ジカン", "時": "ジ", "秒": "ビョー",
    "分": "フン",
}  # fmt: skip
_OPERATORS = {
    "+": ("プラス", "プラス"), "×": ("カケル", "カケル"), "÷": ("ワル", "ワル"), "=": ("イコール", "イコール"), "≥": ("ダイナリイコール", "大なりイコール"),
    ">=": ("ダイナリイコール", "大なりイコール"), ">": ("ダイナリ", "大なり"), "<": ("ショーナリ", "小なり"), "≤": ("ショーナリイコール", "小なりイコール"),
    "<=": ("ショーナリイコール", "小なりイコール"),
}  # fmt: skip
_NUMBER_AT_END = re.compile(rf"{_NUMBER}$")
_HIRAGANA = "ぁ-ゖ"


def japanese_rules(language: Japanese) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    word, number_of = language.word, language.number

    def is_date(match: re.Match[str]) -> bool:
        return 1 <= int(match["m"] or match["m2"]) <= 12 and ("d" not in match.re.groupindex or 1 <= int(match["d"]) <= 31)

    def date(match: re.Match[str]) -> str | None:
        if not is_date(match):
            return None
        return language.with_counter(int(match["y"]), "年") + language.calendar(int(match["m"]), int(match["d"]))

    def month(match: re.Match[str]) -> str | None:
        year, number = int(match["y"] or match["y2"]), int(match["m"] or match["m2"])
        return language.with_counter(year, "年") + language.with_counter(number, "月") if 1 <= number <= 12 else None

    def day(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_padded = match["m"][0] == "0" or match["d"][0] == "0"
        is_marked = _DAY_AFTER.match(text, end) or _DAY_BEFORE.search(text, max(0, start - 2), start)
        is_day = is_padded if match["mark"] == "." else is_padded or is_marked
        if not is_day or not (1 <= int(match["m"]) <= 12 and 1 <= int(match["d"]) <= 31):
            return None
        return language.calendar(int(match["m"]), int(match["d"]))

    def era(match: re.Match[str]) -> str:
        return word(*_ERAS[match["era"]]) + language.with_counter(int(match["y"] or match["years"]), "年")

    def era_date(match: re.Match[str]) -> str | None:
        year = word(*_ERAS[match["era"]]) + language.with_counter(int(match["y"]), "年")
        return year + language.calendar(int(match["m"]), int(match["d"])) if 1 <= int(match["m"]) <= 12 else None

    def first_of_month(match: re.Match[str]) -> str:
        return language.calendar(int(match["m"]), int(match["d"]))

    def weekday(match: re.Match[str]) -> str:
        words = language.weekday(match["first"])
        if match["last"]:
            words += language.range_word + language.weekday(match["last"])
        return words + (language.weekday("祝") if match["holiday"] else "")

    def clock(match: re.Match[str]) -> str | None:
        seconds = int(match["s"]) if match["s"] else None
        return language.clock(int(match["h"]), int(match["m"]), seconds, match["half"] or "")

    def hour(match: re.Match[str]) -> str:
        return language.clock(int(match["h"]), 0, None, match["half"])

    def score(match: re.Match[str]) -> str | None:
        if match["mark"] not in ":：" and not re.match(r"[\u4e00-\u9fffァ-ヶー]", match.string[max(0, match.start() - 1) : match.start()]):
            return None
        return f"{language.whole(int(match['a']))}{language.versus}{language.whole(int(match['b']))}"

    def phone(match: re.Match[str]) -> str:
        plus = match["plus"] or match["plus2"]
        rest = match[0][len(plus) :] if plus else match[0]
        words = language.phone(re.findall(r"\d+", rest))
        if not plus:
            return words
        joint = language.group_mark if rest[:1] == "-" else ""
        return f"プラス{language.digits(plus[1:])}{joint}{words}"

    def code(match: re.Match[str]) -> str | None:
        text, start, end = match.string, match.start(), match.end()
        is_room = text.startswith(("号室", "便"), end) and len(match[0]) < 5
        if not is_room and not _CODE_BEFORE.search(text, max(0, start - _LOOK_BACK_CHARS), start):
            return None
        return language.phone(match[0].split("-"))

    def ip_address(match: re.Match[str]) -> str:
        return word("テン", "点").join(map(language.digits, match[0].split(".")))

    def fraction(match: re.Match[str]) -> str | None:
        first, last = language.whole(int(match["a"])), language.whole(int(match["b"]))
        minus = language.minus if match["minus"] else ""
        return f"{minus}{last}{language.part_of}{'ルート' if match['root'] else ''}{first}"

    def spoken_fraction(match: re.Match[str]) -> str:
        return f"{language.whole(int(match['b']))}{language.part_of}"

    def money(match: re.Match[str]) -> str | None:
        name = _CURRENCIES[match["code"]]
        words = amount(match["n"], match["scale"] or "", name)
        if match["first"]:
            words = f"{number_of(match['first'])}{language.range_word}{words}"
        return f"{language.minus}{words}" if match["minus"] else words

    def amount(written: str, scale: str, name: str) -> str | None:
        value = written.replace(",", "")
        unit = word(_CURRENCY_KANA.get(name, name), name)
        if scale and "." not in value:
            value, scale = str(int(value) * _SCALES[scale]), ""
        if scale:
            return f"{number_of(value)}{scaled(scale)}{language.counter_word(name) if name in language.counters else unit}"
        return language.before(value, name) if name in language.counters else f"{number_of(value)}{unit}"

    def scaled(scale: str) -> str:
        return language.whole(_SCALES[scale]).removeprefix("イチ").removeprefix("イッ") if scale not in "千百" else scale

    def measure(match: re.Match[str]) -> str:
        unit = _UNITS_PER.get(match["unit"]) or _UNITS[match["unit"]]
        words = language.before(match["n"], unit) if unit in language.counters else f"{number_of(match['n'])}{unit_word(unit)}"
        if match["first"]:
            words = f"{number_of(match['first'])}{language.range_word}{words}"
        return f"{language.minus if match['minus'] else ''}{words}"

    def unit_word(unit: str) -> str:
        kana = unit
        for kanji, reading in _UNIT_KANA.items():
            kana = kana.replace(kanji, reading)
        return word(kana, unit)

    def operator(match: re.Match[str]) -> str:
        return word(*_OPERATORS[match["sign"]])

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
        last = re.compile(_NUMBER).match(text, end)
        counts = last is not None and re.match(r"[\u3005\u4e00-\u9fffァ-ヶa-zA-Z%％℃°]", text[last.end() : last.end() + 1])
        if first is None or last is None:
            return None
        if text.strip() == text[first.start() : last.end()]:
            return language.minus  # nothing but a difference
        if counts or float(first[0].replace(",", "")) < float(last[0].replace(",", "")):
            return language.range_word
        return language.versus if len(last[0]) < 3 else " "

    def wave(match: re.Match[str]) -> str:
        return language.range_word

    def number_sign(match: re.Match[str]) -> str:
        return f"{word('ナンバー', 'No.')}{number_of(match['n'])}"

    def roman(match: re.Match[str]) -> str | None:
        number = roman_value(match[0])
        return language.whole(number) if number and match[0] not in {"XX", "XXX"} else None

    def shorthand(match: re.Match[str]) -> str:
        return match[0].replace("2", " to ")

    def large(match: re.Match[str]) -> str | None:
        total = 0
        for count, scale in re.findall(r"(\d+)(百万|千万|百億|千億|[千百万億兆]?)", match["parts"]):
            total += int(count) * _SCALES.get(scale, 1)
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
            return f"{minus}{number_of(written)}{scaled(scale)}{language.counter_word(counter) if counter else ''}"
        if scale:
            written = str(int(written.replace(",", "")) * _SCALES[scale])
        return counted(match, written)

    minus = r"(?P<minus>(?<![0-9A-Za-z)\]）\u4e00-\u9fff])[-−]|(?<=[はがのをに])[-−])?"
    first = rf"(?:(?P<first>{_NUMBER}){_DASH})?"
    scales = any_of(_SCALES)
    currency = f"(?P<code>{any_of(_CURRENCIES)})"
    units = any_of([*_UNITS, *_UNITS_PER])
    counters = rf"(?P<counter>{any_of(language.counters)})?"
    large_scales = "(?:百万|千万|[千百万億兆])"
    signs = any_of(_OPERATORS)
    codes = "".join(sorted({re.escape(code) for code in _CURRENCIES if len(code) == 1}))
    return [
        Rule(r"\d", re.compile(_DATE), date),
        Rule(r"\d", re.compile(_MONTH), month),
        Rule(r"\d", re.compile(_DAY), day),
        Rule(
            r"[RHSTM]\d",
            re.compile(r"(?<![A-Za-z0-9])(?P<era>[RHSTM])(?P<y>\d{1,2})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})(?![0-9.])"),
            era_date,
        ),
        Rule(r"[RHSTM]\.?\d", re.compile(r"(?<![A-Za-z0-9])(?P<era>[RHSTM])(?:\.(?P<y>\d{1,2})年?|(?P<years>\d{1,2})年)(?![0-9.])"), era),
        Rule(r"\d", re.compile(r"(?<![0-9])(?P<m>1[0-2]|0?[1-9])月(?P<d>0?1)日(?!間|目)"), first_of_month),
        Rule("[(（]", re.compile(_WEEKDAYS), weekday),
        Rule(r"\d", re.compile(_CLOCK), clock),
        Rule(r"\d", re.compile(_HOUR), hour),
        Rule(r"\d", re.compile(rf"{_ALONE}(?P<a>\d{{1,3}})(?P<mark>[:：-])(?P<b>\d{{1,3}})(?![0-9:：/.%-]|[\u4e00-\u9fffA-Za-z])"), score),
        Rule(r"[+(（]?\d", re.compile(_PHONE), phone),
        Rule(r"\d", re.compile(r"(?<![0-9.,-])\d{1,3}(?:\.\d{1,3}){3}(?![0-9.])"), ip_address),
        Rule(r"\d", re.compile(r"(?<![0-9,/-])(?<![0-9]\.)\d{2,20}(?:-\d{2,8}){0,3}(?![0-9%％℃°-]|[.,/]\d)"), code),
        Rule(
            r"[-−√]?\d",
            re.compile(r"(?P<minus>(?<![0-9A-Za-z)])[-−])?(?P<root>√)?(?<![0-9./])(?P<a>\d{1,6}) ?[/⁄] ?(?P<b>[1-9]\d{0,11})(?![0-9/.])"),
            fraction,
        ),
        Rule(r"\d", re.compile(r"(?<![0-9.])(?P<b>\d{1,4})分の(?=[-−√0-9一二三四五六七八九])"), spoken_fraction),
        Rule(
            rf"[-−]?(?:[{codes}]|[A-Z]{{1,3}}[$¥]? ?\d)",
            re.compile(rf"{minus}(?<![A-Za-z]){currency} ?{first}(?P<n>{_NUMBER}) ?(?P<scale>{scales})?(?![0-9A-Za-z])"),
            money,
        ),
        Rule(
            r"[-−]?\d",
            re.compile(rf"{minus}(?<![0-9.]){first}(?P<n>{_NUMBER}) ?(?P<scale>{scales})? ?{currency}(?![0-9A-Za-z])"),
            money,
        ),
        Rule(r"[-−]?\d", re.compile(rf"{minus}(?<![0-9.A-Za-z]){first}(?P<n>{_NUMBER}) ?(?P<unit>{units})(?:(?<=[%％‰℃])|(?![0-9A-Za-z/²³]))"), measure),
        Rule(rf"(?<=[0-9)]) ?{signs}", re.compile(rf"(?<=[0-9)]) ?(?P<sign>{signs}) ?(?=[-−]?[0-9(])"), operator),
        Rule("[-−]?√", re.compile(r"(?P<minus>[-−])?√(?=\d)"), root),
        Rule(rf"(?<=\d){_DASH}(?=\d)", re.compile(rf"(?<=\d)(?P<dash>{_DASH})(?=\d)"), between),
        Rule(r"(?<=\d) ?[-−]", re.compile(r"(?<=\d) ?[-−] ?(?=\d)"), difference),
        Rule("[〜～~]", re.compile(rf"(?<=[0-9\u4e00-\u9fff)）])[〜～~] ?(?=[0-9A-Z\u4e00-\u9fff])"), wave),
        Rule(r"[IVX]", re.compile(r"(?:(?<=第)|(?<=[\u4e00-\u9fffァ-ヶー])(?=[IVX]{2}))[IVX]{1,6}(?![A-Za-z])"), roman),
        Rule(r"N[oO]", re.compile(r"(?<![0-9A-Za-z])N[oO]\.? ?(?P<n>\d{1,6})(?![0-9A-Za-z])"), number_sign),
        Rule(r"[A-Z]2[A-Z]", re.compile(r"(?<![0-9A-Za-z])[A-Z]2[A-Z](?![0-9A-Za-z])"), shorthand),
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
                rf"(?P<ordinal>第)?{minus}(?<![0-9A-Za-z_.,])(?P<n>{_NUMBER})(?![0-9]|[.,]\d)(?P<scale>{scales})?{counters}"
            ),
            number,
        ),
    ]
