"""Options for reading subtitle files."""

from __future__ import annotations

import msgspec

MAX_FPS = 240


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a subtitle file, or a text track of a film.

    Attributes:
        encoding: The encoding of the file, as a Python codec name; empty to find it out.
        language: The language as a BCP-47 tag, if it is known: it helps to find out the encoding.
        strict: Whether a fault in the file is an error. If not, it is fixed and noted, and a cue whose time can't be
            read is left out.
        keep_repeats: Whether a text that is only shown again, as in rolling captions, is read again.
        styles: The SubStation styles to read; empty for all. Case doesn't matter; `*` stands for any characters.
        skip_styles: The SubStation styles to leave out.
        line: Of cues in two languages, the one to read: 1 or 2. 0 reads all lines.
        fps: The frame rate of MicroDVD files that don't have one; 0 for the usual 23.976.
    """

    encoding: str = ""
    language: str = ""
    strict: bool = False
    keep_repeats: bool = False
    styles: tuple[str, ...] = ()
    skip_styles: tuple[str, ...] = ()
    line: int = 0
    fps: float = 0.0

    def __post_init__(self) -> None:
        """Check the values. ValueError names the one that is wrong."""
        if self.line not in (0, 1, 2):
            raise ValueError(f"line {self.line} must be 1 or 2 (0 reads all lines)")
        if not 0 <= self.fps <= MAX_FPS:
            raise ValueError(f"frame rate {self.fps:g} must be between 0 and {MAX_FPS}")
