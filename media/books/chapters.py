"""A text divided into chapters at its headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...text.punctuation import SPEAKABLE
from ..errors import BookError
from .book import MAX_CHAPTERS, Chapter
from .headings import Heading, find_headings, match_headings

OPENING = "Opening"
"""The title of what stands before the first heading."""
_PAGE = re.compile(r"\f[\s\f]*")
_BARE_PART_CHARS = 120
_SECTION_CHARS = 1500
"""Form feeds end chapters where they are at least so far apart on average; closer ones end pages."""


def split_text(text: str, title: str, pattern: str | None = None, *, offset: int = 0, line: int = 1) -> list[Chapter]:
    """Return a text's chapters, each from its heading to the next; one, with the book's title, where there is none.

    The headings are those that `pattern` finds, or the rules; without any, form feeds divide. What stands before the
    first heading is a chapter, if there is anything to say in it. A heading with nothing behind it (a part's before its
    first chapter) belongs to the next. `offset` and `line` (1-based) are where the text begins in its file.
    """
    headings = match_headings(text, pattern) if pattern else find_headings(text)
    cuts = _cuts(text, headings) if headings else _pages(text, title)
    if len(cuts) > MAX_CHAPTERS:
        raise BookError(f"{len(cuts)} chapters: no more than {MAX_CHAPTERS} are made of a book")
    chapters: list[Chapter] = []
    counted = 0
    for (cut, words), following in zip(cuts, [*(start for start, _ in cuts[1:]), len(text)], strict=True):
        body = text[cut:following].rstrip()
        start = cut + len(body) - len(body.lstrip())
        # The lines are counted from the chapter before: from the start for each would be quadratic.
        line += text.count("\n", counted, start)
        counted = start
        if SPEAKABLE.search(body):
            chapters.append(Chapter(title=words, text=body.lstrip(), place=f"line {line}", start=offset + start))
    return chapters


def _cuts(text: str, headings: Sequence[Heading]) -> list[tuple[int, str]]:
    """Return where chapters begin, with their titles."""
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
        # A part's own title may stand on a line of its own behind it; anything longer is text.
        bare = heading.kind == "part" and following - heading.end < _BARE_PART_CHARS
        empty = SPEAKABLE.search(text, heading.end, following) is None
        if (empty or bare) and number + 1 < len(headings):
            continue
        cuts.append((begin, ". ".join(titles)))
        begin, titles = None, []
    return cuts


def _pages(text: str, title: str) -> list[tuple[int, str]]:
    """Return what form feeds divide, else all of it."""
    breaks = [found.end() for found in _PAGE.finditer(text) if SPEAKABLE.search(text, found.end())]
    starts = sorted({0, *breaks})
    if len(starts) == 1 or len(text) / len(starts) < _SECTION_CHARS:
        return [(0, title)]
    return [(start, f"{title}, {number}") for number, start in enumerate(starts, 1)]
