"""Read a book by the type of its file."""

from __future__ import annotations

from pathlib import PurePath

from ..errors import BookError
from .book import Book
from .plain_text import read_plain

BOOK_SUFFIXES = (".txt", ".text", ".md", ".markdown", ".epub")
MAX_BOOK_BYTES = 1 << 30


def read_book(data: bytes, name: str, pattern: str | None = None) -> Book:
    """Read a book.

    Args:
        data: The content of the file.
        name: The file name; its suffix selects text, Markdown or EPUB.
        pattern: A regular expression for chapter headings, instead of the built-in rules.

    Raises:
        BookError: Names the line or file that can't be read; also for an unsupported suffix.
        ValueError: The pattern is invalid.
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    if suffix not in BOOK_SUFFIXES:
        raise BookError(f"unsupported book format; must be one of {', '.join(BOOK_SUFFIXES)}", path.name)
    if len(data) > MAX_BOOK_BYTES:
        raise BookError(f"the book is too large: {len(data) >> 20} MiB; maximum {MAX_BOOK_BYTES >> 20} MiB", path.name)
    title = path.stem.replace("_", " ").strip() or "Book"
    # Imported here: plain text doesn't need these parsers.
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
