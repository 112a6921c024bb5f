"""Read SubRip (SRT).

This module uses no library such as `pysubs2`, whose reader has no line numbers for errors, reads a broken timing line
as text to speak, cuts hours over 99, and silently drops a last line that is a number ("How many?", "42").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .appearance import with_text
from .cue_text import SHOWN_CHARS, Line, join_body, leave_out, number_of, reject_broken_timing
from .markup import plain_srt
from .subtitle_file import Note, Notes, RawCue
from .timing import has_milliseconds, is_broken_timing, is_timing, parse_timing

_SETTINGS = re.compile(r"(?:[a-z]+:\s?\S+\s*)+")
_COORDINATES = re.compile(r"(?:[XY][12]\s*:\s*-?[0-9]+\s*)+", re.ASCII | re.IGNORECASE)


def _head(lines: list[Line], start: int, at: int, expected: int, notes: Notes) -> tuple[int, str | None]:
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


def _skip_prelude(lines: list[Line], notes: Notes) -> None:
    """Note the text before the first cue: a cue without a time if it has a number, else a heading."""
    if notes.strict:
        reject_broken_timing(lines, any_arrow=False)
    spoken = [line for line in lines if not line.is_blank]
    if not spoken:
        return
    shown = repr(" ".join(line.text.strip() for line in spoken)[:SHOWN_CHARS])
    is_cue = number_of(spoken[0].text) is not None
    message = f"left out, because it has no time: {shown}" if is_cue else f"skipped text before the first cue: {shown}"
    reason = f"text before the first timing line of a SubRip file: {spoken[0].text.strip()[:80]!r}"
    notes.fault(spoken[0].number, "left-out" if is_cue else "ignored", message, reason)


class _Head(NamedTuple):
    """A timing line: its index, the line where the cue begins (with its number), and that number."""

    at: int
    start: int
    number: str | None


def _heads(lines: list[Line], notes: Notes) -> Iterator[_Head]:
    """Yield the timing lines, and those at the head of a cue that should be ones but aren't."""
    start, expected = 0, 1
    blank_before, after_number = True, False
    for at, line in enumerate(lines):
        is_head = is_timing(line.text) or (
            (blank_before or after_number)
            and not notes.strict
            and is_broken_timing(line.text, after_number=after_number)
        )
        if is_head:
            head, number = _head(lines, start, at, expected, notes)
            yield _Head(at, head, number)
            expected = (expected if number is None else int(number_of(number) or 0)) + 1
            start = at + 1
        after_number = blank_before and number_of(line.text) is not None
        blank_before = line.is_blank


def _behind_times(rest: str, marked: str, line: Line, notes: Notes) -> str:
    """Return the cue's text, which is behind the times if it isn't below them."""
    if _SETTINGS.fullmatch(rest):
        notes.append(Note(line.number, "ignored", f"settings not supported in SubRip: {rest!r}"))
        return marked
    reason = f"unexpected text after the times: {rest!r}"
    notes.fault(line.number, "ignored", f"{reason}; {'ignored' if marked else 'read as the text of the cue'}", reason)
    return marked or rest


def read_srt(text_lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the cues in file order. If reading is strict, SubtitleError names the first invalid line.

    A cue whose time can't be read is left out, with a note.
    """
    lines = [Line(number, text) for number, text in enumerate(text_lines, 1)]
    milliseconds = has_milliseconds(text_lines)
    heads = list(_heads(lines, notes))
    _skip_prelude(lines[: heads[0].start if heads else len(lines)], notes)
    cues: list[RawCue] = []
    ends = [*(head.start for head in heads[1:]), len(lines)]
    for head, end in zip(heads, ends, strict=False):
        line, body = lines[head.at], lines[head.at + 1 : end]
        timing = parse_timing(line.text, line.number, ",", notes, milliseconds=milliseconds)
        if timing is None:
            leave_out(line, body, notes)
            continue
        marked = join_body(body, line.number, notes, any_arrow=False)
        if timing.rest and _COORDINATES.fullmatch(timing.rest) is None:
            marked = _behind_times(timing.rest, marked, line, notes)
        cue = RawCue(start_ms=timing.start_ms, end_ms=timing.end_ms, line=line.number, number=head.number)
        cues.append(with_text(cue, marked, plain_srt, notes))
    return cues
