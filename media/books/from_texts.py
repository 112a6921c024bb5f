"""Several texts as a book: a chapter each."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import BookError
from .book import MAX_CHAPTERS, Book, Chapter, one_line

_MOST_TITLE_CHARS = 80


def book_from_texts(texts: Sequence[str], title: str) -> Book:
    """Return the book whose chapters these texts are, in their order; those without a word are left out.

    A first line that is short, with more below it, is the chapter's title. BookError if there are none, or too many.
    """
    filled = [(number, text) for number, text in enumerate(texts, 1) if text.strip()]
    if not filled:
        raise BookError("there is no text in any of them")
    if len(filled) > MAX_CHAPTERS:
        raise BookError(f"a book has at most {MAX_CHAPTERS} chapters; these are {len(filled)}")
    chapters = tuple(
        Chapter(title=_title(text) or f"Chapter {number}", text=text, place=f"text {number}") for number, text in filled
    )
    return Book(title=title, chapters=chapters)


def _title(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    title = one_line(first)
    return title if rest.strip() and len(title) <= _MOST_TITLE_CHARS else ""
