"""GivenPronunciation stretches of a clean text, and tokens that keep to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ..common.tokens import Token
from .clean_text import GivenPronunciation

_WORD = re.compile(r"\S+")


def shifted(tokens: Iterable[Token], offset: int) -> list[Token]:
    """Return tokens of a part of a text with their places in the whole."""
    return [token._replace(start=token.start + offset, end=token.end + offset) for token in tokens]


def within(held: Iterable[GivenPronunciation], start: int, end: int) -> list[GivenPronunciation]:
    """Return the stretches in `[start, end)`, with their places in that part."""
    return [
        stretch._replace(start=stretch.start - start, end=stretch.end - start)
        for stretch in held
        if start <= stretch.start and stretch.end <= end
    ]


def edges_of(held: Iterable[GivenPronunciation]) -> list[int]:
    """Return where stretches begin and end, ascending."""
    return sorted({edge for stretch in held for edge in (stretch.start, stretch.end)})


def words(text: str, held: Sequence[GivenPronunciation]) -> list[tuple[int, int]]:
    """Return the spans between spaces; a stretch with spaces is one."""
    return [(word.start(), word.end()) for word in _WORD.finditer(shape_of(text, held))]


def shape_of(text: str, held: Sequence[GivenPronunciation], filler: str = "x") -> str:
    """Return the text with each character of a held stretch replaced: as it is, by one plain word."""
    parts: list[str] = []
    position = 0
    for stretch in held:
        parts += [text[position : stretch.start], filler * (stretch.end - stretch.start)]
        position = stretch.end
    return "".join(parts) + text[position:]


def split_at(spans: Sequence[tuple[int, int]], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Return spans cut at edges that lie within them."""
    pieces: list[tuple[int, int]] = []
    number = 0
    for start, end in spans:
        first = start
        while number < len(edges) and edges[number] < end:
            if edges[number] > first:
                pieces.append((first, edges[number]))
                first = edges[number]
            number += 1
        pieces.append((first, end))
    return pieces


def replace_held(tokens: Sequence[Token], held: Sequence[GivenPronunciation]) -> list[Token]:
    """Put in the phonemes of held stretches; no token crosses an edge of one."""
    replaced: list[Token] = []
    rest = list(held)
    for token in tokens:
        while rest and rest[0].end <= token.start:
            rest.pop(0)
        stretch = rest[0] if rest and rest[0].start <= token.start else None
        if stretch is None:
            replaced.append(token)
        elif token.start > stretch.start and replaced and replaced[-1].start == stretch.start:
            replaced[-1] = replaced[-1]._replace(end=token.end, space=token.space)
        else:
            replaced.append(token._replace(phonemes=stretch.phonemes))
    return replaced


def read_with(read: Callable[[str], list[Token]], text: str, held: Sequence[GivenPronunciation]) -> list[Token]:
    """Return the tokens of a text whose words have no spaces, with held stretches put in.

    The text is read whole; only where a token crosses the edge of a stretch is it read in parts around them.
    """
    tokens = read(text)
    edges = edges_of(held)
    if not any(token.start < edge < token.end for token in tokens for edge in edges):
        return replace_held(tokens, held)
    tokens = []
    position = 0
    for stretch in held:
        tokens += shifted(read(text[position : stretch.start]), position)
        tokens = _spaced(tokens)
        tokens.append(Token(stretch.phonemes, True, stretch.start, stretch.end))
        position = stretch.end
    return tokens + shifted(read(text[position:]), position)


def _spaced(tokens: list[Token]) -> list[Token]:
    return [*tokens[:-1], *(token._replace(space=True) for token in tokens[-1:])]
