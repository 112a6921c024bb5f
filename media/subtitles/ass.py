"""Read Advanced SubStation Alpha (ASS) and SubStation Alpha (SSA).

The file's Format line defines the order of the fields. Styles and attachments don't change the spoken text, so they are
skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import SubtitleError
from .markup import plain_ass, tidy_name
from .subtitle_file import Note, RawCue, SubtitleFormat

_SECTION = re.compile(r"\[([^\]]+)\]")
_ATTACHMENTS = frozenset(["fonts", "graphics"])
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})[.,]([0-9]{1,3})", re.ASCII)
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OTHER_EVENTS = frozenset(["picture", "sound", "movie", "command"])


def _format_fields(rest: str, line: int) -> tuple[str, ...]:
    fields = tuple(field.strip().lower() for field in rest.split(","))
    fields = tuple("name" if field == "actor" else field for field in fields)
    if not {"start", "end", "text"} <= set(fields) or fields[-1] != "text":
        raise SubtitleError("the Format line must have the fields Start, End and, last, Text", line)
    return fields


def _time_ms(text: str, line: int) -> int:
    match = _TIME.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[3]) > 59:
        raise SubtitleError(f"invalid time {text!r}", line)
    total_s = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])
    return total_s * 1000 + int(match[4].ljust(3, "0"))


def _cue(rest: str, fields: tuple[str, ...], line: int, notes: list[Note]) -> RawCue:
    values = rest.split(",", len(fields) - 1)
    if len(values) < len(fields):
        raise SubtitleError(f"the Dialogue line has {len(values)} fields instead of {len(fields)}", line)
    event = dict(zip(fields, values, strict=True))
    start_ms, end_ms = (_time_ms(event[field].strip(), line) for field in ("start", "end"))
    if end_ms < start_ms:
        raise SubtitleError("the cue ends before it starts", line)
    plain = plain_ass(event["text"])
    notes.extend(Note(line, "markup", remark) for remark in plain.remarks)
    return RawCue(
        start_ms=start_ms, end_ms=end_ms, text=plain.text, line=line, speaker=tidy_name(event.get("name", ""))
    )


def _cues(lines: list[str], notes: list[Note]) -> Iterator[RawCue]:
    section: str | None = None
    fields: tuple[str, ...] = _FIELDS
    for number, raw_line in enumerate(lines, 1):
        line = raw_line.strip().lstrip("\ufeff")
        heading = _SECTION.fullmatch(line)
        # Encoded attachments can look like headings, but have no lower-case letters.
        if heading is not None and (section not in _ATTACHMENTS or line.upper() != line):
            section = heading[1].strip().lower()
            continue
        if not line or section in _ATTACHMENTS or line.startswith((";", "!:")):
            continue
        kind, colon, rest = line.partition(":")
        kind = kind.strip().lower()
        if section == "events":
            if not colon or kind not in {"format", "dialogue", "comment", *_OTHER_EVENTS}:
                raise SubtitleError(f"neither Dialogue nor Comment: {line[:80]!r}", number)
            if kind == "format":
                fields = _format_fields(rest, number)
            elif kind == "dialogue":
                yield _cue(rest, fields, number, notes)
            elif kind in _OTHER_EVENTS:
                notes.append(Note(number, "ignored", f"skipped a {kind} event"))
        elif section is None or kind == "dialogue":
            raise SubtitleError(f"outside the section [Events]: {line[:80]!r}", number)


def substation_kind(lines: list[str]) -> SubtitleFormat:
    """Return the SubStation format that the section headings indicate."""
    headings = {line.strip().lower() for line in lines if line.lstrip().startswith("[")}
    return "ssa" if "[v4 styles]" in headings else "ass"


def read_ass(lines: list[str], notes: list[Note]) -> list[RawCue]:
    """Return the cues in file order. SubtitleError names the first invalid line.

    Comments and drawings are not cues. Hours must be below 100, although the format has only one digit for them.
    """
    return list(_cues(lines, notes))
