"""Encodings from before UTF-8: short texts in many languages, with and without the language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.encoding import decode, text_encoding
from voxweft.text.errors import TextError
from voxweft.text.legacy_encodings import guess_encoding

SENTENCES = {
    "ru": "Поезд ушёл рано утром. Мы ждали его у старого моста. Никто не знает, куда он идёт!",
    "uk": "Потяг вирушив рано-вранці. Ми чекали його біля старого мосту. Ніхто не знає, куди він їде!",
    "bg": "Влакът тръгна рано сутринта. Чакахме го до стария мост. Никой не знае къде отива!",
    "pl": "Pociąg odjechał wcześnie rano. Czekaliśmy na niego przy moście. Nikt nie wie, dokąd jedzie źle!",
    "cs": "Vlak odjel brzy ráno. Čekali jsme na něj u starého mostu. Nikdo neví, kam jede příště!",
    "hu": "A vonat korán reggel elment. Az öreg hídnál vártunk rá. Senki sem tudja, hová megy őszre!",
    "el": "Το τρένο έφυγε νωρίς το πρωί. Το περιμέναμε στην παλιά γέφυρα. Κανείς δεν ξέρει πού πάει!",
    "tr": "Tren sabah erkenden gitti. Onu eski köprünün yanında bekledik. Nereye gittiğini kimse bilmiyor şimdi!",
    "ar": "غادر القطار في الصباح الباكر. انتظرناه عند الجسر القديم. لا أحد يعرف إلى أين يذهب!",
    "he": "הרכבת יצאה מוקדם בבוקר. חיכינו לה ליד הגשר הישן. איש אינו יודע לאן היא נוסעת!",
    "th": "รถไฟออกแต่เช้าตรู่ เรารออยู่ที่สะพานเก่า ไม่มีใครรู้ว่ามันจะไปที่ไหน",
    "lt": "Traukinys išvyko anksti ryte. Laukėme jo prie senojo tilto. Niekas nežino, kur jis važiuoja ąžuolų!",
    "et": "Rong lahkus varahommikul. Ootasime teda vana silla juures. Keegi ei tea, kuhu ta sõidab öösel ära!",
    "fr": "Le train est parti très tôt. Nous l’attendions près du vieux pont. Personne ne sait où il va à présent!",
    "de": "Der Zug fuhr früh am Morgen. Wir haben an der alten Brücke gewartet. Niemand weiß, wohin er fährt!",
    "zh": "火车一大早就开走了。我们在老桥旁边等它。没有人知道它要去哪里！",
    "zh-TW": "火車一大早就開走了。我們在老橋旁邊等它。沒有人知道它要去哪裡！",
    "ja": "列車は朝早く出発しました。私たちは古い橋のそばで待っていました。どこへ行くのか誰も知りません。",
    "ko": "기차는 아침 일찍 떠났습니다. 우리는 오래된 다리 옆에서 기다렸습니다. 어디로 가는지 아무도 모릅니다!",
}
ENCODINGS = [
    *[("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "cp866"), ("uk", "cp1251"), ("uk", "koi8-u"), ("bg", "cp1251")],
    *[("pl", "cp1250"), ("pl", "iso8859-2"), ("cs", "cp1250"), ("cs", "iso8859-2"), ("hu", "cp1250")],
    *[("el", "cp1253"), ("el", "iso8859-7"), ("tr", "cp1254"), ("ar", "cp1256"), ("ar", "iso8859-6")],
    *[("he", "cp1255"), ("th", "cp874"), ("lt", "cp1257"), ("et", "cp1257"), ("fr", "cp1252"), ("de", "cp1252")],
    *[("zh", "gb18030"), ("zh-TW", "big5"), ("ja", "cp932"), ("ja", "euc_jp"), ("ja", "iso2022_jp"), ("ko", "cp949")],
]


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
def test_a_few_sentences_suffice(language, encoding):
    text = SENTENCES[language]
    data = text.encode(encoding, "ignore")
    for hint in (language, "", "en"):
        assert decode(data, language=hint).text == data.decode(encoding), hint


@pytest.mark.parametrize("text", ["你好，我叫小明，我们回家吧。", "你好，再见！\n火车，船，桥。"])
def test_a_short_chinese_text_is_not_thai(text):
    assert decode(text.encode("gbk")).text == text


def test_vietnamese_with_its_accents_apart():
    # Windows-1258 has the tones as characters of their own.
    data = "Chuye\u0301n xe ro\u031b\u0300i đi tu\u031b\u0300 sa\u0301ng so\u031b\u0301m.".encode("cp1258", "ignore")
    assert decode(data, language="vi").encoding == "cp1258"


@pytest.mark.parametrize(
    ("language", "text", "encoding"),
    [("cs", "Jak se jmenuješ?", "cp852"), ("lv", "Kā tevi sauc?", "cp1257"), ("tr", "Adın ne?", "cp1254")],
)
def test_a_single_letter_suffices_with_the_language(language, text, encoding):
    assert decode(text.encode(encoding), language=language).text == text


@pytest.mark.parametrize("text", ["He said… I’m sure of it.", "Café", "La Pietà", "The naïve Velásquez costs £5"])
def test_english_with_a_few_signs_is_windows_1252(text):
    data = ("A plain line of English words, as films have them. " * 20 + text).encode("cp1252")
    assert decode(data).encoding == "cp1252"


def test_damaged_utf8_is_not_another_encoding():
    data = "Größe, Maß und Ähnliches\n".encode() + b"caf\xe9\n"
    decoded = decode(data, replace=True)
    assert (decoded.encoding, decoded.replaced_lines) == ("utf-8", (2,))
    with pytest.raises(TextError, match="UTF-8"):
        decode(data)


def test_a_named_encoding_is_used():
    data = SENTENCES["ru"].encode("koi8-r")
    assert decode(data, encoding="koi8-r").text == SENTENCES["ru"]
    assert decode(data, encoding="KOI8-R").guessed is False
    assert decode(data, encoding="cp1251").text != SENTENCES["ru"]


@pytest.mark.parametrize(("name", "codec"), [("windows-1251", "cp1251"), ("Shift_JIS", "shift_jis"), ("UTF8", "utf-8")])
def test_names_of_encodings(name, codec):
    assert text_encoding(name) == codec


@pytest.mark.parametrize("name", ["cp12511", "", "base64", "rot13", "hex", "x\0y"])
def test_unknown_encodings_are_refused(name):
    with pytest.raises(ValueError, match="unknown encoding"):
        text_encoding(name)


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_have_a_guess_that_decodes_or_none(data):
    guess = guess_encoding(data)
    if guess is not None:
        assert isinstance(data.decode(guess.encoding, "replace"), str)
