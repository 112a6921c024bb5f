"""A segment's text as the model reads it, cut into pieces: each is one pass of the model, sent once it is decoded."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..speech_tokens.pieces import cut_pieces, is_spoken

MAX_CHARS = 280
"""Longer pieces degrade or break off: the model was trained on sentences."""
_MIN_CHARS = 12
"""A shorter piece makes the model invent sounds; it is joined to its neighbor."""
_QUOTES = re.compile('["“”„‟«»「」『』]')
"""The model speaks them, as a sigh or a breath."""
_APOSTROPHES = re.compile("[‘’‛ʼ`]")
_REPLACED = (("...", ", "), ("…", ", "), (":", ","), (" - ", ", "), (";", ", "), ("—", "-"), ("–", "-"), (" ,", ","))
_TURBO_REPLACED = (("…", ", "), (":", ","), ("—", "-"), ("–", "-"), (" ,", ","))
_ENDS = (".", "!", "?", "-", ",", "、", "，", "。", "？", "！", "]")


def pieces_of(text: str, tags: Collection[str] = ()) -> list[str]:
    """Return the pieces of a text, each of which is one pass of the model."""
    return cut_pieces(text, longest=MAX_CHARS, shortest=_MIN_CHARS, tags=tags)


def normal_text(piece: str, tags: Collection[str] = (), *, turbo: bool = False) -> str:
    """Return a piece as the model was trained to read it: its marks reduced to those it knows, and one at the end.

    Quotation marks are left out, because the model performs them. `[tags]` become the model's tokens.
    """
    text = _APOSTROPHES.sub("'", _QUOTES.sub("", piece))
    text = " ".join(text.split())
    if not is_spoken(text, tags):
        return ""
    if text[0].islower():
        text = text[0].upper() + text[1:]
    for tag in tags:
        # The model's own token is written with a space.
        text = text.replace(f"[{tag}]", f"[{tag.replace('_', ' ')}]")
    for old, new in _TURBO_REPLACED if turbo else _REPLACED:
        text = text.replace(old, new)
    text = text.rstrip(" ")
    return text if text.endswith(_ENDS) else text + "."
