"""Split text into tokens: words, or characters in scripts without spaces."""

from __future__ import annotations

import re
import unicodedata

from ..utils.streaming.contract.segment import SourceSpan
from .graphemes import is_grapheme_cut
from .punctuation import IDEOGRAPHIC, WIDE_CLAUSE_MARKS, WIDE_TERMINATORS

OPENERS = "([{（［｛「『【《〈〔“‘„‚«‹¿¡"
"""Marks that belong to the following word. A straight quote is ambiguous and belongs to the word before it."""
NO_BREAK_SPACES = "\u00a0\u202f\u2007"
SPACELESS = re.compile(f"{IDEOGRAPHIC.pattern}|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""A character of Chinese, Japanese, Thai, Lao, Burmese or Khmer, which have no spaces between words."""

_CHUNK = re.compile(f"[^\\s]+(?:[{NO_BREAK_SPACES}]+[^\\s]+)*")
_WIDE_MARKS = frozenset(WIDE_CLAUSE_MARKS + WIDE_TERMINATORS)
_SPLITTABLE = re.compile(f"{SPACELESS.pattern}|[{re.escape(''.join(sorted(_WIDE_MARKS)))}]")
_APOSTROPHES = frozenset("'’ʼ＇")
_NUMBER_MARKS = frozenset(".,:")


def token_spans(text: str) -> list[SourceSpan]:
    """Return the tokens of a text in order. Together they contain all of it except white space.

    A token is the text between white space (not counting no-break spaces). In scripts without spaces, it is a written
    character with the punctuation after it. A token also ends after a mark such as `，` or `—`.
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
    """Return the words of a text in the form for comparison: NFKC, without case and punctuation.

    A mark between two digits is kept (3.14), an apostrophe in a word is dropped (don't: dont), and any other mark or
    symbol separates words (well-known: two). Scripts without spaces give their written characters.
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
    """Return the key for comparing tokens. A token of punctuation equals only itself."""
    return "".join(spoken_words(token)) or unicodedata.normalize("NFKC", token)
