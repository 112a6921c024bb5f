"""Split a script into blocks, lines and brackets, as positions in its text."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from .paragraphs import LINE_BREAK
from .punctuation import LINE_BREAKS, NOT_SPACE

MAX_NESTING = 64
_SPACE = rf"[^\S{LINE_BREAKS}]*"
# These start with a character set, which `re` searches fastest.
_BLANK = re.compile(
    rf"[{LINE_BREAKS}](?:(?<=\u2029)|(?<!\r){_SPACE}(?=[{LINE_BREAKS}])|(?<=\r)(?:\n|(?!\n)){_SPACE}(?=[{LINE_BREAKS}]))"
)
_LABEL = re.compile(rf"{_SPACE}([^\W_][^:：\[\]{LINE_BREAKS}]{{0,63}}?){_SPACE}[:：](?=\s|$)")
_BRACKET = re.compile(r"\\?[\[\]]")
_FLAT = re.compile(r"[\[\]\\](?:(?<=\[)([^\[\]\\]*)\](\(/[^/()\[\]\n]+/\))?|(?<=\\)[\[\]]|(?<=[\[\]]))")
_OVERRIDE = re.compile(r"\(/([^/()\[\]\n]+)/\)")
_COLON = re.compile(r"[:：](?=\s|$)")


class Override(NamedTuple):
    """`[word](/ipa/)`: its span, the span of the word, and the phonemes."""

    start: int
    end: int
    word_start: int
    word_end: int
    phonemes: str


class Escape(NamedTuple):
    r"""`\[` or `\]`."""

    start: int
    end: int


class Brackets(NamedTuple):
    """An outermost pair of brackets; `nests` if it contains others."""

    start: int
    end: int
    nests: bool


Mark = Override | Escape | Brackets


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield `(start, end)` of each block between blank lines, without leading white space. Reads lazily."""
    position = 0
    while (first := NOT_SPACE.search(text, position)) is not None:
        blank = _BLANK.search(text, first.start())
        end = blank.start() if blank else len(text)
        yield first.start(), end
        if blank is None:
            return
        position = blank.end()


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield `(start, end)` of each line of a block, without its line break."""
    for found in LINE_BREAK.finditer(text, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def label(text: str, start: int, end: int) -> re.Match[str] | None:
    """Match a label at the start of a line: `Name:` before white space or the line's end. Group 1 is the name."""
    return _LABEL.match(text, start, end)


def colon_after(text: str, position: int, end: int) -> int:
    """Return the position after a colon at `position`, or `position` if there is none."""
    if position == end or text[position] not in ":：":
        return position
    found = _COLON.match(text, position, end)
    return found.end() if found else position


def marks(text: str, start: int, end: int) -> tuple[list[Mark], list[int]]:
    """Return the brackets and escapes of a line in order, and the positions of unclosed brackets.

    Takes linear time at any depth. Of the brackets open at once, only the last `MAX_NESTING` are matched.
    """
    # Fast path: nearly all lines have no nested and no unclosed brackets.
    flat: list[Mark] = []
    for match in _FLAT.finditer(text, start, end):
        content, override = match.groups()
        first, last = match.span()
        if content is not None and override is None:
            flat.append(Brackets(first, last, False))
        elif content is None:
            if last - first == 1:
                return _nested_marks(text, start, end)
            flat.append(Escape(first, last))
        elif not content or content.isspace() or override[2:-2].isspace():
            flat.append(Brackets(first, first + len(content) + 2, False))
        else:
            flat.append(Override(first, last, first + 1, first + 1 + len(content), override[2:-2].strip()))
    return flat, []


def _nested_marks(text: str, start: int, end: int) -> tuple[list[Mark], list[int]]:
    found: list[Mark] = []
    opened: deque[tuple[int, int]] = deque(maxlen=MAX_NESTING)
    skip_to = start
    for match in _BRACKET.finditer(text, start, end):
        position = match.start()
        if position < skip_to:
            continue
        if match.end() - position > 1:
            found.append(Escape(position, match.end()))
        elif text[position] == "[":
            opened.append((position, len(found)))
        elif opened:
            first, n_before = opened.pop()
            plain = len(found) == n_before
            override = _OVERRIDE.match(text, match.end(), end) if plain else None
            if override and text[first + 1 : position].strip() and override[1].strip():
                found.append(Override(first, override.end(), first + 1, position, override[1].strip()))
                skip_to = override.end()
                continue
            inner = found[n_before:]
            del found[n_before:]
            nests = any(not isinstance(mark, Escape) for mark in inner)
            found.append(Brackets(first, match.end(), nests))
            found += [mark for mark in inner if not isinstance(mark, Brackets)]
    return found, [position for position, _ in opened]
