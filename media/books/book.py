"""The content of a book: its chapters, its metadata, and notes about skipped parts."""

from __future__ import annotations

from typing import Literal

import msgspec

ImageType = Literal["image/jpeg", "image/png"]
MAX_CHAPTERS = 9999
"""With more chapters than this, the rule for chapters must be wrong."""
MAX_COVER_BYTES = 16 << 20


class BookNote(msgspec.Struct, frozen=True):
    """A guess, a skipped part or a change made while reading."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Cover(msgspec.Struct, frozen=True):
    """A cover image, as the bytes of an image file."""

    data: bytes
    media_type: ImageType


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter of a book.

    `text` includes the heading. `place` is the line or file where it starts. `start` is the offset of `text` in the
    decoded text of the book; None if the text was extracted from markup.
    """

    title: str
    text: str
    place: str
    start: int | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A book. `author` and `language` (BCP-47) are empty if unknown; `title` is never empty."""

    title: str
    chapters: tuple[Chapter, ...]
    author: str = ""
    language: str = ""
    cover: Cover | None = None
    notes: tuple[BookNote, ...] = ()


def image_type(data: bytes) -> ImageType | None:
    """Return the type of an image by its first bytes (ISO/IEC 10918-1, ISO/IEC 15948); None if unsupported."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def one_line(text: str) -> str:
    """Return a text on one line, trimmed, with single spaces."""
    return " ".join(text.split())
