"""Mandarin with misaki's tables: jieba's words, pypinyin's readings, cn2an's numbers."""

from __future__ import annotations

import logging
import re
import shutil
import warnings
from collections.abc import Sequence

from ..common.tokens import Token
from .clean_text import OverrideSpan
from .offset_map import MappedText
from .override_spans import read_with_overrides
from .required_import import import_required
from .temporary import make_folder

PACKAGES = "cn2an jieba ordered-set pypinyin"
_PIECE = re.compile("([\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)|\\s+|\\S")
_NUMBER = re.compile(
    r"(?:(?<![A-Za-z0-9])-)?\d+(?:[.,:/-]\d+)*"
    r"(?:[%℃]|年(?:\d{1,2}月)?(?:\d{1,2}日)?|月(?:\d{1,2}日)?|日)?"
)
_THOUSANDS_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_RANGE = re.compile(r"(?<=\d)-(?=\d)")
_DIGIT_BY_DIGIT = re.compile(r"(?<![\d.])(?:0\d+|\d{11,})(?![\d.])")
"""Codes and telephone numbers."""
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


class ChineseG2P:
    """Converts Han characters and numbers; other letters get no phonemes."""

    def __init__(self) -> None:
        """Load jieba's dictionary. KokoroLanguageError names the packages to install if one is missing."""
        self._zh = import_required("misaki.zh", "Chinese", PACKAGES, "zh")
        self._cn2an = import_required("cn2an", "Chinese", PACKAGES, "zh")
        self._jieba = import_required("jieba", "Chinese", PACKAGES, "zh")
        self._jieba.setLogLevel(logging.WARNING)
        # jieba caches its dictionary under a predictable name in a world-writable folder, and trusts what is there.
        folder = make_folder()
        try:
            self._jieba.dt.tmp_dir = str(folder)
            self._jieba.initialize()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens of a clean text, one per word of jieba and one per number."""
        return read_with_overrides(self._read, text, override_spans)

    def _read(self, text: str) -> list[Token]:
        numbered = self._with_numbers(text)
        tokens: list[Token] = []
        for piece in _PIECE.finditer(numbered.text()):
            if piece[1]:
                tokens += self._run(piece[1], piece.start())
                continue
            # Spaces around marks as misaki sets them; alone, they would be stripped.
            sign = self._zh.ZHG2P.map_punctuation(f"x{piece[0]}x")[1:-1]
            if sign.startswith(" ") and tokens:
                tokens[-1] = tokens[-1]._replace(space=True)
            if sign.strip():
                tokens.append(Token(sign.strip(), sign.endswith(" "), piece.start(), piece.end()))
        return numbered.to_source(tokens)

    def _run(self, run: str, offset: int) -> list[Token]:
        tokens: list[Token] = []
        start = offset
        for word in self._jieba.lcut(run, cut_all=False):
            end = start + len(word)
            phonemes = self._say(word)
            if phonemes or len(word) == 1:
                tokens.append(Token(phonemes, end < offset + len(run), start, end))
            else:
                tokens += [
                    Token(self._say(character), start + place + 1 < offset + len(run), start + place, start + place + 1)
                    for place, character in enumerate(word)
                ]
            start = end
        return tokens

    def _say(self, word: str) -> str:
        """Return a word's phonemes, or "" if one of its characters has no reading."""
        try:
            return str(self._zh.ZHG2P.word2ipa(word))
        except (ValueError, KeyError, AssertionError):
            return ""

    def _with_numbers(self, text: str) -> MappedText:
        """Return the text with its numbers verbalized."""
        mapped = MappedText()
        position = 0
        for number in _NUMBER.finditer(text):
            for place in range(position, number.start()):
                mapped.put(text[place], place, place + 1)
            mapped.put(self._number(number[0]), number.start(), number.end())
            position = number.end()
        for place in range(position, len(text)):
            mapped.put(text[place], place, place + 1)
        return mapped

    def _number(self, number: str) -> str:
        """Verbalize a number with cn2an, but accept thousands commas, spell codes, and never read a hyphen as minus."""
        number = _THOUSANDS_COMMA.sub("", number)
        number = _RANGE.sub("到" if len(_RANGE.findall(number)) == 1 else " ", number)
        number = _DIGIT_BY_DIGIT.sub(lambda code: code[0].translate(_DIGITS), number)
        with warnings.catch_warnings():
            # cn2an warns about numbers that it can't convert; their digits are spoken one by one.
            warnings.simplefilter("ignore")
            return str(self._cn2an.transform(number, "an2cn")).translate(_DIGITS)
