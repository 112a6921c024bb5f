"""Decode subtitle files into lines."""

from __future__ import annotations

import msgspec

from ...text.encoding import decode
from ...text.errors import TextError
from ..errors import SubtitleError


class DecodedText(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a text, without line ends. `encoding` is a Python codec name; `guessed` if it isn't certain."""

    lines: list[str]
    encoding: str
    guessed: bool = False


def decode_text(data: bytes) -> DecodedText:
    """Decode a file with `text.encoding.decode` and return its lines. SubtitleError names an invalid line."""
    try:
        decoded = decode(data)
    except TextError as error:
        raise SubtitleError(error.reason, error.line) from error
    return DecodedText(lines=decoded.text.split("\n"), encoding=decoded.encoding, guessed=decoded.guessed)
