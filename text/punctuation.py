"""Characters by what they do in a sentence, over the scripts that the segmenter knows."""

from __future__ import annotations

import re

STRONG_TERMINATORS = "!?‼⁇⁈⁉‽\u037e\u061f\u0589"
"""End a sentence when white space follows (U+037E is the Greek question mark, U+061F the Arabic one, U+0589
the Armenian full stop)."""
WIDE_TERMINATORS = "。！？；｡．।॥۔።፧။។៕"
"""End a sentence whether or not white space follows: Chinese, Japanese, danda, Urdu, Ethiopic, Burmese, Khmer."""
TERMINATORS = ".…" + STRONG_TERMINATORS + WIDE_TERMINATORS
CLOSERS = "\"'”’“‘»«›‹)]}」』】》〉〕）］｝"
"""Stay with the sentence when they directly follow its terminator. “ and « close in German and Danish."""
LATE_CLOSERS = "»”’›)]}"
"""Close even after a space, as in French, if white space follows them too."""
QUOTES_BEFORE_PARTICLE = "」』"
STRONG_CLAUSE_MARKS = ";:：；—–؛"
WEAK_CLAUSE_MARKS = ",，、،､"
WIDE_CLAUSE_MARKS = "，、､：；—"
"""May be cut after without white space."""
DASHES = "-–—"
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"

SPEAKABLE = re.compile(r"[^\W_]")
"""A letter or a digit of any script: what `str.isalnum` takes."""
NOT_SPACE = re.compile(r"\S")
IDEOGRAPHIC = re.compile(
    "[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


def is_ideographic(character: str) -> bool:
    """Whether it belongs to Chinese or Japanese, which put no spaces between words."""
    return IDEOGRAPHIC.match(character) is not None


def is_hiragana(character: str) -> bool:
    """Whether it is a hiragana letter, which Japanese particles are written in."""
    return "\u3041" <= character <= "\u309f"
