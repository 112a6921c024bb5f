"""Parse and format the timing lines of SubRip and WebVTT: `00:00:01,000 --> 00:00:02,500`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import SubtitleError
from .references import GUARD
from .subtitle_file import Note, Notes

_DIGIT = "[0-9OoIl]"
"""Letters are what the recognition of images reads for digits."""
_TIME = re.compile(
    rf"(-?)\s*(?:({_DIGIT}{{1,4}})\s*:\s*({_DIGIT}{{1,3}})\s*:\s*({_DIGIT}{{1,2}})(?!{_DIGIT})"
    rf"|({_DIGIT}{{1,4}})\s*:\s*({_DIGIT}{{1,2}})(?!{_DIGIT})|([0-9]{{1,6}})(?=\s?[.,]\s?[0-9]))"
    rf"(?:\s*([.,:;'’]|\s(?=[0-9]{{3}}(?![0-9:])))\s*({_DIGIT}{{1,24}})(?:\.[0-9]{{1,24}})?)?(?![0-9:,]|\.\w)",
    re.ASCII,
)
_ARROW = re.compile(r"-{1,4}\s?>|[-–—=~]{1,4}\s?>|→|⟶|>{1,3}")
_DOTTED = re.compile(r"(?<![0-9.])([0-9]{1,2})\.([0-9]{2})\.([0-9]{2})(?=[.,:;][0-9]{1,3}(?![0-9.]))", re.ASCII)
"""`00.00.32,000`."""
_BETWEEN = re.compile(r"\s*[-=~,;|–—]{1,8}\s*|\s+")
_STRICT_TIME = r"(?:[0-9]{1,4}:)?[0-9]{1,2}:[0-9]{1,2}[.,][0-9]{1,3}"
_STRICT = re.compile(rf"{_STRICT_TIME}\s*-->\s*{_STRICT_TIME}(?:\s.*)?", re.ASCII | re.DOTALL)
_HINT = re.compile(r"[0-9OoIl]\s*:\s*[0-9OoIl]|->|→")
_TIME_IN_TEXT = re.compile(r"[0-9]\s*:\s*[0-9]", re.ASCII)
# Two clock times with a dash ("8:30 - 9:15") are text: a time needs a third group.
_LOOSE_TIME = r"[0-9]{1,4}:[0-9A-Za-z]{1,2}[:.,][0-9A-Za-z]{1,3}(?:[:.,][0-9A-Za-z]{1,3})?"
_LOOSE_TIMING = re.compile(rf"\s*{_LOOSE_TIME}\s*[-=~>,;|→–—\s]{{1,8}}\s*{_LOOSE_TIME}(?![0-9A-Za-z])", re.ASCII)
_WRAPPERS = "()[]\"' "
"""Brackets and quotes around a timing line, and spaces."""
_MAX_HEAD_CHARS = 200
"""A timing line has its times within these; the limit keeps reading linear."""
_LETTERS_AS_DIGITS = str.maketrans("OoIl", "0011")
_FRAMES_PER_S = 25
"""The rate of frames in times such as `00:00:01:12`, whose format has none."""


class Timing(NamedTuple):
    """A timing line: times in milliseconds, and the text after them."""

    start_ms: int
    end_ms: int
    rest: str


class _Found(NamedTuple):
    """A timing line in its parts; `arrow` is empty if there is none, `end` is None if there is no time after it."""

    start: re.Match[str]
    arrow: str
    end: re.Match[str] | None
    rest: str


def format_ms(ms: int, separator: str) -> str:
    """Return `HH:MM:SS` and milliseconds; the hours take as many digits as they need."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{ms:03d}"


def is_timing(line: str) -> bool:
    """Return whether the line gives a cue's time. The notation may be unusual."""
    return _find(line) is not None


def is_broken_timing(line: str, *, after_number: bool) -> bool:
    """Return whether a line is a broken timing line. `after_number` if it follows a cue's number."""
    if "-->" in line and (after_number or line.lstrip()[:1].isdigit() or _TIME_IN_TEXT.search(line)):
        return True
    return _LOOSE_TIMING.match(line) is not None or is_timing(line)


def has_milliseconds(lines: Iterable[str]) -> bool:
    """Return whether a timing line of the file has a fraction of three digits or more.

    Then shorter ones are milliseconds too, as players read them: `,97` is 0.097 s. Otherwise they are decimals.
    """
    for line in lines:
        found = _find(line)
        if found is not None and any(len(time[9] or "") > 2 for time in (found.start, found.end) if time is not None):
            return True
    return False


def parse_timing(line: str, number: int, separator: str, notes: Notes, *, milliseconds: bool) -> Timing | None:
    """Return the times of a line; None if it gives none. `separator` is the format's decimal separator.

    A cue that ends before it starts, or has no end, has no length. Adds deviations from the format to `notes`.

    Args:
        milliseconds: Whether a fraction of one or two digits is a number of milliseconds; see `has_milliseconds`.

    Raises:
        SubtitleError: The line isn't as the format wants it, and reading is strict.
    """
    found = _find(line)
    if found is None:
        return None
    plain = _plain(line)
    if notes.strict and _STRICT.fullmatch(plain) is None:
        raise SubtitleError(f"invalid timing line: {line.strip()!r}", number)
    times = [found.start] if found.end is None else [found.start, found.end]
    remarks = list(_remarks(found, times, separator, milliseconds=milliseconds))
    if "&gt;" in line or plain[0] in _WRAPPERS or _DOTTED.search(plain) is not None:
        remarks.append(f"unusual times {line.strip()!r}")
    for remark in remarks:
        notes.append(Note(number, "time", remark))
    start_ms, end_ms = _ms(found.start, milliseconds), _ms(times[-1], milliseconds)
    if any(int(_digits(part)) >= 60 for time in times for part in (time[3], time[4], time[6]) if part):
        reason = f"minutes and seconds must be below 60: {line.strip()!r}"
        notes.fault(number, "time", "minutes or seconds above 59, counted on", reason)
    if end_ms < start_ms:
        reason = f"the cue ends before it starts: {line.strip()!r}"
        notes.fault(number, "time", "the cue ends before it starts; read as a cue without length", reason)
    return Timing(start_ms, max(start_ms, end_ms), found.rest)


