"""The errors for audio, video, subtitle and book files."""

from __future__ import annotations

from ..utils.streaming.contract.errors import Error


class MediaError(Error, ValueError):
    """An audio or video file that is missing, can't be decoded, or doesn't have the requested track."""


class SubtitleError(Error, ValueError):
    """A subtitle file that can't be read or written.

    `line` is 1-based; None for an error of the whole file. If set, the message starts with `line N: `.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class BookError(Error, ValueError):
    """A book that can't be read. `place` is a line or a file of the archive, empty for the whole book."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place
