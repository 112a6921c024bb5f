"""Japanese with misaki's Cutlet: MeCab's words and readings, and Cutlet's table of sounds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from ..common.errors import KokoroLanguageError
from ..common.tokens import Token
from .alignment import align
from .clean_text import OverrideSpan
from .offset_map import MappedText
from .override_spans import read_with_overrides
from .required_import import import_required, install_commands

PACKAGES = "fugashi jaconv mojimoji unidic-lite"
MAX_CHUNK_CHARS = 160
"""Cutlet's time grows with the third power of the text's length; kokoro's pipeline passes up to 400 characters."""
_CACHED_WORDS = 4096
_NUMBER = re.compile(r"([0-9]+(?:,[0-9]{3})*)(?:\.([0-9]+))?([%℃]?)")
_UNITS = {"": "", "%": "パーセント", "℃": "度"}
_MAX_DIGITS = 9
"""Limit of misaki's converter; longer numbers, and those with a leading zero, are read digit by digit."""
_WAVE_DASHES = frozenset("〜～")
_ENDS = frozenset("。！？!?.…")


class JapaneseG2P:
    """Converts kanji, kana and numbers; other letters get no phonemes."""

    def __init__(self) -> None:
        """Load MeCab's dictionary. KokoroLanguageError names the packages to install if one is missing."""
        cutlet = import_required("misaki.cutlet", "Japanese", PACKAGES, "ja")
        self._convert = import_required("misaki.num2kana", "Japanese", PACKAGES, "ja").Convert
        try:
            self._cutlet: Any = cutlet.Cutlet()
        except RuntimeError as error:
            raise KokoroLanguageError(f"MeCab's dictionary is missing; {install_commands(PACKAGES, 'ja')}") from error
        self._say_word = lru_cache(_CACHED_WORDS)(self._say)

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens of a clean text, one per word of MeCab and one per number."""
        return read_with_overrides(self._read, text, override_spans)

    def _read(self, text: str) -> list[Token]:
        normal = self._normal(text)
        tokens: list[Token] = []
        for chunk in self._chunks(normal.text()):
            if tokens:
                tokens[-1] = tokens[-1]._replace(space=True)
            tokens += self._chunk(normal.text(), chunk)
        return normal.to_source(tokens)

    def _chunks(self, text: str) -> Iterator[list[tuple[int, int]]]:
        """Yield the spans of MeCab's words, in groups that end with a sentence if possible."""
        chunk: list[tuple[int, int]] = []
        position = 0
        for word in self._cutlet.tagger(text):
            start = text.index(word.surface, position)
            position = start + len(word.surface)
            if chunk and position - chunk[0][0] > MAX_CHUNK_CHARS:
                yield chunk
                chunk = []
            chunk.append((start, position))
            if word.surface[-1] in _ENDS and position - chunk[0][0] > MAX_CHUNK_CHARS // 2:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _chunk(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Token]:
        alone = [self._say_word(text[start:end]) for start, end in spans]
        whole = self._say(text[spans[0][0] : spans[-1][1]]) or " ".join(filter(None, alone))
        tokens: list[Token] = []
        for (start, end), part, own in zip(spans, align(whole, alone), alone, strict=True):
            phonemes = part.strip(" ")
            if tokens and own and not phonemes:
                tokens[-1] = tokens[-1]._replace(end=end)
            else:
                tokens.append(Token(phonemes, part.endswith(" "), start, end))
        return tokens

    def _say(self, text: str) -> str:
        try:
            phonemes, _ = self._cutlet(text)
        except (KeyError, AssertionError, IndexError):  # impossible sequences of kana, digits that aren't decimal
            return ""
        return " ".join(str(phonemes or "").split())

    def _normal(self, text: str) -> MappedText:
        """Return the text normalized as Cutlet does (NFKC, numbers in kana), so that Cutlet leaves it unchanged."""
        folded = MappedText()
        for place, character in enumerate(text):
            following = text[place + 1 : place + 2]
            if character in _WAVE_DASHES and following.isdecimal():
                folded.put("から", place, place + 1)
            elif character == "℃":
                folded.put(character, place, place + 1)
            else:
                folded.put(unicodedata.normalize("NFKC", character), place, place + 1)
        plain = folded.text()
        normal = MappedText()
        position = 0
        for number in _NUMBER.finditer(plain):
            self._copy(normal, plain, position, number.start())
            normal.put(self._number(number[1], number[2] or "", number[3]), number.start(), number.end())
            position = number.end()
        self._copy(normal, plain, position, len(plain))
        return folded.compose(normal)

    @staticmethod
    def _copy(target: MappedText, text: str, start: int, end: int) -> None:
        for place in range(start, end):
            target.put(text[place], place, place + 1)

    def _number(self, integer: str, decimals: str, unit: str) -> str:
        digits = integer.replace(",", "")
        is_code = len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0")
        kana = " ".join(map(self._convert, digits)) if is_code else self._convert(digits)
        if decimals:
            kana += "てん" + "".join(map(self._convert, decimals))
        return f" {kana}{_UNITS[unit]}"
