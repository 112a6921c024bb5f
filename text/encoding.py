"""Decode text files."""

from __future__ import annotations

import codecs

import msgspec

from .errors import TextError
from .legacy_encodings import guess_encoding

_BOMS = (
    # UTF-32 first: its little-endian mark starts with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PROBE_BYTES = 1 << 16
_NUL_DOMINANCE = 4
"""In UTF-16 without a byte order mark, digits, spaces and line ends all have their NUL as the first byte of a pair, or
all as the second. Characters such as U+4E00 have it at the other, so one of the two must dominate by this factor."""
_MIN_NUL_SHARE = 20
"""In UTF-16 and UTF-32, subtitles have at least one NUL in this number of bytes: those of times."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    r"""A text with `\n` line ends. `encoding` is a Python codec name; `guessed` if it isn't certain.

    `replaced_lines` are the lines (from 1) with bytes that are invalid in the encoding; U+FFFD is in their place.
    """

    text: str
    encoding: str
    guessed: bool = False
    replaced_lines: tuple[int, ...] = ()


def decode(data: bytes, *, encoding: str = "", language: str = "", replace: bool = False) -> Decoded:
    """Decode a text file: by its byte order mark, else UTF-16 by its NUL bytes, else UTF-8, else by its language.

    Line ends may be CRLF, CR or LF. UTF-16 without a byte order mark and encodings from before UTF-8 are guesses. UTF-8
    with a few invalid bytes is damaged UTF-8, not another encoding.

    Args:
        encoding: The encoding, as a Python codec name, instead of a guess. A byte order mark takes precedence.
        language: The text's language as a BCP-47 tag, if it is known, to guess the encoding by.
        replace: Whether to replace invalid bytes, which are an error otherwise; a few stray NUL bytes are
            left out.

    Raises:
        TextError: With the line, for bytes that are invalid in the encoding and for NUL characters.
        ValueError: There is no such encoding of text.
    """
    named = text_encoding(encoding) if encoding else ""
    if replace:
        data = _without_stray_nuls(data)
    mark, found = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", ""))
    guessed = False
    if mark:
        expected = f"valid {found.upper()}, as its byte order mark says"
    elif named:
        found, expected = named, f"valid {named}"
    else:
        found, expected = _guess(data, language)
        guessed = found != "utf-8"
    text, replaced = _decoded(data[len(mark) :], found, expected, replace=replace)
    if "\0" in text:
        raise TextError("not a text file: it contains a NUL character", text.count("\n", 0, text.index("\0")) + 1)
    return Decoded(text=text, encoding=found, guessed=guessed, replaced_lines=replaced)


def text_encoding(name: str) -> str:
    """Return Python's name of an encoding (`cp1251` for `windows-1251`). ValueError for none that texts have."""
    try:
        codec = codecs.lookup(name.strip())
        if isinstance("".encode(codec.name), bytes) and "a".encode(codec.name).decode(codec.name) == "a":
            return codec.name
    except (LookupError, UnicodeError, TypeError, ValueError):
        pass
    raise ValueError(f"unknown encoding {name!r}; use a name such as cp1251, gb18030, shift_jis or utf-8")


def _guess(data: bytes, language: str) -> tuple[str, str]:
    """Return an encoding, and what data that isn't valid in it was expected to be."""
    if b"\0" in data:
        wide = _utf16_without_mark(data)
        if wide is None:
            raise TextError("not a text file: it contains a NUL byte", _line_of(data, "latin-1", data.index(b"\0")))
        return wide, "a valid text file"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Damaged UTF-8 has more valid characters beyond ASCII than invalid bytes; other encodings have hardly any.
        n_wide = sum(1 for character in data.decode("utf-8", "ignore") if character >= "\x80")
        n_invalid = data.decode("utf-8", "replace").count("\ufffd")
        if n_wide > n_invalid:
            return "utf-8", "valid UTF-8"
        guess = guess_encoding(data, language)
        if guess is None:
            line = _line_of(data, "utf-8", error.start)
            raise TextError("not text in a known encoding; save the file as UTF-8", line) from error
        return guess.encoding, f"UTF-8 or {guess.encoding}"
    if b"\x1b$" in data:
        return "iso2022_jp", "valid ISO-2022-JP"
    return "utf-8", "valid UTF-8"


def _decoded(data: bytes, encoding: str, expected: str, *, replace: bool) -> tuple[str, tuple[int, ...]]:
    """Return the text, with LF as line ends, and the lines on which bytes were replaced."""
    try:
        return _with_newlines(data.decode(encoding)), ()
    except UnicodeDecodeError as error:
        if not replace:
            line = _line_of(data, encoding, error.start)
            raise TextError(f"not {expected}; save the file as UTF-8", line) from error
    text = _with_newlines(data.decode(encoding, "replace"))
    return text, tuple(number for number, line in enumerate(text.split("\n"), 1) if "\ufffd" in line)


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line_of(data: bytes, encoding: str, position: int) -> int:
    return _with_newlines(data[:position].decode(encoding, errors="replace")).count("\n") + 1


def _without_stray_nuls(data: bytes) -> bytes:
    """Return data without the NUL bytes that damage has left, at the end or within: too few for UTF-16 and UTF-32."""
    whole = data.rstrip(b"\0")
    n_nuls = whole.count(0)
    if n_nuls * _MIN_NUL_SHARE >= len(whole):
        return data
    return whole.replace(b"\0", b"")


def _utf16_without_mark(data: bytes) -> str | None:
    probe = data[:_PROBE_BYTES]
    first_nuls, second_nuls = probe[0::2].count(0), probe[1::2].count(0)
    if second_nuls > first_nuls * _NUL_DOMINANCE:
        return "utf-16-le"
    return "utf-16-be" if first_nuls > second_nuls * _NUL_DOMINANCE else None
