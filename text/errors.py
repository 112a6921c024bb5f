"""The error for text, scripts and lexicons that can't be read."""

from __future__ import annotations

from ..utils.streaming.contract.errors import Error


class TextError(Error, ValueError):
    """A text file, script or lexicon that can't be read as written.

    `line` and `column` are 1-based, 0 if unknown. If known, the message starts with `LINE:COLUMN: ` or `line LINE: `.
    `reason` is the message without the position; `nearest` are similar known names.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0, nearest: tuple[str, ...] = ()) -> None:
        position = f"{line}:{column}: " if column else f"line {line}: " if line else ""
        super().__init__(position + reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.nearest = nearest
