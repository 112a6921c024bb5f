"""What stops a subtitle file from being read or written."""

from __future__ import annotations


class SubtitleError(ValueError):
    """A subtitle file that can't be read or written as it is.

    `line` is 1-based, None where the fault is the whole file's; the message then starts with `line N: `.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line
