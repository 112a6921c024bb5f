"""Decode subtitle files into lines."""

from __future__ import annotations

import msgspec

from ...text.encoding import decode
from ...text.errors import TextError
from ..errors import SubtitleError


class DecodedText(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a text, without line ends. The other fields are those of `text.encoding.Decoded`."""

    lines: list[str]
    encoding: str
    guessed: bool = False
    replaced_lines: tuple[int, ...] = ()


def decode_text(data: bytes, *, encoding: str = "", language: str = "", replace: bool = False) -> DecodedText:
    """Decode a file with `text.encoding.decode` and return its lines. SubtitleError names an invalid line."""
    try:
        decoded = decode(data, encoding=encoding, language=language, replace=replace)
    except TextError as error:
        raise SubtitleError(error.reason, error.line) from error
    return DecodedText(
        lines=decoded.text.split("\n"),
        encoding=decoded.encoding,
        guessed=decoded.guessed,
        replaced_lines=decoded.replaced_lines,
    )
