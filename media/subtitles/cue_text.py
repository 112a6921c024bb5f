"""The text below a timing line, which SubRip and WebVTT have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..errors import SubtitleError
from .subtitle_file import Note
from .timing import is_broken_timing

_NUMBER = re.compile(r"\ufeff?\s*([0-9]{1,9})\s*", re.ASCII)


class Line(NamedTuple):
    """A line of the file with its 1-based place."""

    place: int
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands on it."""
        return not self.text.strip().strip("\ufeff")


def number_of(line: str) -> int | None:
    """Return the number of a line that holds nothing else, else None."""
    match = _NUMBER.fullmatch(line)
    return int(match.group(1)) if match else None


def refuse_broken_timing(lines: Iterable[Line], *, any_arrow: bool) -> list[Line]:
    """Return the lines that hold `-->` as text; SubtitleError at the first that was meant as a timing line.

    `any_arrow`: the format has no such text, so every arrow is one.
    """
    arrows: list[Line] = []
    blank_before, after_number = True, False
    for line in lines:
        if is_broken_timing(line.text, after_number=after_number or any_arrow):
            raise SubtitleError(f"not a timing line: {line.text.strip()!r}", line.place)
        if "-->" in line.text:
            arrows.append(line)
        after_number = blank_before and number_of(line.text) is not None
        blank_before = line.is_blank
    return arrows


def join_body(lines: list[Line], cue_place: int, notes: list[Note], *, any_arrow: bool) -> str:
    """Return the text of the cue at `cue_place`, without blank lines, and note what is odd in it.

    Text behind a blank line belongs to the cue too: there is no other to which it could belong.
    """
    arrows = refuse_broken_timing(lines, any_arrow=any_arrow)
    notes.extend(Note(arrow.place, "markup", f"'-->' in the text of the cue on line {cue_place}") for arrow in arrows)
    text: list[str] = []
    gap = False
    for line in lines:
        if line.is_blank:
            gap = bool(text)
            continue
        if gap:
            notes.append(
                Note(line.place, "blank-line", f"text behind a blank line, joined to the cue on line {cue_place}")
            )
            gap = False
        text.append(line.text)
    return "\n".join(text)
