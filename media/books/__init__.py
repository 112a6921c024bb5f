"""Books: plain text, Markdown and EPUB, read into chapters."""

from .book import Book, BookError, BookNote, Chapter, Cover
from .read import BOOK_SUFFIXES, read_book
from .texts import book_of_texts

__all__ = ["BOOK_SUFFIXES", "Book", "BookError", "BookNote", "Chapter", "Cover", "book_of_texts", "read_book"]