def _remarks(found: _Found, times: list[re.Match[str]], separator: str, *, milliseconds: bool) -> Iterator[str]:
    if found.arrow != "-->" and (found.arrow or found.end is not None):
        yield f"{found.arrow!r} instead of '-->'" if found.arrow else "no arrow between the times"
    if found.end is None:
        yield "the cue has no end; read as a cue without length"
    if other := next((time[8] for time in times if time[8] and time[8] != separator), None):
        frames = f", read as frames at {_FRAMES_PER_S} per second" if any(_has_frames(time) for time in times) else ""
        yield f"'{other}' instead of '{separator}'{frames}"
    fractions = [time[9] or "" for time in times]
    if any(len(fraction) == 0 for fraction in fractions):
        yield "a time without milliseconds"
    elif any(len(fraction) < 3 for fraction in fractions) and not any(map(_has_frames, times)):
        read = "milliseconds, as the file's other times have them" if milliseconds else "a decimal fraction"
        yield f"milliseconds with fewer than three digits, read as {read}"
    elif any(
        len(fraction) > 3 or "." in time[0][time.end(9) - time.start() :]
        for fraction, time in zip(fractions, times, strict=True)
    ):
        yield "a fraction with more than three digits, cut to milliseconds"
    if any(time[1] for time in times):
        yield "a negative time, read as 0"
    if any(_digits(time[0]) != time[0] for time in times):
        yield "letters in place of digits"
    if separator == "," and any(time[2] is None for time in times):
        yield "a time without hours"


def _plain(line: str) -> str:
    """Return a line's start without format characters, and with ASCII spaces, digits and punctuation."""
    line = line[:_MAX_HEAD_CHARS].replace("&gt;", ">")
    if line.isascii():
        return line.strip()
    plain = []
    for character in unicodedata.normalize("NFKC", line):
        category = unicodedata.category(character)
        if category == "Nd":
            plain.append(str(unicodedata.decimal(character)))
        elif category != "Cf":
            plain.append(" " if category == "Zs" else character)
    return "".join(plain).strip()


def _find(line: str) -> _Found | None:
    if _HINT.search(line, 0, _MAX_HEAD_CHARS) is None or GUARD in line[:_MAX_HEAD_CHARS]:
        # `markup` writes a guard into a line of text that would be read as a timing line.
        return None
    text = _DOTTED.sub(r"\1:\2:\3", _plain(line)).lstrip(_WRAPPERS)
    if arrow := _ARROW.search(text):
        start = _TIME.fullmatch(text[: arrow.start()].strip())
        # A clock time before an arrow is text: "8:30 -> 9:15". Before `-->` it isn't.
        if start is None or not (arrow[0] == "-->" or start[2] or start[9]) or not any(map(str.isdigit, start[0])):
            return None
        rest = text[arrow.end() :].lstrip()
        end = _TIME.match(rest)
        rest = (rest if end is None else rest[end.end() :].lstrip(_WRAPPERS)) + line[_MAX_HEAD_CHARS:]
        # Without a dash, it is an arrow only between two times: "at 0:00:01 > all" is text.
        if arrow[0].strip(">") == "" and (end is None or rest.strip()):
            return None
        return _Found(start, arrow[0], end, rest.strip())
    start = _TIME.match(text)
    if start is not None and start.end() == len(text) and start[2] and len(start[9] or "") == 3:
        return _Found(start, "", None, "")
    between = _BETWEEN.match(text, start.end()) if start is not None else None
    end = _TIME.fullmatch(text, between.end()) if between is not None else None
    if start is None or end is None or not all(time[9] and (time[2] or time[5]) for time in (start, end)):
        return None
    return _Found(start, "", end, "")


def _digits(part: str) -> str:
    return part.translate(_LETTERS_AS_DIGITS)


def _has_frames(time: re.Match[str]) -> bool:
    return time[8] in (":", ";") and len(time[9]) == 2 and int(_digits(time[9])) < 30


def _ms(time: re.Match[str], milliseconds: bool) -> int:
    if time[1]:
        return 0
    hours, minutes, seconds = (time[2], time[3] or time[5], time[4] or time[6] or time[7])
    total_s = (int(_digits(hours or "0")) * 60 + int(_digits(minutes or "0"))) * 60 + int(_digits(seconds or "0"))
    fraction = _digits(time[9] or "0")
    if _has_frames(time):
        return total_s * 1000 + int(fraction) * 1000 // _FRAMES_PER_S
    return total_s * 1000 + int(fraction if milliseconds and len(fraction) <= 3 else fraction[:3].ljust(3, "0"))
