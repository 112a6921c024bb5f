"""Read plain text books."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...text.encoding import Decoded, decode
from ...text.errors import TextError
from ...text.punctuation import SPEAKABLE, TERMINATORS
from ..errors import BookError
from .book import Book, BookNote, Chapter, one_line
from .chapters import OPENING, split_text

_MAGIC = (
    (b"%PDF-", "a PDF; convert it to EPUB or text"),
    (
        b"PK\x03\x04",
        "a ZIP archive; if it is an EPUB, name the file .epub; if it is a document, save it as text",
    ),
    (b"{\\rtf", "RTF; save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an Office document; save it as plain text"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"ID3", "audio"),
    (b"OggS", "audio"),
    (b"RIFF", "audio, video or an image"),
)
_MOBI = (b"BOOKMOBI", b"TEXtREAd")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_PROBE_CHARS = 1 << 20
_MAX_TITLE_CHARS = 80
_MAX_CONTROLS = 1 / 500
_START = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK.*$", re.MULTILINE | re.IGNORECASE)
_END = re.compile(
    r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG EBOOK|End of (?:the )?Project Gutenberg(?:'s|’s)?\b).*$",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD = re.compile(r"^(Title|Author|Language):[ \t]*(.+(?:\n[ \t]+\S.*)*)$", re.MULTILINE)
_LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "chinese": "zh", "japanese": "ja",
    "finnish": "fi", "swedish": "sv", "latin": "la", "greek": "el", "danish": "da",
    "polish": "pl", "russian": "ru", "hungarian": "hu", "czech": "cs", "norwegian": "no", "catalan": "ca",
}  # fmt: skip


def decode_book(data: bytes) -> Decoded:
    """Decode a text file. BookError if its first bytes, NUL or control characters show that it isn't text."""
    for magic, description in _MAGIC:
        if data.startswith(magic):
            raise BookError(f"not a text file: this is {description}")
    if data[60:68] in _MOBI:
        raise BookError("not a text file: this is a Kindle book; convert it to EPUB")
    try:
        decoded = decode(data)
    except TextError as error:
        raise BookError(error.reason, f"line {error.line}") from error
    probe = decoded.text[:_PROBE_CHARS]
    controls = _CONTROL.findall(probe)
    if len(controls) > max(3, len(probe) * _MAX_CONTROLS):
        first = _CONTROL.search(probe)
        line = probe.count("\n", 0, first.start() if first else 0) + 1
        raise BookError(f"not a text file: it contains {len(controls)} control characters", f"line {line}")
    return decoded


def read_plain(data: bytes, title: str, pattern: str | None = None) -> Book:
    """Read a text file, with the chapters of `split_text`.

    A single line above the first heading is the book's title; otherwise it is `title`. Project Gutenberg's preamble and
    license are skipped; the title, author and language are taken from there.
    """
    decoded = decode_book(data)
    notes = _encoding_notes(decoded)
    text, start, end = decoded.text, 0, len(decoded.text)
    fields: dict[str, str] = {}
    opening = _START.search(text)
    if opening:
        start = opening.end()
        fields = {name.lower(): one_line(value) for name, value in _FIELD.findall(text[: opening.start()])}
        closing = _END.search(text, start)
        end = closing.start() if closing else end
        notes.append(BookNote("", f"skipped Project Gutenberg's preamble and license ({_around(text, start, end)})"))
    body = text[start:end]
    if not SPEAKABLE.search(body):
        raise BookError("the book has no text to read aloud")
    title = fields.get("title", title)
    chapters = split_text(body, title, pattern, offset=start, line=text.count("\n", 0, start) + 1)
    return Book(
        title=title if fields else _line_above(chapters) or title,
        author=fields.get("author", ""),
        language=_LANGUAGES.get(fields.get("language", "").casefold(), ""),
        chapters=tuple(chapters),
        notes=tuple(notes),
    )


def _line_above(chapters: Sequence[Chapter]) -> str:
    """Return the single line above the first heading, which is the book's title; '' if it is not a single line."""
    words = chapters[0].text if chapters[0].title == OPENING else ""
    is_title = words and "\n" not in words and len(words) <= _MAX_TITLE_CHARS and words[-1] not in TERMINATORS
    return one_line(words) if is_title else ""


def _encoding_notes(decoded: Decoded) -> list[BookNote]:
    if not decoded.guessed:
        return []
    return [BookNote("", f"read as {decoded.encoding}, which is a guess; save the file as UTF-8 if letters are wrong")]


def _around(text: str, start: int, end: int) -> str:
    first = text.count("\n", 0, start) + 1
    last = first + text.count("\n", start, end)
    return f"lines 1 to {first} and from {last + 1} on"
