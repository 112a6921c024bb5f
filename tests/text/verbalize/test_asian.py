"""Hindi, Japanese and Chinese: what their golden tables don't have, and that their readings keep places and time."""

import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.verbalize.verbalizer import make_verbalizer


def read(text, language):
    return make_verbalizer(language).apply(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1250000 लोग, 51022345567", "बारह लाख पचास हज़ार लोग, इक्यावन अरब दो करोड़ तेईस लाख पैंतालीस हज़ार पाँच सौ सड़सठ"),
        ("5 से 10 मिनट", "पाँच से दस मिनट"),
        ("कुल 1857 लोग, 1857 की क्रांति", "कुल एक हज़ार आठ सौ सत्तावन लोग, अठारह सौ सत्तावन की क्रांति"),
        ("शाम 7:45 बजे, 1:30 बजे", "शाम पौने आठ बजे, डेढ़ बजे"),
        ("₹1, ₹2.5 लाख", "एक रुपया, दो दशमलव पाँच लाख रुपए"),
        ("मैच 3-2 से जीता", "मैच तीन दो से जीता"),
        ("मुंबई, महाराष्ट्र 400001", "मुंबई, महाराष्ट्र चार शून्य शून्य शून्य शून्य एक"),
        ("MG रोड पर 20 दुकानें हैं।", "MG रोड पर बीस दुकानें हैं।"),
        ("मोबाइल 15000 का है", "मोबाइल पंद्रह हज़ार का है"),
        ("1 करोड़ 20 लाख, 8:00 am, 5 PM", "एक करोड़ बीस लाख, सुबह आठ बजे, शाम पाँच बजे"),
        ("₹500/-, ई.पू. 326, लुई XIV, 24x7", "पाँच सौ रुपए, ईसा पूर्व तीन सौ छब्बीस, लुई चौदह, चौबीस घंटे सातों दिन"),
        ("वह घर आई. फिर सोई.", "वह घर आई. फिर सोई."),
    ],
)
def test_hindi(text, expected):
    assert read(text, "hi") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2個 2人 10人 14人", "ニコ フタリ ジューニン ジューヨニン"),
        ("1分 3分 4分 10分 100本", "イップン サンプン ヨンプン ジュップン ヒャッポン"),
        ("4月1日、1日に3回、10日間", "シガツツイタチ、イチニチにサンカイ、トーカカン"),
        ("3000m、8000円、600円", "サンゼンメートル、ハッセンエン、ロッピャクエン"),
        ("0.05、8.5、1兆2千億", "レーテンゼロゴー、ハッテンゴー、イッチョーニセンオク"),
        ("5コメント、3トン、2トンネル", "ゴ コメント、サントン、ニ トンネル"),
        (
            "12/15から、R6.5.3、S64年",
            "ジューニガツ ジューゴニチから、レーワロクネンゴガツミッカ、ショーワロクジューヨネン",
        ),
        ("すご〜い、月〜金", "すご〜い、月カラ金"),
        ("千代田区1-2-3、1:2:3、3対2、Ⅱ世", "千代田区イチノニノサン、イチタイニタイサン、サン対ニ、ニ世"),
        ("1-2=-1", "イチマイナスニイコールマイナスイチ"),
    ],
)
def test_japanese(text, expected):
    assert read(text, "ja").replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2天 2月 2号 2楼 第2 200 20000 2.5", "两天 二月 二号 二楼 第二 两百 两万 二点五"),
        ("10 110 1011 100100 100000010", "十 一百一十 一千零一十一 十万零一百 一亿零一十"),
        ("110个人，打110", "一百一十个人，打幺幺零"),
        ("3000年前，2000年，公元前221年，05年", "三千年前，二零零零年，公元前二二一年，零五年"),
        ("9点-10点，5万-10万元", "九点到十点，五万到十万元"),
        ("8:00 a.m.，13:10:36", "上午八点，十三点十分三十六秒"),
        ("1又1/2，-1/3，24/7", "一又二分之一，负三分之一，七天二十四小时"),
        ("B2B和XX公司，5A景区", "B to B和XX公司，五 A景区"),
        ("7×24小时，1+1=2", "七乘二十四小时，一加一等于二"),
        ("血压120/80，G1234次，ISO9001", "血压一百二十比八十，G 一二三四次，ISO 九零零一"),
        ("2026世界杯，Ⅲ期，2000元/m²，1-2-3", "二零二六世界杯，三期，两千元每平方米，一杠二杠三"),
        ("见example.com/a。", "见example 点 com 斜杠 a。"),
    ],
)
def test_chinese(text, expected):
    assert read(text, "zh").replace(" ", "") == expected.replace(" ", "")


def test_traditional_characters_by_script_and_by_region():
    assert read("2點，10000元", "zh-Hant") == read("2點，10000元", "yue") == "兩點，一萬元"
    assert read("2点，10000元", "zh-Hans") == read("2点，10000元", "cmn") == "两点，一万元"


WRITTEN = """
0 1 2 10 2024 17:30 1,500 3.5 - ～ 〜 / : . , % ￥ ₹ $ km/h kg 年 月 日 时 時 分 个 本 円
元 万 億 लाख बजे वीं डॉ. ए. １ ५ ① ㎏ 第 IV 电话 番号 (月) R6 A4 @ a.com www.a.cn * ** 🎉
"""


@given(
    st.lists(st.sampled_from(WRITTEN.split()), max_size=14).map("".join), st.sampled_from(["hi", "ja", "zh", "zh-TW"])
)
def test_replacements_are_in_order_and_leave_no_digit(text, language):
    position = 0
    verbalizer = make_verbalizer(language)
    for start, end, _ in verbalizer.find(text):
        assert position <= start < end <= len(text)
        position = end
    assert not any(character.isdecimal() for character in verbalizer.apply(text))


@pytest.mark.parametrize("language", ["hi", "ja", "zh"])
def test_long_texts_take_linear_time(language):
    find = make_verbalizer(language).find
    for piece in ("1", "1-", "1,", "1年", "第1", "1/", "1:", "+1", "電話1", "डॉ. ", "है1 ", "〜", "a.", "IV"):
        assert grows_linearly(find, lambda size, piece=piece: (piece * size)[:size], 1_000), piece
