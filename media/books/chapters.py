"""Split a text into chapters at its headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...text.punctuation import SPEAKABLE
from ..errors import BookError
from .book import MAX_CHAPTERS, Chapter
from .headings import Heading, find_headings, match_headings

OPENING = "Opening"
"""The title of the text before the first heading."""
_PAGE = re.compile(r"\f[\s\f]*")
_BARE_PART_CHARS = 120
_SECTION_CHARS = 1500
"""Form feeds end chapters if they are at least this far apart on average. Closer form feeds end pages."""


def split_text(text: str, title: str, pattern: str | None = None, *, offset: int = 0, line: int = 1) -> list[Chapter]:
    """Return the chapters of a text, each from its heading to the next.

    Headings are found by `pattern`, else by the built-in rules. Without headings, form feeds separate chapters;
    otherwise the text is one chapter with the book's title. Text before the first heading is a separate chapter. A
    heading without text (of a part, before its first chapter) belongs to the next chapter. `offset` and `line`
    (1-based) are the position of the text in its file.
    """
    headings = match_headings(text, pattern) if pattern else find_headings(text)
    cuts = _cuts(text, headings) if headings else _pages(text, title)
    if len(cuts) > MAX_CHAPTERS:
        raise BookError(f"too many chapters: {len(cuts)}; maximum {MAX_CHAPTERS}")
    chapters: list[Chapter] = []
    counted = 0
    for (cut, words), following in zip(cuts, [*(start for start, _ in cuts[1:]), len(text)], strict=True):
        body = text[cut:following].rstrip()
        start = cut + len(body) - len(body.lstrip())
        # Count lines from the previous chapter: counting from the start would take quadratic time.
        line += text.count("\n", counted, start)
        counted = start
        if SPEAKABLE.search(body):
            chapters.append(Chapter(title=words, text=body.lstrip(), place=f"line {line}", start=offset + start))
    return chapters


def _cuts(text: str, headings: Sequence[Heading]) -> list[tuple[int, str]]:
    """Return the starts of the chapters, with their titles."""
    cuts: list[tuple[int, str]] = []
    if SPEAKABLE.search(text, 0, headings[0].start):
        cuts.append((0, OPENING))
    begin: int | None = None
    titles: list[str] = []
    for number, heading in enumerate(headings):
        following = headings[number + 1].start if number + 1 < len(headings) else len(text)
        if begin is None:
            begin = heading.start
        titles.append(heading.title)
        # The title of a part may follow on a separate line; anything longer is text.
        bare = heading.kind == "part" and following - heading.end < _BARE_PART_CHARS
        empty = SPEAKABLE.search(text, heading.end, following) is None
        if (empty or bare) and number + 1 < len(headings):
            continue
        cuts.append((begin, ". ".join(titles)))
        begin, titles = None, []
    return cuts


def _pages(text: str, title: str) -> list[tuple[int, str]]:
    """Return the starts of the sections between form feeds, or else one start."""
    breaks = [found.end() for found in _PAGE.finditer(text) if SPEAKABLE.search(text, found.end())]
    starts = sorted({0, *breaks})
    if len(starts) == 1 or len(text) / len(starts) < _SECTION_CHARS:
        return [(0, title)]
    return [(start, f"{title}, {number}") for number, start in enumerate(starts, 1)]
