"""Read formats that have a cue on each line: MicroDVD, MPL2, lyrics (LRC), and YouTube's SBV with a few lines.

No library reads lyrics and SBV, and those that read the others have no line numbers and don't say what they leave out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from .appearance import with_text
from .cue_text import SHOWN_CHARS
from .markup import plain_srt
from .subtitle_file import Note, Notes, RawCue

_MICRODVD = re.compile(r"\ufeff?\s*\{(-?[0-9]{1,9})\}\s*\{(-?[0-9]{0,9})\}(.*)", re.ASCII | re.DOTALL)
_MPL2 = re.compile(r"\ufeff?\s*\[([0-9]{1,9})\]\s*\[([0-9]{0,9})\](.*)", re.ASCII | re.DOTALL)
_LYRICS_CLOCK = (
    r"\[\s*(?:([0-9]{1,2}):(?=[0-9]{1,2}:[0-9]{1,2}[.,]))?([0-9]{1,4}):([0-9]{1,2})(?:[.,:]([0-9]{1,6}))?\s*\]"
)
_LYRICS_TIME = re.compile(_LYRICS_CLOCK, re.ASCII)
_LYRICS = re.compile(rf"(?P<times>(?:\s*{_LYRICS_CLOCK})+)(?P<text>.*)", re.ASCII | re.DOTALL)
_LYRICS_TAG = re.compile(r"\s*\[([A-Za-z#][A-Za-z_ -]{0,20}):([^\]]*)\]\s*")
_WORD_TIME = re.compile(r"<[0-9]{1,4}:[0-9]{1,2}(?:[.,:][0-9]{1,6})?>", re.ASCII)
_SBV_TIME = r"([0-9]{1,4}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,6}))?"
_SBV = re.compile(rf"\ufeff?\s*{_SBV_TIME}\s*[,;]\s*{_SBV_TIME}\s*", re.ASCII)
_SBV_BROKEN = re.compile(r"\s*[0-9]{1,4}:\w{1,3}:\w{1,3}\S{0,8}\s*[,;]\s*\w{1,4}:\w{1,3}:\S{1,12}\s*", re.ASCII)
_CONTROL = re.compile(r"\{([A-Za-z]):([^{}]*)\}")
_FILM_FPS = Fraction(24000, 1001)
_MAX_OPEN_MS = 4000
"""The longest time of a cue whose format gives no end, unless the next one starts earlier."""
_MAX_SUNG_MS = 10_000
"""The same for a line of lyrics, which is sung more slowly than speech."""
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,6})?", re.ASCII)

_Timed = tuple[int, int | None, int, str]
"""The start and end of a cue in milliseconds, its line, and its text with markup."""


def is_microdvd(line: str) -> bool:
    """Return whether a line is a cue of MicroDVD: `{25}{75}text`."""
    return _MICRODVD.fullmatch(line) is not None


def is_mpl2(line: str) -> bool:
    """Return whether a line is a cue of MPL2: `[10][35]text`."""
    return _MPL2.fullmatch(line) is not None


def is_sbv(line: str) -> bool:
    """Return whether a line is a timing line of SBV: `0:00:01.000,0:00:02.500`."""
    return _SBV.fullmatch(line) is not None


def is_lyrics(line: str) -> bool:
    """Return whether a line belongs to lyrics: `[00:12.50]text`, or a tag such as `[ar:Name]`."""
    return _LYRICS.fullmatch(line) is not None or _LYRICS_TAG.fullmatch(line) is not None


def read_microdvd(lines: list[str], notes: Notes, fps: float = 0.0) -> list[RawCue]:
    """Return the cues of a MicroDVD file, timed by the rate of its first cue `{1}{1}25.000`, else by `fps`."""
    rate, has_rate = Fraction(fps).limit_denominator(1001) if fps else _FILM_FPS, False
    found: list[_Timed] = []
    for number, line in enumerate(lines, 1):
        match = _MICRODVD.fullmatch(line)
        if match is None:
            _leave_out(line, number, "{start}{end}text", notes, is_head=not found)
            continue
        start, end, text = int(match[1]), match[2], match[3].strip()
        if not found and start <= 1 and end in ("0", "1") and _NUMBER.fullmatch(text):
            rate, has_rate = Fraction(text.replace(",", ".")) or _FILM_FPS, True
            notes.append(Note(number, "format", f"{text} frames per second, as the file says"))
            continue
        found.append((start, int(end) if end.strip("-") else None, number, text))
    if not has_rate:
        source = "as given" if fps else "which is a guess; give the film's rate"
        notes.append(Note(1, "format", f"no frame rate in the file; read at {float(rate):.6g} per second, {source}"))
    timed = [
        (_frame_ms(start, rate), None if end is None else _frame_ms(end, rate), number, _marked(text))
        for start, end, number, text in found
    ]
    return _cues(timed, notes, _MAX_OPEN_MS)


def _frame_ms(frame: int, rate: Fraction) -> int:
    return max(0, round(frame * 1000 / rate))


def read_mpl2(lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the cues of an MPL2 file, whose times are tenths of a second."""
    timed: list[_Timed] = []
    for number, line in enumerate(lines, 1):
        match = _MPL2.fullmatch(line)
        if match is None:
            _leave_out(line, number, "[start][end]text", notes, is_head=not timed)
            continue
        timed.append((int(match[1]) * 100, int(match[2]) * 100 if match[2] else None, number, _marked(match[3])))
    return _cues(timed, notes, _MAX_OPEN_MS)


