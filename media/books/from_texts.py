"""Make a book from several texts."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import BookError
from .book import MAX_CHAPTERS, Book, Chapter, one_line

_MAX_TITLE_CHARS = 80


def book_from_texts(texts: Sequence[str], title: str) -> Book:
    """Make a book in which each text is a chapter. Empty texts are skipped.

    A short first line with more text below it is the chapter's title. BookError for no text or too many texts.
    """
    filled = [(number, text) for number, text in enumerate(texts, 1) if text.strip()]
    if not filled:
        raise BookError("all texts are empty")
    if len(filled) > MAX_CHAPTERS:
        raise BookError(f"too many chapters: {len(filled)}; maximum {MAX_CHAPTERS}")
    chapters = tuple(
        Chapter(title=_title(text) or f"Chapter {number}", text=text, place=f"text {number}") for number, text in filled
    )
    return Book(title=title, chapters=chapters)


def _title(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    title = one_line(first)
    return title if rest.strip() and len(title) <= _MAX_TITLE_CHARS else ""
