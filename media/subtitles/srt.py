"""Read SubRip (SRT).

This module uses no library such as `pysubs2`, whose reader has no line numbers for errors, reads a broken timing line
as text to speak, cuts hours over 99, and silently drops a last line that is a number ("How many?", "42").
"""

from __future__ import annotations

import re

from ..errors import SubtitleError
from .cue_text import Line, join_body, number_of, reject_broken_timing
from .markup import plain_srt
from .subtitle_file import Note, RawCue
from .timing import is_timing, parse_timing

_COORDINATES = re.compile(r"(?:[XY][12]\s*:\s*-?[0-9]+\s*)+", re.ASCII | re.IGNORECASE)
_SETTING = re.compile(r"[a-z]+:\S+")


def _head(lines: list[Line], start: int, at: int, expected: int, notes: list[Note]) -> tuple[int, str | None]:
    """Return where the head of the timing line `lines[at]` starts, and the cue's number as written.

    A number on the line above is the cue's number if a blank line separates it from the text before. Otherwise it could
    be the last line of that text, so it is the cue's number only if it is the expected number.
    """
    line_number = lines[at].number
    at_number = at - 1
    while at_number >= start and lines[at_number].is_blank:
        at_number -= 1
    number = number_of(lines[at_number].text) if at_number >= start else None
    adjacent = at_number == at - 1
    apart = at_number == 0 or (at_number > start and lines[at_number - 1].is_blank)
    if number is None or not ((apart and adjacent) or start == 0 or number == expected):
        notes.append(Note(line_number, "number", "the cue has no number"))
        return at, None
    if not (apart and adjacent):
        problem = "no blank line before it" if adjacent else "a blank line after it"
        message = f"read '{number}' as the number of the cue, with {problem}"
        notes.append(Note(lines[at_number].number, "number", message))
    if number != expected:
        notes.append(Note(lines[at_number].number, "number", f"the cue has number {number}, not {expected}"))
    head = at_number
    while head > start and number_of(lines[head - 1].text) == number:
        head -= 1
        notes.append(Note(lines[head].number, "number", f"duplicate number {number}"))
    return head, lines[at_number].text.strip().lstrip("\ufeff")


def _reject_prelude(lines: list[Line]) -> None:
    reject_broken_timing(lines, any_arrow=False)
    for line in lines:
        if not line.is_blank:
            reason = f"text before the first timing line of a SubRip file: {line.text.strip()[:80]!r}"
            raise SubtitleError(reason, line.number)


def read_srt(text_lines: list[str], notes: list[Note]) -> list[RawCue]:
    """Return the cues in file order. SubtitleError names the first invalid line."""
    lines = [Line(number, text) for number, text in enumerate(text_lines, 1)]
    timings = [at for at, line in enumerate(lines) if is_timing(line.text)]
    cues: list[RawCue] = []
    start, expected = 0, 1
    open_cue: RawCue | None = None

    def close(body: list[Line]) -> None:
        if open_cue is None:
            _reject_prelude(body)
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
        line_number = lines[at].number
        timing = parse_timing(lines[at].text, line_number, ",", notes)
        if timing.rest and _COORDINATES.fullmatch(timing.rest) is None:
            if not all(_SETTING.fullmatch(part) for part in timing.rest.split()):
                raise SubtitleError(f"unexpected text after the times: {timing.rest!r}", line_number)
            notes.append(Note(line_number, "ignored", f"settings not supported in SubRip: {timing.rest!r}"))
        open_cue = RawCue(start_ms=timing.start_ms, end_ms=timing.end_ms, text="", line=line_number, number=number)
        expected = (expected if number is None else int(number)) + 1
        start = at + 1
    close(lines[start:])
    return cues