def read_lyrics(lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the lines of lyrics (LRC). A line ends where the next one starts; a line without text only ends one."""
    offset_ms = 0
    timed: list[_Timed] = []
    for number, line in enumerate(lines, 1):
        match = _LYRICS.fullmatch(line)
        if match is not None:
            text = _WORD_TIME.sub("", match["text"])
            timed += [(_clock_ms(*time), None, number, text) for time in _LYRICS_TIME.findall(match["times"])]
            continue
        tag = _LYRICS_TAG.fullmatch(line)
        if tag is None:
            _leave_out(line, number, "[minutes:seconds]text", notes, is_head=not timed)
        elif tag[1].lower() == "offset" and re.fullmatch(r"\s*[+-]?[0-9]{1,7}\s*", tag[2], re.ASCII):
            offset_ms = int(tag[2])
    timed.sort(key=lambda cue: cue[0])
    return _cues([(max(0, at - offset_ms), end, number, text) for at, end, number, text in timed], notes, _MAX_SUNG_MS)


def read_sbv(lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the cues of an SBV or SubViewer file: a line with both times, then the text, then a blank line."""
    cues: list[RawCue] = []
    body: list[str] = []
    broken = 0
    for number, line in enumerate(lines, 1):
        match = _SBV.fullmatch(line)
        if match is not None:
            broken = 0
        elif _SBV_BROKEN.fullmatch(line):
            broken = number
        if broken:
            if line.strip():
                shown = repr(line.strip()[:SHOWN_CHARS])
                reason = f"{shown} is not a time" if broken == number else f"line {broken} is not a time"
                message = f"left out, because {reason}" + ("" if broken == number else f": {shown}")
                notes.fault(number, "left-out" if broken == number else "ignored", message, reason)
            continue
        if match is None:
            if cues:
                body.append(line)
            elif line.strip():
                notes.append(Note(number, "ignored", "skipped the header"))
            continue
        _close(cues, body, notes)
        start_ms, end_ms = _clock_ms(*match.group(1, 2, 3, 4)), _clock_ms(*match.group(5, 6, 7, 8))
        if end_ms < start_ms:
            notes.fault(number, "time", "the cue ends before it starts; read as a cue without length")
        cues.append(RawCue(start_ms=start_ms, end_ms=max(start_ms, end_ms), line=number))
    _close(cues, body, notes)
    return cues


def _clock_ms(hours: str, minutes: str, seconds: str, fraction: str | None) -> int:
    """Return a time in milliseconds; the hours and the fraction may be missing."""
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def _close(cues: list[RawCue], body: list[str], notes: Notes) -> None:
    if cues:
        cues[-1] = with_text(cues[-1], "\n".join(body).replace("[br]", "\n"), plain_srt, notes)
    body.clear()


def _marked(text: str) -> str:
    """Return a text of MicroDVD or MPL2 with tags as in SubRip: `|` is a line break, a leading `/` italics."""
    lines = []
    for line in text.split("|"):
        stripped = line.strip()
        is_italic = stripped.startswith("/") or any(
            key.lower() == "y" and "i" in value for key, value in _CONTROL.findall(stripped)
        )
        plain = _CONTROL.sub("", stripped).removeprefix("/").strip()
        lines.append(f"<i>{plain}</i>" if is_italic and plain else plain)
    return "\n".join(lines)


def _leave_out(line: str, number: int, form: str, notes: Notes, *, is_head: bool) -> None:
    if not line.strip().strip("\ufeff"):
        return
    reason = f"{line.strip()[:SHOWN_CHARS]!r} doesn't have the form {form}"
    if is_head:
        notes.append(Note(number, "ignored", f"skipped in the head: {reason}"))
    else:
        notes.fault(number, "left-out", f"left out, because {reason}", reason)


def _cues(timed: Sequence[_Timed], notes: Notes, max_open_ms: int) -> list[RawCue]:
    """Return the cues with text. Without an end, a cue ends where the next one starts."""
    cues: list[RawCue] = []
    following = _following_starts([line[0] for line in timed])
    for (start_ms, given_end_ms, number, text), next_ms in zip(timed, following, strict=True):
        if not text.strip():
            continue
        if given_end_ms is None:
            end_ms = start_ms + max_open_ms if next_ms is None else min(next_ms, start_ms + max_open_ms)
        else:
            end_ms = max(start_ms, given_end_ms)
            if given_end_ms < start_ms:
                notes.fault(number, "time", "the cue ends before it starts; read as a cue without length")
        cues.append(with_text(RawCue(start_ms=start_ms, end_ms=end_ms, line=number), text, plain_srt, notes))
    return cues


def _following_starts(starts: Sequence[int]) -> list[int | None]:
    """Return for each start the first one after it in the file that is later, in linear time."""
    following: list[int | None] = [None] * len(starts)
    later: list[int] = []
    for at in range(len(starts) - 1, -1, -1):
        while later and later[-1] <= starts[at]:
            later.pop()
        following[at] = later[-1] if later else None
        later.append(starts[at])
    return following
