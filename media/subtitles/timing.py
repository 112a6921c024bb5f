"""Parse and format the timing lines of SubRip and WebVTT: `00:00:01,000 --> 00:00:02,500`."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import SubtitleError
from .subtitle_file import Note

_TIME = r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2})([.,])([0-9]{1,3})"
_TIMING = re.compile(rf"\ufeff?\s*{_TIME}\s*-->\s*{_TIME}(?:\s+(\S.*))?\s*", re.ASCII | re.DOTALL)
_TIME_IN_TEXT = re.compile(r"[0-9]\s*:\s*[0-9]", re.ASCII)
# A timing line with a mistake in the arrow or a digit must not be read as text. Two clock times with a dash
# ("8:30 - 9:15") are text: a time needs a third group.
_LOOSE_TIME = r"[0-9]{1,4}:[0-9A-Za-z]{1,2}[:.,][0-9A-Za-z]{1,3}(?:[:.,][0-9A-Za-z]{1,3})?"
_LOOSE_TIMING = re.compile(rf"\s*{_LOOSE_TIME}\s*[-=~>,;|→–—\s]{{1,8}}\s*{_LOOSE_TIME}(?![0-9A-Za-z])", re.ASCII)


class Timing(NamedTuple):
    """A timing line: times in milliseconds, and the text after them."""

    start_ms: int
    end_ms: int
    rest: str


def format_ms(ms: int, separator: str) -> str:
    """Return `HH:MM:SS` and milliseconds; the hours take as many digits as they need."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{ms:03d}"


def is_timing(line: str) -> bool:
    """Return whether the line has the form of a timing line (its numbers may be invalid)."""
    return "-->" in line and _TIMING.fullmatch(line) is not None


def is_broken_timing(line: str, *, after_number: bool) -> bool:
    """Return whether a line is a broken timing line. `after_number` if it follows a cue's number."""
    if "-->" in line and (after_number or line.lstrip()[:1].isdigit() or _TIME_IN_TEXT.search(line)):
        return True
    return _LOOSE_TIMING.match(line) is not None


def parse_timing(line: str, number: int, separator: str, notes: list[Note]) -> Timing:
    """Return the times of a line for which `is_timing` is true. `separator` is the format's decimal separator.

    A fraction of one or two digits is a decimal fraction (`,5` is half a second). Adds deviations from the format to
    `notes`. SubtitleError for minutes or seconds over 59, and for an end before the start.
    """
    match = _TIMING.fullmatch(line)
    if match is None:
        raise SubtitleError(f"invalid timing line: {line.strip()!r}", number)
    first, second = match.group(1, 2, 3, 4, 5), match.group(6, 7, 8, 9, 10)
    times_ms = []
    for hours, minutes, seconds, _, fraction in (first, second):
        if int(minutes) > 59 or int(seconds) > 59:
            raise SubtitleError(f"minutes and seconds must be below 60: {line.strip()!r}", number)
        total_s = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
        times_ms.append(total_s * 1000 + int(fraction.ljust(3, "0")))
    if any(sign != separator for sign in (first[3], second[3])):
        notes.append(
            Note(number, "time", f"'{first[3] if first[3] != separator else second[3]}' instead of '{separator}'")
        )
    if any(len(fraction) < 3 for fraction in (first[4], second[4])):
        notes.append(Note(number, "time", "milliseconds with fewer than three digits, read as a decimal fraction"))
    if separator == "," and (first[0] is None or second[0] is None):
        notes.append(Note(number, "time", "a time without hours"))
    start_ms, end_ms = times_ms
    if end_ms < start_ms:
        raise SubtitleError(f"the cue ends before it starts: {line.strip()!r}", number)
    return Timing(start_ms, end_ms, (match.group(11) or "").strip())
