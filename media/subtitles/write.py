"""Write subtitle files from exact times."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from ..errors import SubtitleError
from .appearance import settings_of_place, tagged
from .cue import Cue, TimedText
from .markup import markup_ass, markup_srt, markup_vtt, tidy_name
from .timing import format_ms

TICK_MS = {"srt": 1, "vtt": 1, "ass": 10}
"""The formats that can be written, with the resolution of their times in milliseconds."""
_HTML_ITALICS = ("<i>", "</i>")
_ASS_END_MS = 100 * 3600 * 1000
_ASS_HEAD = """\
[Script Info]
; Written by Voxweft
WrapStyle: 0
ScaledBorderAndShadow: yes
Collisions: Normal
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def written_format(read_format: str) -> str:
    """Return the format to write for one that was read: the same, if it can be written."""
    return read_format if read_format in TICK_MS else "ass" if read_format == "ssa" else "srt"


class _Span(NamedTuple):
    start_ticks: int
    end_ticks: int


def _exact(cues: Sequence[TimedText | Cue]) -> list[TimedText]:
    exact: list[TimedText] = []
    for index, cue in enumerate(cues):
        timed = cue.timed() if isinstance(cue, Cue) else cue
        if timed.start_s < 0 or timed.end_s < timed.start_s:
            reason = f"cue {index} runs from {float(timed.start_s)} s to {float(timed.end_s)} s"
            raise SubtitleError(f"{reason}; times must be positive and in order")
        exact.append(timed)
    return sorted(exact, key=lambda timed: timed.start_s)


def round_times(cues: Sequence[TimedText], tick_ms: int) -> list[_Span]:
    """Return the times of cues, which are sorted by start, in ticks of `tick_ms`.

    Invariants:
    - Starts and ends are rounded by the same monotonic function (half up), so rounding never makes cues overlap.
    - A cue whose start and end round to the same tick gets one tick at its end, or else at its start, if that doesn't
      overlap a cue it didn't overlap before. Otherwise it has zero length.
    """
    # Integers of a common unit compare many times faster than fractions.
    per_s = lcm(*{time_s.denominator for cue in cues for time_s in (cue.start_s, cue.end_s)})
    starts = [cue.start_s.numerator * (per_s // cue.start_s.denominator) for cue in cues]
    ends = [cue.end_s.numerator * (per_s // cue.end_s.denominator) for cue in cues]

    def ticks(time: int) -> int:
        return (2000 * time + tick_ms * per_s) // (2 * tick_ms * per_s)

    by_end = sorted(range(len(cues)), key=ends.__getitem__)
    ended, last_end = 0, 0
    spans: list[_Span] = []
    for index, (exact_start, exact_end) in enumerate(zip(starts, ends, strict=True)):
        start, end = ticks(exact_start), ticks(exact_end)
        # A cue that has ended already has its span, or it has no length and starts here: then it is only rounded.
        while ended < len(by_end) and ends[by_end[ended]] <= exact_start:
            before = by_end[ended]
            last_end = max(last_end, spans[before].end_ticks if before < index else start)
            ended += 1
        if start == end and exact_start < exact_end:
            following = bisect_left(starts, exact_end)
            if following == len(cues) or ticks(starts[following]) > end:
                end += 1
            elif start > max(last_end, spans[-1].start_ticks if spans else 0):
                start -= 1
        spans.append(_Span(start, end))
    return spans


def _ass_time(ms: int) -> str:
    if ms >= _ASS_END_MS:
        raise SubtitleError("ASS times must be below 100 hours; write srt or vtt instead")
    return format_ms(ms, ".")[:-1].removeprefix("0")


def _write_ass(cues: Sequence[TimedText], spans: Sequence[_Span]) -> str:
    lines = []
    for cue, span in zip(cues, spans, strict=True):
        start, end = _ass_time(span.start_ticks * 10), _ass_time(span.end_ticks * 10)
        name = tidy_name(cue.speaker.replace(",", " "))
        place = f"{{\\an{cue.place}}}" if cue.place else ""
        text = tagged(cue.text, cue.italics, markup_ass, ("{\\i1}", "{\\i0}"))
        lines.append(f"Dialogue: 0,{start},{end},Default,{name},0,0,0,,{place}{text}")
    return _ASS_HEAD + "".join(f"{line}\n" for line in lines)


def write_subtitles(cues: Sequence[TimedText | Cue], format: str) -> str:  # noqa: A002
    r"""Return a subtitle file (`srt`, `vtt` or `ass`) with the cues in order of their start, lines ending in `\n`.

    Times are rounded to the format's resolution (SRT and WebVTT 1 ms, ASS 10 ms), see `round_times`. Reading the file
    returns the same text, except for blank lines, white space at the ends of lines and control characters. SRT can't
    store speakers; a comma in a speaker's name becomes a space in ASS.

    Raises:
        SubtitleError: A cue starts below zero or ends before it starts, or ASS would need 100 hours or more.
        ValueError: Unknown format.
    """
    if format not in TICK_MS:
        raise ValueError(f"unknown subtitle format {format!r}; must be one of {', '.join(TICK_MS)}")
    exact = _exact(cues)
    spans = round_times(exact, TICK_MS[format])
    if format == "ass":
        return _write_ass(exact, spans)
    blocks = ["WEBVTT\n"] if format == "vtt" else []
    separator = "." if format == "vtt" else ","
    for number, (cue, span) in enumerate(zip(exact, spans, strict=True), 1):
        times = f"{format_ms(span.start_ticks, separator)} --> {format_ms(span.end_ticks, separator)}"
        if format == "vtt":
            text = tagged(cue.text, cue.italics, functools.partial(markup_vtt, speaker=cue.speaker), _HTML_ITALICS)
            times += settings_of_place(cue.place)
        else:
            place = f"{{\\an{cue.place}}}" if cue.place else ""
            text = place + tagged(cue.text, cue.italics, markup_srt, _HTML_ITALICS)
        blocks.append(f"{number}\n{times}\n{text}\n" if text else f"{number}\n{times}\n")
    return "\n".join(blocks)
