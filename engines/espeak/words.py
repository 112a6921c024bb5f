"""Word timings: from eSpeak NG's word events to words of the source text.

The library's words differ from the text's: it reports one event for each word of a number, at positions that run into
the text after it; no event for a word that it joins to the one before ("of the"); and positions on the space before an
abbreviation. This module's words are the text between two spaces or, in scripts without spaces, the library's words.
Every letter and digit after the first event is part of exactly one word. Words that the library joined stay joined,
since their separate times are unknown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ...utils.streaming import SourceSpan, Word
from .binding import SAMPLE_RATE_HZ, WordEvent

_SEPARATORS = frozenset("—―…\u200b\ufeff")
_SPOKEN_PUNCTUATION = frozenset("%‰&@#*/\\_")
_UNSPACED_SCRIPTS = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)


class WordTracker:
    """Turns the events of one text, in order, into words; a word is complete when the next one begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._done: list[Word] = []
        self._start = -1
        """The start of the current word in the text; -1 before the first."""
        self._start_sample = 0
        self._token_end = 0
        """The end of the text without spaces that contains the current word."""
        self._last_position = -2

    def add(self, events: Iterable[WordEvent]) -> None:
        """Add the next events."""
        for event in events:
            self._add(event)

    def finish(self, n_samples: int) -> None:
        """End the last word at the end of the audio, of `n_samples` samples."""
        if self._start >= 0:
            self._close(len(self._text), n_samples)
            self._start = -1

    def take(self) -> tuple[Word, ...]:
        """Return the words completed since the last call."""
        words, self._done = tuple(self._done), []
        return words

    def _add(self, event: WordEvent) -> None:
        text, position = self._text, event.position
        advances_by_one = 0 <= position - self._last_position <= 1
        self._last_position = position
        if position >= len(text) or (self._start >= 0 and position < self._start):
            return
        if position < self._token_end:
            if position > self._start and _is_cut(text, position):
                self._begin(position, self._token_end, event.sample)
            return
        if _is_separator(text[position]) and advances_by_one:
            return
        while position < len(text) and _is_separator(text[position]):
            position += 1
        if position == len(text):
            return
        start = position
        while start > self._token_end and not _is_separator(text[start - 1]):
            start -= 1
        if self._start < 0:
            start = next((i for i in range(start) if text[i].isalnum()), start)
        end = position
        while end < len(text) and not _is_separator(text[end]):
            end += 1
        self._begin(start, end, event.sample)

    def _begin(self, start: int, token_end: int, sample: int) -> None:
        if self._start >= 0:
            sample = max(sample, self._start_sample)
            self._close(start, sample)
        self._start, self._token_end, self._start_sample = start, token_end, sample

    def _close(self, limit: int, end_sample: int) -> None:
        """Complete the current word; the next begins at `limit` in the text."""
        text = self._text
        end = min(self._token_end, limit)
        # The word includes later letters and digits without an event: the library spoke them together.
        for position in range(limit - 1, end - 1, -1):
            if text[position].isalnum():
                end = position + 1
                while end < limit and unicodedata.category(text[end])[0] == "M":
                    end += 1
                break
        start = self._start
        while start < end and _is_trim(text[start]):
            start += 1
        while end > start and _is_trim(text[end - 1]):
            end -= 1
        if start < end:
            span = SourceSpan(start, end)
            start_s, end_s = self._start_sample / SAMPLE_RATE_HZ, end_sample / SAMPLE_RATE_HZ
            self._done.append(Word(text[start:end], start_s, end_s, source=span))


def _is_separator(character: str) -> bool:
    return character.isspace() or character in _SEPARATORS or unicodedata.category(character) == "Cc"


def _is_trim(character: str) -> bool:
    """Whether a character is trimmed at a word's edges: spaces, quotes, brackets, full stops."""
    return unicodedata.category(character)[0] in "PZC" and character not in _SPOKEN_PUNCTUATION


def _is_cut(text: str, position: int) -> bool:
    """Whether a word may begin here without a space before it."""
    if unicodedata.category(text[position])[0] == "M":
        return False
    return _is_unspaced(text[position]) or _is_unspaced(text[position - 1])


def _is_unspaced(character: str) -> bool:
    code = ord(character)
    return any(low <= code <= high for low, high in _UNSPACED_SCRIPTS)
