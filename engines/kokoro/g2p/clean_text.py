"""The cleaned text that a G2P reads, with an offset map to the source text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..common.tokens import Token
from .offset_map import MappedText
from .overrides import Override


class OverrideSpan(NamedTuple):
    """A span `[start, end)` of a clean text whose phonemes the user gave."""

    start: int
    end: int
    phonemes: str


_DROPPED = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10))
}
"""Characters without a sound: soft hyphens, zero-width and direction marks, variation selectors."""
_JOINERS = frozenset("\u200c\u200d")
_VIRAMA_CLASS = 9

_PLAIN = {
    "।": ".",
    "॥": ".",
    "\u2013": "—",
    "\u2012": "-",
    "\u2010": "-",
    "\u2011": "-",
    "\u2015": "—",
    "ʼ": "'",
    "„": "“",
    "‟": "“",
    "‹": "«",
    "›": "»",
    "、": ", ",
    "，": ", ",
    "､": ", ",
    "。": ". ",
    "．": ". ",
    "｡": ". ",
    "！": "! ",
    "？": "? ",
    "：": ": ",
    "；": "; ",
    "（": " (",
    "）": ") ",
    "「": " “",
    "」": "” ",
    "『": " “",
    "』": "” ",
    "《": " “",
    "》": "” ",
    "【": " “",
    "】": "” ",
    "〜": "—",
    "～": "—",
    "؟": "?",
    "،": ",",
    "؛": ";",
}
"""Marks that G2Ps for Latin letters don't know, with the equivalent that they do."""
_STYLED = ((0x2460, 0x24FF), (0x1D400, 0x1D7FF), (0xFB00, 0xFB06), (0xFF66, 0xFF9F))
"""Circled and mathematical characters, ligatures, and Kana of half width."""
_SPACED_ONLY = frozenset("\u2013")


class CleanText:
    """A text without characters that no G2P can read. `text` has no outer spaces and no two spaces in a row."""

    def __init__(self, source: str, start: int, end: int, overrides: Sequence[Override], *, wide: bool) -> None:
        """Clean `source[start:end]`. `wide` keeps Chinese and Japanese marks, for the G2Ps that know them.

        The result is in NFC. Control characters, line breaks, all kinds of spaces and lone surrogates become spaces;
        decimal digits and Latin letters of other scripts, widths and styles, and circled ones, become plain ones. An
        override becomes an override span of its word.
        """
        self._source = source
        self._wide = wide
        self._mapped = MappedText()
        self.override_spans: list[OverrideSpan] = []
        position = start
        for override in overrides:
            self._add(position, override.outer_start)
            self._separate(source[override.outer_start - 1 : override.outer_start])
            self._add_override(override)
            position = override.outer_end
            self._separate(source[position : position + 1])
        self._add(position, end)
        self._strip()
        self.text = self._mapped.text()

    def to_source(self, tokens: Iterable[Token]) -> list[Token]:
        """Return tokens with offsets in the source; tokens that overlap there are merged."""
        return self._mapped.to_source(tokens)

    def _add_override(self, override: Override) -> None:
        start, end = override.start, override.end
        while self._source[start].isspace():
            start += 1
        first = len(self._mapped)
        self._add(start, end)
        if len(self._mapped) == first:
            self._put("x", start, end)
        self._strip()
        self.override_spans.append(OverrideSpan(first, len(self._mapped), override.phonemes))

    def _separate(self, outside: str) -> None:
        """Add a space between an override and an adjacent letter, in scripts that separate words by spaces."""
        if outside.isalnum() and not self._wide:
            self._put(" ", self._mapped.source_end, self._mapped.source_end)

    def _strip(self) -> None:
        while self._mapped.last == " ":
            self._mapped.drop_last()

    def _put(self, characters: str, start: int, end: int) -> None:
        for character in characters:
            if character != " " or self._mapped.last not in ("", " "):
                self._mapped.put(character, start, end)

    def _add(self, start: int, end: int) -> None:
        source = self._source
        for position in range(start, end):
            character = source[position]
            if " " < character <= "~":
                self._put(character, position, position + 1)
            else:
                self._add_other(character, position, start, end)

    def _add_other(self, character: str, position: int, start: int, end: int) -> None:
        if character in _DROPPED:
            return
        # After a virama a joiner decides the form of the conjunct, and with it the sound.
        before = self._source[position - 1] if position > start else " "
        if character in _JOINERS and unicodedata.combining(before) != _VIRAMA_CLASS:
            return
        category = unicodedata.category(character)
        if character.isspace() or category in ("Cc", "Cs", "Cn", "Co") or character == "\ufffd":
            self._put(" ", position, position + 1)
            return
        plain = self._plain(character, category, position, start, end)
        if position > start and len(plain) == 1 and _may_compose(plain):
            composed = unicodedata.normalize("NFC", self._mapped.last + plain)
            if len(composed) == 1 < len(self._mapped.last + plain):
                self._mapped.replace_last(composed, position + 1)
                return
        self._put(plain, position, position + 1)

    def _plain(self, character: str, category: str, position: int, start: int, end: int) -> str:
        if category == "Nd":
            return str(unicodedata.decimal(character))
        code = ord(character)
        if 0xFF01 <= code <= 0xFF5E and (character.isalnum() or character in "％＄＋＃＆＠／＿－"):
            return chr(code - 0xFEE0)
        if (
            0x2460 <= code <= 0x24FF
            or 0x1D400 <= code <= 0x1D7FF
            or 0xFB00 <= code <= 0xFB06
            or 0xFF66 <= code <= 0xFF9F
        ):
            return unicodedata.normalize("NFKC", character)
        if self._wide:
            return character
        if character in _SPACED_ONLY and not self._is_spaced(position, start, end):
            return character
        return _PLAIN.get(character, character)

    def _is_spaced(self, position: int, start: int, end: int) -> bool:
        source = self._source
        return start < position < end - 1 and source[position - 1].isspace() and source[position + 1].isspace()


def _may_compose(character: str) -> bool:
    return unicodedata.category(character) == "Mn" or "\u1161" <= character <= "\u11c2"
