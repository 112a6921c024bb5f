"""Read plain text, Markdown and EPUB books into chapters."""

from ..errors import BookError
from .book import Book, BookNote, Chapter, Cover
from .from_texts import book_from_texts
from .read import BOOK_SUFFIXES, read_book

__all__ = ["BOOK_SUFFIXES", "Book", "BookError", "BookNote", "Chapter", "Cover", "book_from_texts", "read_book"]
