"""From the bytes of a text file to its characters."""

from __future__ import annotations

import codecs

import msgspec

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
"""In UTF-16 without a mark, the NULs of digits, spaces and line ends stand on one side. Characters such as U+4E00 put a
few on the other, so one side has to outweigh it by this factor."""


class NotTextError(ValueError):
    """Bytes that aren't a text; `line` is 1-based, and the message doesn't repeat it."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    r"""A text whose lines end in `\n`; `encoding` is a name that Python knows, `guessed` if nothing proves it."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes) -> Decoded:
    """Return the text of a file: by its byte order mark, else UTF-16 by its NULs, else UTF-8, else Windows-1252.

    Line ends are CRLF, CR or LF. NotTextError names the line for bytes that the encoding doesn't have and for NULs,
    which no text holds. Windows-1252 and UTF-16 without a mark are guesses: any file of another 8-bit encoding
    looks the same.
    """
    guessed = False
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            promised = f"the {encoding.upper()} text that its byte order mark promises"
            text = _decode(data[len(mark) :], encoding, promised)
            break
    else:
        guess = _utf16_without_mark(data) if b"\0" in data else "utf-8"
        if guess is None:
            raise NotTextError("a NUL byte: this is not a text file", _line_of(data, "latin-1", data.index(b"\0")))
        encoding, guessed = guess, guess != "utf-8"
        if guessed:
            text = _decode(data, encoding, "a text file")
        else:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                encoding, guessed = "cp1252", True
                text = _decode(data, encoding, "UTF-8 and not Windows-1252 either")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise NotTextError("a NUL character: this is not a text file", text.count("\n", 0, text.index("\0")) + 1)
    return Decoded(text=text, encoding=encoding, guessed=guessed)


def _line_of(data: bytes, encoding: str, position: int) -> int:
    before = data[:position].decode(encoding, errors="replace")
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


def _decode(data: bytes, encoding: str, title: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data, encoding, error.start)
        raise NotTextError(f"this is not {title}; save the file as UTF-8", line) from error


def _utf16_without_mark(data: bytes) -> str | None:
    probe = data[:_PROBE_BYTES]
    even, odd = probe[0::2].count(0), probe[1::2].count(0)
    if odd > even * _NUL_DOMINANCE:
        return "utf-16-le"
    return "utf-16-be" if even > odd * _NUL_DOMINANCE else None
