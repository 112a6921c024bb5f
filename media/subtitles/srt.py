"""SubRip (SRT).

`pysubs2` isn't used here. Its SubRip reader takes every line with two times in it for a timing line and every other
line for text, so a broken timing line is spoken, hours over 99 lose their first digit, and a last line that is a number
("How many?", "42") is dropped without a word. Nor does it know line numbers, so errors couldn't name them.
"""

from __future__ import annotations

import re

from .cue_text import Line, join_body, number_of, refuse_broken_timing
from ..errors import SubtitleError
from .subtitle_file import Note, RawCue
from .markup import plain_srt
from .timing import is_timing, parse_timing

_COORDINATES = re.compile(r"(?:[XY][12]\s*:\s*-?[0-9]+\s*)+", re.ASCII | re.IGNORECASE)
_SETTING = re.compile(r"[a-z]+:\S+")


def _head(lines: list[Line], start: int, at: int, expected: int, notes: list[Note]) -> tuple[int, str | None]:
    """Return where the head of the timing line `lines[at]` begins, and the cue's number as written.

    A number on the line above is a cue's number if a blank line sets it apart from the text before. Otherwise it might
    as well be the last line of that text, and it counts as a number only if it is the one that comes next.
    """
    place = lines[at].place
    at_number = at - 1
    while at_number >= start and lines[at_number].is_blank:
        at_number -= 1
    number = number_of(lines[at_number].text) if at_number >= start else None
    adjacent = at_number == at - 1
    apart = at_number == 0 or (at_number > start and lines[at_number - 1].is_blank)
    if number is None or not ((apart and adjacent) or start == 0 or number == expected):
        notes.append(Note(place, "number", "the cue has no number"))
        return at, None
    if not (apart and adjacent):
        oddity = "no blank line before it" if adjacent else "a blank line behind it"
        message = f"'{number}' taken for the number of the cue, with {oddity}"
        notes.append(Note(lines[at_number].place, "number", message))
    if number != expected:
        notes.append(Note(lines[at_number].place, "number", f"the cue has number {number}, not {expected}"))
    head = at_number
    while head > start and number_of(lines[head - 1].text) == number:
        head -= 1
        notes.append(Note(lines[head].place, "number", f"the number {number} stands twice"))
    return head, lines[at_number].text.strip().lstrip("\ufeff")


def _refuse_prelude(lines: list[Line]) -> None:
    refuse_broken_timing(lines, any_arrow=False)
    for line in lines:
        if not line.is_blank:
            reason = f"text before the first timing line of a SubRip file: {line.text.strip()[:80]!r}"
            raise SubtitleError(reason, line.place)


def read_srt(text_lines: list[str], notes: list[Note]) -> list[RawCue]:
    """Return the cues in the order of the file; SubtitleError names the first line that can't be read."""
    lines = [Line(place, text) for place, text in enumerate(text_lines, 1)]
    timings = [at for at, line in enumerate(lines) if is_timing(line.text)]
    cues: list[RawCue] = []
    start, expected = 0, 1
    open_cue: RawCue | None = None

    def close(body: list[Line]) -> None:
        if open_cue is None:
            _refuse_prelude(body)
            return
        plain = plain_srt(join_body(body, open_cue.line, notes, any_arrow=False))
        notes.extend(Note(open_cue.line, "markup", remark) for remark in plain.remarks)
        cues.append(
            RawCue(
                start_ms=open_cue.start_ms,
                end_ms=open_cue.end_ms,
                text=plain.text,
                line=open_cue.line,
                number=open_cue.number,
            )
        )

    for at in timings:
        head, number = _head(lines, start, at, expected, notes)
        close(lines[start:head])
        place = lines[at].place
        timing = parse_timing(lines[at].text, place, ",", notes)
        if timing.rest and _COORDINATES.fullmatch(timing.rest) is None:
            if not all(_SETTING.fullmatch(part) for part in timing.rest.split()):
                raise SubtitleError(f"text behind the times: {timing.rest!r}", place)
            notes.append(Note(place, "ignored", f"settings that SubRip doesn't have: {timing.rest!r}"))
        open_cue = RawCue(start_ms=timing.start_ms, end_ms=timing.end_ms, text="", line=place, number=number)
        expected = (expected if number is None else int(number)) + 1
        start = at + 1
    close(lines[start:])
    return cues
