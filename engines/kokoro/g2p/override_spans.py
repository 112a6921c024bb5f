"""Spans of a clean text whose phonemes the user gave, and tokens that respect them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ..common.tokens import Token
from .clean_text import OverrideSpan

_WORD = re.compile(r"\S+")


def shift_tokens(tokens: Iterable[Token], offset: int) -> list[Token]:
    """Return tokens of a part of a text with offsets in the whole."""
    return [token._replace(start=token.start + offset, end=token.end + offset) for token in tokens]


def spans_within(override_spans: Iterable[OverrideSpan], start: int, end: int) -> list[OverrideSpan]:
    """Return the spans in `[start, end)`, with offsets in that part."""
    return [
        span._replace(start=span.start - start, end=span.end - start)
        for span in override_spans
        if start <= span.start and span.end <= end
    ]


def span_edges(override_spans: Iterable[OverrideSpan]) -> list[int]:
    """Return the starts and ends of spans, ascending."""
    return sorted({edge for span in override_spans for edge in (span.start, span.end)})


def word_spans(text: str, override_spans: Sequence[OverrideSpan]) -> list[tuple[int, int]]:
    """Return the spans of words between spaces; an override span with spaces counts as one word."""
    return [(word.start(), word.end()) for word in _WORD.finditer(mask_spans(text, override_spans))]


def mask_spans(text: str, override_spans: Sequence[OverrideSpan], filler: str = "x") -> str:
    """Return the text with each override span replaced by one plain word of the same length."""
    parts: list[str] = []
    position = 0
    for span in override_spans:
        parts += [text[position : span.start], filler * (span.end - span.start)]
        position = span.end
    return "".join(parts) + text[position:]


def split_spans_at(spans: Sequence[tuple[int, int]], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Split spans at the edges within them."""
    parts: list[tuple[int, int]] = []
    number = 0
    for start, end in spans:
        first = start
        while number < len(edges) and edges[number] < end:
            if edges[number] > first:
                parts.append((first, edges[number]))
                first = edges[number]
            number += 1
        parts.append((first, end))
    return parts


def apply_overrides(tokens: Sequence[Token], override_spans: Sequence[OverrideSpan]) -> list[Token]:
    """Replace the phonemes of override spans by the user's. No token may cross a span's edge."""
    replaced: list[Token] = []
    rest = list(override_spans)
    for token in tokens:
        while rest and rest[0].end <= token.start:
            rest.pop(0)
        span = rest[0] if rest and rest[0].start <= token.start else None
        if span is None:
            replaced.append(token)
        elif token.start > span.start and replaced and replaced[-1].start == span.start:
            replaced[-1] = replaced[-1]._replace(end=token.end, space=token.space)
        else:
            replaced.append(token._replace(phonemes=span.phonemes))
    return replaced


def read_with_overrides(
    read: Callable[[str], list[Token]], text: str, override_spans: Sequence[OverrideSpan]
) -> list[Token]:
    """Return the tokens of a text in a language without spaces, with the user's phonemes in the override spans.

    The text is converted as a whole; if a token crosses the edge of a span, in parts around the spans.
    """
    tokens = read(text)
    edges = span_edges(override_spans)
    if not any(token.start < edge < token.end for token in tokens for edge in edges):
        return apply_overrides(tokens, override_spans)
    tokens = []
    position = 0
    for span in override_spans:
        tokens += shift_tokens(read(text[position : span.start]), position)
        tokens = _spaced(tokens)
        tokens.append(Token(span.phonemes, True, span.start, span.end))
        position = span.end
    return tokens + shift_tokens(read(text[position:]), position)


def _spaced(tokens: list[Token]) -> list[Token]:
    return [*tokens[:-1], *(token._replace(space=True) for token in tokens[-1:])]
