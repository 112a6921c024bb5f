"""Decode text files."""

from __future__ import annotations

import codecs

import msgspec

from .errors import TextError

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


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    r"""A text with `\n` line ends. `encoding` is a Python codec name; `guessed` if it isn't certain."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes) -> Decoded:
    """Decode a text file: by its byte order mark, else UTF-16 by its NUL bytes, else UTF-8, else Windows-1252.

    Line ends may be CRLF, CR or LF. Windows-1252 and UTF-16 without a byte order mark are guesses: other 8-bit
    encodings look the same.

    Raises:
        TextError: With the line, for bytes that are invalid in the encoding and for NUL characters.
    """
    guessed = False
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _decode(data[len(mark) :], encoding, f"valid {encoding.upper()}, as its byte order mark says")
            break
    else:
        guess = _utf16_without_mark(data) if b"\0" in data else "utf-8"
        if guess is None:
            raise TextError("not a text file: it contains a NUL byte", _line_of(data, "latin-1", data.index(b"\0")))
        encoding, guessed = guess, guess != "utf-8"
        if guessed:
            text = _decode(data, encoding, "a valid text file")
        else:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                encoding, guessed = "cp1252", True
                text = _decode(data, encoding, "UTF-8 or Windows-1252")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise TextError("not a text file: it contains a NUL character", text.count("\n", 0, text.index("\0")) + 1)
    return Decoded(text=text, encoding=encoding, guessed=guessed)


def _line_of(data: bytes, encoding: str, position: int) -> int:
    before = data[:position].decode(encoding, errors="replace")
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


def _decode(data: bytes, encoding: str, expected: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data, encoding, error.start)
        raise TextError(f"not {expected}; save the file as UTF-8", line) from error


def _utf16_without_mark(data: bytes) -> str | None:
    probe = data[:_PROBE_BYTES]
    first_nuls, second_nuls = probe[0::2].count(0), probe[1::2].count(0)
    if second_nuls > first_nuls * _NUL_DOMINANCE:
        return "utf-16-le"
    return "utf-16-be" if first_nuls > second_nuls * _NUL_DOMINANCE else None
