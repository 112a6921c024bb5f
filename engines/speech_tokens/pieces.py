"""A segment's text in pieces: each is one pass of a model."""

from __future__ import annotations

import re
from collections.abc import Collection

from ...text.punctuation import IDEOGRAPHIC, SPEAKABLE
from ...text.segmenter import segment_text, span_text
from ...utils.streaming import SourceSpan

_DENSE_WEIGHT = 3
"""A Chinese or Japanese character, or a Korean syllable, takes about as long to say as three letters."""
_DENSE = re.compile(f"{IDEOGRAPHIC.pattern}|[\uac00-\ud7a3]")


def spoken_length(text: str) -> int:
    """Return the length of a text in characters of an alphabet."""
    return len(text) + (_DENSE_WEIGHT - 1) * len(_DENSE.findall(text))


def is_spoken(text: str, tags: Collection[str] = ()) -> bool:
    """Whether a text has a letter, a digit or one of the `[tags]`."""
    return SPEAKABLE.search(text) is not None or any(f"[{tag}]" in text for tag in tags)


def cut_pieces(text: str, *, longest: int, shortest: int, tags: Collection[str] = ()) -> list[str]:
    """Return the pieces of a text: sentences and parts of long ones, of which short ones are joined to a neighbor.

    They depend on nothing but the text, so a segment sounds the same whether it is streamed or not. A text without a
    letter, a digit or one of the `tags` has none.

    Args:
        text: The text.
        longest: The maximum of a piece, in characters of an alphabet.
        shortest: A piece below it is joined to its neighbor, if both fit in one.
        tags: The names that are spoken although they aren't words.
    """
    if not is_spoken(text, tags):
        return []
    limit = max(1, longest * len(text) // spoken_length(text))
    joined: list[SourceSpan] = []
    for span in segment_text(text, max_chars=limit):
        if joined and span.end - joined[-1].start <= limit and _is_short(text, (joined[-1], span), shortest):
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


def _is_short(text: str, spans: tuple[SourceSpan, SourceSpan], shortest: int) -> bool:
    return min(spoken_length(text[span.start : span.end]) for span in spans) < shortest
