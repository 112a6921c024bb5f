"""A segment's text as the model reads it, cut into pieces: each is one pass of the model, sent once it is decoded."""

from __future__ import annotations

import re
from collections.abc import Collection

from ...text.punctuation import IDEOGRAPHIC, SPEAKABLE
from ...text.segmenter import segment_text, span_text
from ...utils.streaming import SourceSpan

MAX_CHARS = 280
"""Longer pieces degrade or break off: the model was trained on sentences."""
_DENSE_WEIGHT = 3
"""A Chinese or Japanese character, or a Korean syllable, takes about as long to say as three letters."""
_MIN_CHARS = 12
"""A shorter piece makes the model invent sounds; it is joined to its neighbor."""
_DENSE = re.compile(f"{IDEOGRAPHIC.pattern}|[\uac00-\ud7a3]")
_QUOTES = re.compile('["“”„‟«»「」『』]')
"""The model speaks them, as a sigh or a breath."""
_APOSTROPHES = re.compile("[‘’‛ʼ`]")
_REPLACED = (("...", ", "), ("…", ", "), (":", ","), (" - ", ", "), (";", ", "), ("—", "-"), ("–", "-"), (" ,", ","))
_TURBO_REPLACED = (("…", ", "), (":", ","), ("—", "-"), ("–", "-"), (" ,", ","))
_ENDS = (".", "!", "?", "-", ",", "、", "，", "。", "？", "！", "]")


def spoken_length(text: str) -> int:
    """Return the length of a text in characters of an alphabet."""
    return len(text) + (_DENSE_WEIGHT - 1) * len(_DENSE.findall(text))


def cut_pieces(text: str, tags: Collection[str] = ()) -> list[str]:
    """Return the pieces of a text: sentences, with the short ones joined to a neighbor, and parts of long ones.

    They depend on nothing but the text, so a segment sounds the same whether it is streamed or not. A text without a
    letter, a digit or one of the `tags` has none.
    """
    if not _is_spoken(text, tags):
        return []
    limit = max(_MIN_CHARS, MAX_CHARS * len(text) // spoken_length(text))
    joined: list[SourceSpan] = []
    for span in segment_text(text, max_chars=limit):
        if joined and _belong_together(text, joined[-1], span, limit):
            joined.append(SourceSpan(joined.pop().start, span.end))
        else:
            joined.append(span)
    return [span_text(text, span) for span in joined]


def halves(piece: str) -> tuple[str, str] | None:
    """Return a piece in two parts, at the best place near its middle; None for a single word."""
    spans = list(segment_text(piece, max_chars=max(1, (len(piece) + 1) // 2)))
    if len(spans) < 2 or not piece[spans[0].end - 1 : spans[0].end + 1].strip():
        return None
    parts = piece[: spans[0].end], piece[spans[1].start :]
    # Without a space or a mark in between, a word would be cut.
    whole = spans[0].end == spans[1].start and not _DENSE.search(piece)
    return None if whole or not all(map(SPEAKABLE.search, parts)) else parts


def normal_text(piece: str, tags: Collection[str] = (), *, turbo: bool = False) -> str:
    """Return a piece as the model was trained to read it: its marks reduced to those it knows, and one at the end.

    Quotation marks are left out, because the model performs them. `[tags]` become the model's tokens.
    """
    text = _APOSTROPHES.sub("'", _QUOTES.sub("", piece))
    text = " ".join(text.split())
    if not _is_spoken(text, tags):
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


def _is_spoken(text: str, tags: Collection[str]) -> bool:
    return SPEAKABLE.search(text) is not None or any(f"[{tag}]" in text for tag in tags)


def _belong_together(text: str, first: SourceSpan, second: SourceSpan, limit: int) -> bool:
    shorter = min(spoken_length(text[span.start : span.end]) for span in (first, second))
    return shorter < _MIN_CHARS and second.end - first.start <= limit
