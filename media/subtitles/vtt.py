"""Read WebVTT (https://www.w3.org/TR/webvtt1/, section 6), without losing any text that isn't markup.

This module uses no library such as `pysubs2`, whose reader returns comments, style sheets and cue identifiers as text,
drops voices and doesn't resolve character references.
"""

from __future__ import annotations

import re

from .appearance import place_of_settings, with_text
from .cue_text import SIGNATURE, Line, join_body, leave_out, number_of, reject_broken_timing
from .markup import plain_vtt
from .subtitle_file import Note, Notes, RawCue
from .timing import Timing, has_milliseconds, is_timing, parse_timing

_COMMENT = re.compile(r"NOTE(?:[ \t].*)?", re.DOTALL)
_DEFINITION = re.compile(r"(?:STYLE|REGION)[ \t]*")
_METADATA = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\s*[:=].*", re.ASCII | re.DOTALL)
_SETTING = re.compile(r"[a-z]+:\S+")


def _header_end(lines: list[Line], notes: Notes) -> int:
    end = 1
    while end < len(lines) and not lines[end].is_blank and not is_timing(lines[end].text):
        if _METADATA.fullmatch(lines[end].text.strip()) is None:
            notes.append(Note(lines[end].number, "ignored", f"skipped in the header: {lines[end].text.strip()!r}"))
        end += 1
    if notes.strict:
        reject_broken_timing(lines[1:end], any_arrow=True)
    return end


def _head(lines: list[Line], start: int, at: int, previous: str | None, notes: Notes) -> tuple[int, str | None]:
    """Return where the head of the timing line `lines[at]` starts, and the cue's identifier."""
    above = lines[at - 1]
    if at - 1 < start or above.is_blank:
        return at, None
    if at - 2 >= start and lines[at - 2].is_blank:
        return at - 1, above.text.strip()
    number = number_of(above.text)
    if number is not None and previous is not None and number_of(previous) == number - 1:
        message = f"read '{number}' as the identifier of the cue, with no blank line before it"
        notes.append(Note(above.number, "number", message))
        return at - 1, above.text.strip()
    return at, None


def _spoken(body: list[Line], *, after_cue: bool, notes: Notes) -> list[Line]:
    """Return the lines without comments, style sheets and regions."""
    kept: list[Line] = []
    skipping, fresh = False, not after_cue
    for line in body:
        if line.is_blank:
            skipping, fresh = False, True
        elif fresh and not skipping:
            definition = _DEFINITION.fullmatch(line.text) is not None
            skipping = definition or _COMMENT.fullmatch(line.text) is not None
            fresh = False
            if definition and after_cue:
                notes.append(Note(line.number, "ignored", f"skipped a {line.text.strip()} block after the first cue"))
        if not skipping:
            kept.append(line)
    return kept


def _cue(body: list[Line], timing: Timing, line_number: int, identifier: str | None, notes: Notes) -> RawCue:
    marked = join_body(_spoken(body, after_cue=True, notes=notes), line_number, notes, any_arrow=True)
    settings = " ".join(part for part in timing.rest.split() if _SETTING.fullmatch(part))
    cue = RawCue(start_ms=timing.start_ms, end_ms=timing.end_ms, line=line_number, number=identifier)
    cue = with_text(cue, marked, plain_vtt, notes, place=place_of_settings(settings))
    if cue.voices:
        named = dict.fromkeys(voice.speaker for voice in cue.voices if voice.speaker)
        notes.append(Note(line_number, "voices", f"{len(named)} voices in one cue: {', '.join(named)}"))
    return cue


def read_vtt(text_lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the cues in file order. If reading is strict, SubtitleError names the first invalid line.

    As the standard has it, settings that are unknown or can't be parsed are ignored. A cue whose time can't be read is
    left out, with a note.
    """
    lines = [Line(number, text) for number, text in enumerate(text_lines, 1)]
    start = 0
    if SIGNATURE.fullmatch(lines[0].text) is None:
        notes.fault(1, "format", "no WEBVTT at the start", "a WebVTT file must start with WEBVTT")
    else:
        start = _header_end(lines, notes)
    milliseconds = has_milliseconds(text_lines)
    heads = [at for at in range(start, len(lines)) if _is_head(lines, start, at, notes)]
    begin, identifier = start, None
    bounds: list[tuple[int, int, str | None]] = []
    for at in heads:
        head, identifier = _head(lines, begin, at, identifier, notes)
        bounds.append((at, head, identifier))
        begin = at + 1
    _skip_prelude(_spoken(lines[start : bounds[0][1] if bounds else None], after_cue=False, notes=notes), notes)
    cues: list[RawCue] = []
    ends = [*(head for _, head, _ in bounds[1:]), len(lines)]
    for (at, _, number), end in zip(bounds, ends, strict=False):
        line, body = lines[at], lines[at + 1 : end]
        timing = parse_timing(line.text, line.number, ".", notes, milliseconds=milliseconds)
        if timing is None:
            leave_out(line, _spoken(body, after_cue=True, notes=notes), notes)
            continue
        if unknown := [part for part in timing.rest.split() if _SETTING.fullmatch(part) is None]:
            shown = " ".join(unknown)
            reason = f"unexpected text after the times: {timing.rest!r}"
            notes.fault(line.number, "ignored", f"ignored after the times: {shown!r}", reason)
        cues.append(_cue(body, timing, line.number, number, notes))
    return cues


def _is_head(lines: list[Line], start: int, at: int, notes: Notes) -> bool:
    """Return whether a line is a cue's timing line, or should be one: only there may a line have an arrow."""
    line = lines[at].text
    if is_timing(line):
        return True
    above = lines[at - 1] if at > start else None
    is_first = above is None or above.is_blank or number_of(above.text) is not None
    return is_first and not notes.strict and "-->" in line


def _skip_prelude(lines: list[Line], notes: Notes) -> None:
    if notes.strict:
        reject_broken_timing(lines, any_arrow=True)
    for line in lines:
        if not line.is_blank:
            shown = repr(line.text.strip()[:80])
            notes.fault(line.number, "ignored", f"skipped text before the first cue: {shown}")
