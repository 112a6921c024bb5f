"""A file as a book, by what its name says it is."""

from __future__ import annotations

from pathlib import PurePath

from ..errors import BookError
from .book import Book
from .plain_text import read_plain

BOOK_SUFFIXES = (".txt", ".text", ".md", ".markdown", ".epub")
MAX_BOOK_BYTES = 1 << 30


def read_book(data: bytes, name: str, pattern: str | None = None) -> Book:
    """Return a book from a file's bytes; its name says whether it is text, Markdown or EPUB.

    `pattern` is an expression for the headings of its chapters, instead of the rules. BookError names the place of what
    can't be read; ValueError for an expression that is wrong, or a name of another kind.
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    if suffix not in BOOK_SUFFIXES:
        raise BookError(f"a book is one of {', '.join(BOOK_SUFFIXES)}", path.name)
    if len(data) > MAX_BOOK_BYTES:
        raise BookError(f"a book of {len(data) >> 20} MiB; {MAX_BOOK_BYTES >> 20} are taken", path.name)
    title = path.stem.replace("_", " ").strip() or "Book"
    # The other two bring parsers that plain text doesn't need.
    try:
        if suffix == ".epub":
            from .epub import read_epub

            return read_epub(data, title, pattern)
        if suffix in {".md", ".markdown"}:
            from .markdown import read_markdown

            return read_markdown(data, title, pattern)
        return read_plain(data, title, pattern)
    except BookError as error:
        place = f"{path.name}, {error.place}" if error.place else path.name
        raise BookError(error.reason, place) from error
