"""Parse the text of a cue below its timing line, for SubRip and WebVTT."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..errors import SubtitleError
from .subtitle_file import Note, Notes
from .timing import is_broken_timing

_NUMBER = re.compile(r"\ufeff?\s*([0-9]{1,9})\s*", re.ASCII)

SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?", re.DOTALL)
"""The first line of a WebVTT file."""
_STYLES = re.compile(r"STYLE|REGION|::cue.*", re.DOTALL)
_TAG_LINE = re.compile(r"X-TIMESTAMP-MAP=.*|#EXT(?:M3U|INF|-X-).*", re.DOTALL)
"""Lines of streams, which never are text."""
SHOWN_CHARS = 1000
"""How much of what is left out a note shows."""


class Line(NamedTuple):
    """A line of the file with its 1-based number."""

    number: int
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether the line is empty or white space."""
        return not self.text.strip().strip("\ufeff")


def number_of(line: str) -> int | None:
    """Return the number of a line that contains only a number, else None."""
    match = _NUMBER.fullmatch(line)
    return int(match.group(1)) if match else None


def reject_broken_timing(lines: Iterable[Line], *, any_arrow: bool) -> list[Line]:
    """Return the lines that contain `-->` as text. SubtitleError at the first line that is a broken timing line.

    With `any_arrow`, every line that contains `-->` is broken, because the format doesn't allow it in text.
    """
    arrows: list[Line] = []
    blank_before, after_number = True, False
    for line in lines:
        if is_broken_timing(line.text, after_number=after_number or any_arrow):
            raise SubtitleError(f"invalid timing line: {line.text.strip()!r}", line.number)
        if "-->" in line.text:
            arrows.append(line)
        after_number = blank_before and number_of(line.text) is not None
        blank_before = line.is_blank
    return arrows


def leave_out(timing: Line, body: Iterable[Line], notes: Notes) -> None:
    """Note a cue that is left out, because its timing line gives no time. SubtitleError if reading is strict."""
    text = " ".join(line.text.strip() for line in body if not line.is_blank)
    found = repr(timing.text.strip()[:SHOWN_CHARS])
    message = f"left out, because {found} is not a time: {text[:SHOWN_CHARS]!r}"
    notes.fault(timing.number, "left-out", message, f"invalid timing line: {found}")


def _without_headers(lines: list[Line], notes: Notes) -> list[Line]:
    """Return the lines without the headers of WebVTT segments, which joined streams have between cues.

    A header starts with `WEBVTT` after a blank line and ends at the next one; so do style sheets.
    """
    kept: list[Line] = []
    blank_before = in_header = False
    for line in lines:
        text = line.text.strip().lstrip("\ufeff")
        starts = blank_before and (SIGNATURE.fullmatch(text) or _STYLES.fullmatch(text)) is not None
        in_header = (in_header and not line.is_blank) or starts
        if in_header or _TAG_LINE.fullmatch(text) is not None:
            notes.append(Note(line.number, "ignored", f"skipped a header within the file: {text[:SHOWN_CHARS]!r}"))
        else:
            kept.append(line)
        blank_before = line.is_blank
    return kept


def join_body(lines: list[Line], cue_line: int, notes: Notes, *, any_arrow: bool) -> str:
    """Return the text of the cue on line `cue_line`, without blank lines. Add irregularities to `notes`.

    Text after a blank line belongs to the same cue, because no other cue can contain it.
    """
    lines = _without_headers(lines, notes)
    arrows = [line for line in lines if "-->" in line.text]
    if notes.strict:
        arrows = reject_broken_timing(lines, any_arrow=any_arrow)
    notes.extend(Note(arrow.number, "markup", f"'-->' in the text of the cue on line {cue_line}") for arrow in arrows)
    text: list[str] = []
    after_blank = False
    for line in lines:
        if line.is_blank:
            after_blank = bool(text)
            continue
        if after_blank:
            notes.append(
                Note(line.number, "blank-line", f"text after a blank line, joined to the cue on line {cue_line}")
            )
            after_blank = False
        text.append(line.text)
    return "\n".join(text)
