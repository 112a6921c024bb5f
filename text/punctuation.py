"""Punctuation by its function in a sentence, for the scripts that the segmenter supports."""

from __future__ import annotations

import re

STRONG_TERMINATORS = "!?‼⁇⁈⁉‽\u037e\u061f\u0589"
"""Marks that end a sentence if white space follows (U+037E is the Greek question mark, U+061F the Arabic one, U+0589
the Armenian full stop)."""
WIDE_TERMINATORS = "。！？；｡．।॥۔።፧။។៕"
"""Marks that end a sentence even without white space: Chinese, Japanese, danda, Urdu, Ethiopic, Burmese, Khmer."""
TERMINATORS = ".…" + STRONG_TERMINATORS + WIDE_TERMINATORS
CLOSERS = "\"'”’“‘»«›‹)]}」』】》〉〕）］｝"
"""Marks that belong to the sentence if they directly follow its terminator. “ and « close in German and Danish."""
LATE_CLOSERS = "»”’›)]}"
"""Marks that close even after a space, as in French, if white space also follows."""
QUOTES_BEFORE_PARTICLE = "」』"
STRONG_CLAUSE_MARKS = ";:：；—–؛"
WEAK_CLAUSE_MARKS = ",，、،､"
WIDE_CLAUSE_MARKS = "，、､：；—"
"""Marks after which a cut needs no white space."""
DASHES = "-–—"
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"

SPEAKABLE = re.compile(r"[^\W_]")
"""A letter or digit of any script, as in `str.isalnum`."""
NOT_SPACE = re.compile(r"\S")
IDEOGRAPHIC = re.compile(
    "[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


def is_ideographic(character: str) -> bool:
    """Return whether a character is Chinese or Japanese, which have no spaces between words."""
    return IDEOGRAPHIC.match(character) is not None


def is_hiragana(character: str) -> bool:
    """Return whether a character is hiragana, in which Japanese particles are written."""
    return "\u3041" <= character <= "\u309f"
