"""Books: plain text, Markdown and EPUB, read into chapters."""

from ..errors import BookError
from .book import Book, BookNote, Chapter, Cover
from .read import BOOK_SUFFIXES, read_book
from .from_texts import book_from_texts

__all__ = ["BOOK_SUFFIXES", "Book", "BookError", "BookNote", "Chapter", "Cover", "book_from_texts", "read_book"]
