"""The words that a text says, in one form for every way to write them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

from ...utils.streaming.contract.language_tags import primary_tag
from ...utils.streaming.contract.segment import SourceSpan
from ..tokens import spoken_words, token_spans
from ..verbalize.verbalizer import make_verbalizer
from . import english

_INITIALS = re.compile(
    r"(?<![^\W_])(?:[^\W\d_]\.[ ]?){1,5}[^\W\d_]\.(?![^\W_])|(?<![^\W_])(?:[A-Z] ){1,5}[A-Z](?![^\W_])"
)
"""U.S., p. m., F B I."""
_TIME_WITH_DOT = re.compile(r"\b(\d{1,2})\.(\d\d)(?= ?[ap]\.? ?m\b)", re.IGNORECASE)
_AMOUNT = re.compile(r"(?<![\w.,])(\d[\d.,]*[.,]\d\d)\s+(euros?|dollars?|pounds?)\b", re.IGNORECASE)
_SIGNS = {"e": "€", "d": "$", "p": "£"}
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "Oe", "Æ": "Ae"})
_NOUNS_ARE_CAPITALIZED = frozenset({"de", "lb"})
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’“»)\]]*$")


class SaidWord(NamedTuple):
    """A word in the form for comparison, and its span in the verbalized text.

    It is a name if it is written like one: with a capital within a sentence.
    """

    word: str
    is_name: bool
    span: SourceSpan


class SaidText(NamedTuple):
    """A verbalized text, and its words."""

    text: str
    words: tuple[SaidWord, ...]


def said_text(text: str, language: str | None) -> SaidText:
    """Return what a text says in a language (BCP-47; None: unknown, so numbers stay as they are written).

    Numbers, times, amounts and abbreviations are verbalized, initials joined, contractions expanded, British and
    American spellings and traditional and simplified characters folded. Case and punctuation don't count.
    """
    base = primary_tag(language) if language else ""
    spoken = _verbalized(text.translate(_LETTERS), language, base)
    names = base not in _NOUNS_ARE_CAPITALIZED
    fold = english.fold_spelling if base == "en" else _simplified if base in ("zh", "cmn", "yue") else str
    words: list[SaidWord] = []
    starts_sentence = True
    for span in token_spans(spoken):
        token = spoken[span.start : span.end]
        first = next((character for character in token if character.isalnum()), "")
        is_name = names and not starts_sentence and first.isupper()
        parts = spoken_words(token)
        words += [SaidWord(fold(part), is_name, span) for part in parts]
        if parts:
            starts_sentence = _SENTENCE_END.search(token) is not None
    return SaidText(spoken, tuple(words))


def _verbalized(text: str, language: str | None, base: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = _TIME_WITH_DOT.sub(r"\1:\2", text)
    text = _AMOUNT.sub(lambda match: f"{match[1]}{_SIGNS[match[2][0].lower()]}", text)
    verbalizer = make_verbalizer(language)
    spoken = verbalizer.apply(text) if verbalizer is not None else text
    if base == "en":
        spoken = english.expand(spoken)
    return _INITIALS.sub(_joined_initials, spoken)


def _joined_initials(match: re.Match[str]) -> str:
    return "".join(character for character in match[0] if character.isalpha()) + " "


def _simplified(word: str) -> str:
    simple: str = _converter().convert(word)
    return simple


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
