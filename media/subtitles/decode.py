"""From the bytes of a subtitle file to its lines."""

from __future__ import annotations

import msgspec

from ...text.encoding import decode
from ...text.errors import TextError
from ..errors import SubtitleError


class DecodedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text as lines without their ends; `encoding` is a name that Python knows, `guessed` if nothing proves it."""

    lines: list[str]
    encoding: str
    guessed: bool = False


def decode_text(data: bytes) -> DecodedText:
    """Return the lines of a file, decoded as `utils.text.encoding.decode` says; SubtitleError names the line."""
    try:
        decoded = decode(data)
    except TextError as error:
        raise SubtitleError(error.reason, error.line) from error
    return DecodedText(lines=decoded.text.split("\n"), encoding=decoded.encoding, guessed=decoded.guessed)
