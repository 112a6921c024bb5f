"""A book as it was read: its chapters, what is known of it, and all that was left out."""

from __future__ import annotations

from typing import Literal

import msgspec

ImageType = Literal["image/jpeg", "image/png"]
MAX_CHAPTERS = 9999
"""More chapters than this are no chapters: the rule that found them is wrong."""
MAX_COVER_BYTES = 16 << 20


class BookNote(msgspec.Struct, frozen=True):
    """Something that was guessed, left out or read otherwise than it stands."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Cover(msgspec.Struct, frozen=True):
    """A picture of the cover, as a file holds it."""

    data: bytes
    media_type: ImageType


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """What is read aloud in one go.

    `text` holds the heading, too. `place` says where it came from. `start` is the character of the book's text, as
    decoded, where it begins, and the text stands there as it is; None where the text was taken out of markup.
    """

    title: str
    text: str
    place: str
    start: int | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A book. `author` and `language` (BCP-47) are empty where nothing says them, `title` never is."""

    title: str
    chapters: tuple[Chapter, ...]
    author: str = ""
    language: str = ""
    cover: Cover | None = None
    notes: tuple[BookNote, ...] = ()


def image_type(data: bytes) -> ImageType | None:
    """Return what a picture is, by its first bytes (ISO/IEC 10918-1, ISO/IEC 15948); None for any other."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def one_line(text: str) -> str:
    """Return a text with each run of white space as one space, and none at its ends."""
    return " ".join(text.split())
