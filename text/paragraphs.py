"""Split text into paragraphs, headings and list items. No sentence crosses their ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .punctuation import CLOSERS, LINE_BREAKS, NOT_SPACE, SPEAKABLE, TERMINATORS

LINE_BREAK = re.compile(rf"[{LINE_BREAKS}](?:(?<=\r)\n)?")
"""A line break; CR LF is one. The pattern starts with a character set, which `re` searches fastest."""
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s{1,8}\S")
_ITEM = re.compile(
    r"(?P<sure>[•‣◦▪●○]\s{0,8}\S)|(?P<bullet>[-*+–—·])\s{1,8}\S|(?P<number>\(?(?P<value>\d{1,3})[.)])\s{1,8}\S"
)
_NUMBERED_HEADING = re.compile(
    r"(?:(?:chapter|part|book|act|scene|section|volume|kapitel|teil|buch|akt|szene|abschnitt|chapitre|partie|livre"
    r"|acte|scène|capítulo|parte|libro|acto|escena)\s{1,8}"
    r"(?:\d{1,4}|[ivxlcdm]{1,8}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"|第[0-9０-９〇零一二三四五六七八九十百千]{1,8}[章回節节話话部卷])(?:\s{0,8}[:.)–—-]|\s|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(rf"[{re.escape(TERMINATORS)}:：][{re.escape(CLOSERS)}]*$")
_HEADING_CHARS = 80


class _Line(NamedTuple):
    """A line that isn't blank, trimmed. `kind` is its list marker, if any."""

    start: int
    end: int
    kind: str
    opens_list: bool
    opens_paragraph: bool


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield `(start, end)` of each paragraph, trimmed. Reads lazily, one line ahead.

    A blank line or U+2029 ends a paragraph. Any other line break is a space, except around these lines, which are
    separate paragraphs (a list item includes its continuation lines):

    - a Markdown heading (`# ...`);
    - "Chapter 4", "CHAPTER IV: ...", 第四章, first in its paragraph or after a finished sentence;
    - a line in capitals of at most 80 characters without a full stop, first in its paragraph, before a line that isn't
      in capitals and doesn't start in lower case;
    - a list item: `•`; or `-`, `*`, `+`, a dash, `1.`, `(1)` that is first in its paragraph, follows a finished
      sentence, a colon or another such item, has the number 1, or is followed by a line with the same marker (a dash in
      wrapped running text is none of these).

    A line without letters or digits (`***`, `=====`) belongs to the line before it and ends that paragraph; at the
    start of a paragraph it belongs to the line after it.
    """
    if LINE_BREAK.search(text) is None:
        # Fast path for a single line, such as most lines of a script.
        first = NOT_SPACE.search(text)
        if first is not None:
            yield first.start(), len(text.rstrip())
        return
    start, end, kind, spoken = -1, -1, "", False
    lines = _lines(text)
    line = next(lines, None)
    while line is not None:
        following = next(lines, None)
        next_line = None if following is None or following.opens_paragraph else following
        if start >= 0 and (line.opens_paragraph or (spoken and _opens_block(text, line, end, kind, next_line))):
            yield start, end
            start, spoken = -1, False
        if start < 0:
            is_first = line.opens_paragraph
            start, kind = line.start, line.kind
        else:
            is_first = not spoken
        had_speech, end = spoken, line.end
        has_speech = SPEAKABLE.search(text, line.start, line.end) is not None
        spoken = spoken or has_speech
        if spoken and (not has_speech or (not had_speech and _is_heading(text, line, is_first, next_line))):
            yield start, end
            start, spoken, kind = -1, False, ""
        line = following
    if start >= 0:
        yield start, end


def _lines(text: str) -> Iterator[_Line]:
    position, opens_paragraph = 0, True
    while (first := NOT_SPACE.search(text, position)) is not None:
        start = first.start()
        # The search started at the start of a line, so a line break before the first character means a blank line.
        opens_paragraph = opens_paragraph or LINE_BREAK.search(text, position, start) is not None
        found = LINE_BREAK.search(text, start)
        end = found.start() if found else len(text)
        item = _ITEM.match(text, start, end)
        kind, opens_list = "", False
        if item is not None:
            kind = "•" if item["sure"] else item["bullet"] or "1"
            opens_list = bool(item["sure"]) or item["value"] == "1"
        yield _Line(start, start + len(text[start:end].rstrip()), kind, opens_list, opens_paragraph)
        if found is None:
            return
        opens_paragraph = found.group() == "\u2029"
        position = found.end()


def _opens_block(text: str, line: _Line, previous_end: int, kind: str, next_line: _Line | None) -> bool:
    """Return whether a line within a paragraph starts a new one. `previous_end` is the end of the line before it."""
    if line.opens_list or _MARKDOWN_HEADING.match(text, line.start, line.end):
        return True
    after_sentence = _SENTENCE_END.search(text, max(0, previous_end - 8), previous_end) is not None
    if line.kind:
        return after_sentence or kind == line.kind or (next_line is not None and next_line.kind == line.kind)
    return after_sentence and _is_numbered_heading(text, line)


def _is_heading(text: str, line: _Line, is_first: bool, next_line: _Line | None) -> bool:
    """Return whether a line at the start of a paragraph is a heading, which is a separate paragraph."""
    if next_line is not None and SPEAKABLE.search(text, next_line.start, next_line.end) is None:
        return False  # the next line is an underline, which ends the paragraph anyway
    if _MARKDOWN_HEADING.match(text, line.start, line.end) or _is_numbered_heading(text, line):
        return True
    if not is_first or next_line is None or line.end - line.start > _HEADING_CHARS:
        return False
    words = text[line.start : line.end]
    if not words.isupper() or len(words) < 2 or words[-1] in ",;" or _SENTENCE_END.search(words):
        return False
    begins = SPEAKABLE.search(text, next_line.start, next_line.end)
    sample = text[next_line.start : min(next_line.end, next_line.start + _HEADING_CHARS)]
    return not sample.isupper() and (begins is None or not begins.group().islower())


def _is_numbered_heading(text: str, line: _Line) -> bool:
    first, last = text[line.start], text[line.end - 1]
    if line.end - line.start > _HEADING_CHARS or not (first.isupper() or first == "第"):
        return False
    found = _NUMBERED_HEADING.match(text, line.start, line.end)
    if found is None:
        return False
    # "Chapter 4 of the book" is running text, and so is a line that ends like a sentence.
    return found.end() == line.end or (last not in TERMINATORS and (first == "第" or not found.group()[-1].isspace()))
