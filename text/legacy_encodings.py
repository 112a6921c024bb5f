"""Guess the encoding of a text from before UTF-8, by the letters of the languages that were written in it.

Every candidate of a language decodes the text. In the best reading, letters are in the language's alphabet, and words
have no signs, no change of script and no capitals inside. Between languages, the smallest alphabet that explains all
letters wins. So a few cues suffice, which are too short for the statistics of general detectors.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_WESTERN = ("cp1252", "mac_roman", "cp850")
_CENTRAL = ("cp1250", "iso8859_2", "cp852", "mac_latin2")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
_BALTIC = ("cp1257", "iso8859_13", "cp775")
_ARABIC = ("cp1256", "iso8859_6", "cp720")
_OBSOLETE = str.maketrans("", "", "ฃฅ")
"""Letters that Thai no longer has; their bytes are frequent in Chinese."""
_RUSSIAN_LETTERS = "абвгдежзийклмнопрстуфхцчшщьюя"

_LANGUAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "fr": (_WESTERN, "àâæçèéêëîïôœùûüÿ"),
    "es": (_WESTERN, "áéíñóúü¿¡ªº"),
    "de": (_WESTERN, "äöüß"),
    "pt": (_WESTERN, "áâãàçéêíóôõúªº"),
    "it": (_WESTERN, "àèéìòùíóú"),
    "nl": (_WESTERN, "ëïéèóöüáç"),
    "sv": (_WESTERN, "åäöé"),
    "fi": (_WESTERN, "äöåé"),
    "da": (_WESTERN, "æøåé"),
    "nb": (_WESTERN, "æøåéòôê"),
    "is": (_WESTERN, "áðéíóúýþæö"),
    "ca": (_WESTERN, "àçèéíïòóúü·"),
    "sq": (_WESTERN, "ëç"),
    "en": (_WESTERN, "éèêïëçñüö"),
    "pl": (_CENTRAL, "ąćęłńóśźż"),
    "cs": (_CENTRAL, "áčďéěíňóřšťúůýž"),
    "sk": (_CENTRAL, "áäčďéíĺľňóôŕšťúýž"),
    "hu": (_CENTRAL, "áéíóöőúüű"),
    "ro": (_CENTRAL, "ăâîşţșț"),
    "hr": (_CENTRAL, "čćđšž"),
    "ru": (_CYRILLIC, _RUSSIAN_LETTERS + "ёыэъ"),
    "uk": (("cp1251", "koi8_u", "cp1125", "iso8859_5", "mac_cyrillic"), _RUSSIAN_LETTERS + "іїєґ"),
    "be": (_CYRILLIC, _RUSSIAN_LETTERS + "іўёыэ"),
    "bg": (_CYRILLIC, _RUSSIAN_LETTERS + "ъ"),
    "sr": (("cp1251", "iso8859_5", "cp855"), "абвгдежзиклмнопрстуфхцчшђјљњћџ"),
    "mk": (("cp1251", "iso8859_5", "cp855"), "абвгдежзиклмнопрстуфхцчшѓјљњќџѕ"),
    "el": (("cp1253", "iso8859_7", "cp737", "cp869"), "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"),
    "tr": (("cp1254", "iso8859_9", "cp857"), "âçğıîöşüûİ"),
    "et": (_BALTIC, "äõöüšž"),
    "lv": (_BALTIC, "āčēģīķļņšūž"),
    "lt": (_BALTIC, "ąčęėįšųūž"),
    "he": (("cp1255", "iso8859_8", "cp862"), "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    "ar": (_ARABIC, "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"),
    "fa": (("cp1256",), "ءآأؤئابةتثجحخدذرزسشصضطظعغفقکلمنهویپچژگكي"),
    "ur": (("cp1256",), "ءآأؤئابتثجحخدذرزسشصضطظعغفقکلمنںوہھیےپچژگٹڈڑ"),
    "th": (("cp874",), "".join(map(chr, range(0x0E01, 0x0E2F))).translate(_OBSOLETE) + "ะาำเแโใไๅๆฯ"),
    "vi": (("cp1258",), "àáâăèéêìíòóôơùúưýãõđ"),
    "zh": (("gb18030", "big5hkscs"), ""),
    "ja": (("cp932", "euc_jp"), ""),
    "ko": (("cp949", "johab"), ""),
}
"""By language: its encodings, the most usual first, and its letters beyond ASCII; none for East Asian languages."""
_SAME = {"no": "nb", "nn": "nb", "sl": "hr", "bs": "hr", "iw": "he", "gl": "pt", "yue": "zh", "cmn": "zh", "ms": "en"}
_EAST_ASIAN = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5hkscs": ("big5", range(0xA4, 0xC7)),
    "cp932": ("euc_jp", range(0xB0, 0xD0)),
    "euc_jp": ("euc_jp", range(0xB0, 0xD0)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
    "johab": ("euc_kr", range(0xB0, 0xC9)),
}
"""By encoding: the standard that orders its characters by use, and the lead bytes of the most used ones in it."""
_N_COMMON = {"zh": 3755, "ja": 3100, "ko": 2350}
_LATIN = frozenset(map(chr, [*range(0x41, 0x7B), *range(0xA0, 0x250)])) | set("țșȚȘ")
_MARKS = frozenset("“”„‘’‚–—…«»‹›\xa0♪°№€£©®·\xad§´")
_MARKS_IN_WORDS = frozenset("’\xad·…–—")
_WIDE_MARKS = frozenset("，。！？、；：「」『』（）《》【】“”‘’…—～·・\u3000％〜♪－〈〉")
_PROBE_BYTES = 16_384
_HINT = 0.3
"""What the given language is worth; a file of another language differs by more."""
_WHOLE = 0.2
"""What an East Asian encoding is worth that fits whole: few other texts do."""
_USUAL = "cp1252"
"""The most usual encoding, preferred where the characters beyond ASCII are too few to tell: see `_usual_worth`."""
_RARE = 1 / 200
"""Below this share of the bytes, characters beyond ASCII are names and signs in an English text."""
_MIN_SCORE = -0.5
"""Below it, the data is no text in any of the encodings."""


class EncodingGuess(NamedTuple):
    """An encoding, as a Python codec name, and the language by whose letters it was found (a BCP-47 tag)."""

    encoding: str
    language: str


def guess_encoding(data: bytes, language: str = "") -> EncodingGuess | None:
    """Return the most plausible encoding of a text that isn't UTF-8; None if it isn't text.

    Args:
        language: The text's language as a BCP-47 tag, if it is known; a text of another language is still recognized.
    """
    if b"\x1b$" in data:
        return EncodingGuess("iso2022_jp", "ja")
    probe = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_PROBE_BYTES]
    primary = language.partition("-")[0].lower()
    hint = _SAME.get(primary, primary)
    score, guess = max(
        (
            (score + (_HINT if guess.language == hint else 0), guess)
            for score, guess in _scores(probe, _usual_worth(data, hint))
        ),
        key=lambda scored: scored[0],
    )
    return guess if score >= _MIN_SCORE else None


def _usual_worth(data: bytes, hint: str) -> float:
    """Return what the most usual encoding is worth: much for a few names and signs, else nothing against the hint."""
    n_high = sum(byte >= 0x80 for byte in data)
    if n_high < len(data) * _RARE:
        return 1.5
    is_against_hint = hint in _LANGUAGES and _USUAL not in _LANGUAGES[hint][0]
    return 0.0 if is_against_hint else 0.5 / max(1, n_high)


def _scores(probe: bytes, usual: float) -> Iterator[tuple[float, EncodingGuess]]:
    texts: dict[str, str] = {}
    for language, (encodings, _) in _LANGUAGES.items():
        letters = _letters(language)
        for encoding in encodings:
            text = texts.get(encoding)
            if text is None:
                text = texts[encoding] = probe.decode(encoding, "replace")
            score = _score_of_letters(text, letters) if letters else _score_of_wide(text, language, encoding)
            width = len(letters) or _N_COMMON[language]
            score += usual if encoding == _USUAL else 0
            yield score - 0.03 * math.log2(width), EncodingGuess(encoding, language)


@cache
def _letters(language: str) -> frozenset[str]:
    letters = _LANGUAGES[language][1]
    return frozenset(letters + letters.upper())


def _score_of_letters(text: str, letters: frozenset[str]) -> float:
    """Return how well a text fits an alphabet, from about -5 to 1.05: the mean over the characters beyond ASCII."""
    total, n, is_latin, before = 0.0, 0, letters <= _LATIN, " "
    for at, character in enumerate(text):
        if character >= "\x80":
            n += 1
            total += _score_of_character(text, at, before, letters)
            if not is_latin and character in letters and before.isalpha() and before.isascii():
                total -= 2  # Latin letters and others in one word
        changes_case = before.islower() and character.isupper()
        if changes_case and not (before + character).isascii():
            total -= 1
        before = character
    return total / n if n else 0.0


def _score_of_character(text: str, at: int, before: str, letters: frozenset[str]) -> float:
    character = text[at]
    if character in letters:
        return 1.0 if character.isupper() else 1.05
    if character == "\ufffd":
        return -5
    if character.isalpha():
        return -1
    category = unicodedata.category(character)
    if category == "Mn":  # at most two accents follow a letter
        third = unicodedata.category(before) == "Mn" and at > 1 and unicodedata.category(text[at - 2]) == "Mn"
        return -1 if third or not (before.isalpha() or unicodedata.category(before) == "Mn") else 1.05
    if category in ("Cc", "Co", "Cn"):
        return -3
    if before.isalpha() and text[at + 1 : at + 2].isalpha() and character not in _MARKS_IN_WORDS:
        return -2
    return 0.3 if character in _MARKS else -1


def _score_of_wide(text: str, language: str, encoding: str) -> float:
    """Return how much of a text consists of the most used characters of an East Asian language."""
    total, n = 0.0, 0
    for character in text:
        if character < "\x80":
            continue
        n += 1
        if character in _WIDE_MARKS or "\uff01" <= character <= "\uff5e":
            total += 0.5
        elif character == "\ufffd":
            total -= 5
        elif _is_common(character, language, encoding):
            total += 1
        elif not unicodedata.category(character).startswith("L"):
            total -= 1
        elif language == "ko" or "\uff61" <= character <= "\uff9f" or not "\u4e00" <= character <= "\u9fff":
            total -= 0.5
    if not n:
        return 0.0
    return total / n + (0 if "\ufffd" in text else _WHOLE)


@cache
def _is_common(character: str, language: str, encoding: str) -> bool:
    if language == "ja" and "\u3041" <= character <= "\u30fe":
        return True
    codec, leads = _EAST_ASIAN[encoding]
    try:
        return character.encode(codec)[0] in leads
    except UnicodeEncodeError:
        return False
