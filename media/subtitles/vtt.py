"""Read WebVTT (https://www.w3.org/TR/webvtt1/, section 6), without losing any text that isn't markup.

This module uses no library such as `pysubs2`, whose reader returns comments, style sheets and cue identifiers as text,
drops voices and doesn't resolve character references.
"""

from __future__ import annotations

import re

from ..errors import SubtitleError
from .cue_text import Line, join_body, number_of, reject_broken_timing
from .markup import plain_vtt
from .subtitle_file import Note, RawCue
from .timing import Timing, is_timing, parse_timing

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?", re.DOTALL)
_COMMENT = re.compile(r"NOTE(?:[ \t].*)?", re.DOTALL)
_DEFINITION = re.compile(r"(?:STYLE|REGION)[ \t]*")
_METADATA = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\s*[:=].*", re.ASCII | re.DOTALL)
_SETTING = re.compile(r"[a-z]+:\S+")


def _header_end(lines: list[Line], notes: list[Note]) -> int:
    end = 1
    while end < len(lines) and not lines[end].is_blank and not is_timing(lines[end].text):
        if _METADATA.fullmatch(lines[end].text.strip()) is None:
            notes.append(Note(lines[end].number, "ignored", f"skipped in the header: {lines[end].text.strip()!r}"))
        end += 1
    reject_broken_timing(lines[1:end], any_arrow=True)
    return end


def _head(lines: list[Line], start: int, at: int, previous: str | None, notes: list[Note]) -> tuple[int, str | None]:
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


def _spoken(body: list[Line], *, after_cue: bool, notes: list[Note]) -> list[Line]:
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


def _cue(body: list[Line], timing: Timing, line_number: int, identifier: str | None, notes: list[Note]) -> RawCue:
    plain = plain_vtt(join_body(_spoken(body, after_cue=True, notes=notes), line_number, notes, any_arrow=True))
    notes.extend(Note(line_number, "markup", remark) for remark in plain.remarks)
    if plain.voices:
        named = dict.fromkeys(voice.speaker for voice in plain.voices if voice.speaker)
        notes.append(Note(line_number, "voices", f"{len(named)} voices in one cue: {', '.join(named)}"))
    return RawCue(
        start_ms=timing.start_ms,
        end_ms=timing.end_ms,
        text=plain.text,
        line=line_number,
        speaker=plain.speaker,
        number=identifier,
        voices=plain.voices,
    )


def read_vtt(text_lines: list[str], notes: list[Note]) -> list[RawCue]:
    """Return the cues in file order. SubtitleError names the first invalid line."""
    lines = [Line(number, text) for number, text in enumerate(text_lines, 1)]
    if _SIGNATURE.fullmatch(lines[0].text) is None:
        raise SubtitleError("a WebVTT file must start with WEBVTT", 1)
    start = _header_end(lines, notes)
    cues: list[RawCue] = []
    timing: Timing | None = None
    line_number, identifier = 0, None
    for at in [at for at in range(start, len(lines)) if is_timing(lines[at].text)]:
        head, next_identifier = _head(lines, start, at, identifier, notes)
        if timing is None:
            _reject_prelude(_spoken(lines[start:head], after_cue=False, notes=notes))
        else:
            cues.append(_cue(lines[start:head], timing, line_number, identifier, notes))
        line_number, identifier = lines[at].number, next_identifier
        timing = parse_timing(lines[at].text, line_number, ".", notes)
        if not all(_SETTING.fullmatch(part) for part in timing.rest.split()):
            raise SubtitleError(f"invalid cue settings: {timing.rest!r}", line_number)
        start = at + 1
    if timing is None:
        _reject_prelude(_spoken(lines[start:], after_cue=False, notes=notes))
    else:
        cues.append(_cue(lines[start:], timing, line_number, identifier, notes))
    return cues


def _reject_prelude(lines: list[Line]) -> None:
    reject_broken_timing(lines, any_arrow=True)
    for line in lines:
        if not line.is_blank:
            raise SubtitleError(f"text before the first cue: {line.text.strip()[:80]!r}", line.number)
