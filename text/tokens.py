"""Text as the tokens that people count, compare and correct: words, or characters where words have no spaces."""

from __future__ import annotations

import re
import unicodedata

from ..utils.streaming.contract.segment import SourceSpan
from .graphemes import is_grapheme_cut
from .punctuation import IDEOGRAPHIC, WIDE_CLAUSE_MARKS, WIDE_TERMINATORS

OPENERS = "([{（［｛「『【《〈〔“‘„‚«‹¿¡"
"""Belong to what follows. A straight quote may be either, and stays with what is before it."""
NO_BREAK_SPACES = "\u00a0\u202f\u2007"
SPACELESS = re.compile(f"{IDEOGRAPHIC.pattern}|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""A character of Chinese, Japanese, Thai, Lao, Burmese or Khmer: no white space shows where its word ends."""

_CHUNK = re.compile(f"[^\\s]+(?:[{NO_BREAK_SPACES}]+[^\\s]+)*")
_WIDE_MARKS = frozenset(WIDE_CLAUSE_MARKS + WIDE_TERMINATORS)
_SPLITTABLE = re.compile(f"{SPACELESS.pattern}|[{re.escape(''.join(sorted(_WIDE_MARKS)))}]")
_APOSTROPHES = frozenset("'’ʼ＇")
_NUMBER_MARKS = frozenset(".,:")


def token_spans(text: str) -> list[SourceSpan]:
    """Return the tokens of a text in order; together they hold all of it but white space.

    A token is what stands between white space (a no-break space is none). In scripts that put none between words, it is
    a written character with the marks behind it. Nor does one run over a mark such as `，` or `—` within a chunk.
    """
    spans: list[SourceSpan] = []
    for chunk in _CHUNK.finditer(text):
        start, end = chunk.span()
        if _SPLITTABLE.search(text, start, end):
            for position in range(start + 1, end):
                if _is_cut(text, position, chunk.start()):
                    spans.append(SourceSpan(start, position))
                    start = position
        spans.append(SourceSpan(start, end))
    return spans


def _is_cut(text: str, position: int, start: int) -> bool:
    before, after = text[position - 1], text[position]
    if not (after.isalnum() or after in OPENERS) or before in OPENERS or not is_grapheme_cut(text, position, start):
        return False
    return before in _WIDE_MARKS or any(SPACELESS.match(character) is not None for character in (before, after))


def spoken_words(text: str) -> list[str]:
    """Return the words of a text as they are compared: NFKC, without case and punctuation, numbers as they stand.

    A mark between two digits stays (3.14), an apostrophe in a word goes (don't: dont), any other mark or symbol parts
    words (well-known: two). Scripts without spaces give their written characters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = folded if folded.isascii() and folded.replace(" ", "").isalnum() else "".join(_without_marks(folded))
    words: list[str] = []
    for word in kept.split():
        if SPACELESS.search(word) is None:
            words.append(word)
        else:
            words.extend(word[span.start : span.end] for span in token_spans(word))
    return words


def _without_marks(text: str) -> list[str]:
    kept: list[str] = []
    for position, character in enumerate(text):
        if character.isalnum():
            kept.append(character)
            continue
        kind = unicodedata.category(character)
        if kind[0] == "M":
            kept.append(character)
        elif character in _NUMBER_MARKS and text[position - 1 : position].isdecimal():
            kept.append(character if text[position + 1 : position + 2].isdecimal() else " ")
        elif kind != "Cf" and character not in _APOSTROPHES:
            kept.append(" ")
    return kept


def token_key(token: str) -> str:
    """Return what two tokens must have in common to be the same word; a token of marks alone is only like itself."""
    return "".join(spoken_words(token)) or unicodedata.normalize("NFKC", token)
