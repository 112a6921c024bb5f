"""Read Advanced SubStation Alpha (ASS) and SubStation Alpha (SSA).

The file's Format line defines the order of the fields. Styles and attachments don't change the spoken text, so they are
skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .appearance import place_of_ssa, with_text
from .cue_text import SHOWN_CHARS
from .markup import plain_ass, tidy_name
from .subtitle_file import Note, Notes, RawCue, SubtitleFormat

_SECTION = re.compile(r"\[([^\]]+)\]")
_ATTACHMENTS = frozenset(["fonts", "graphics"])
_TIME = re.compile(r"(-?)([0-9]{1,4}):([0-9]{1,3}):(-?)([0-9]{1,3})(?:[.,:]([0-9]{1,9}))?", re.ASCII)
_COMMA_TIME = re.compile(r"([0-9]{1,4}:[0-9]{1,3}:[0-9]{1,3}),([0-9]{1,3})(?=\s*,)", re.ASCII)
"""A time with the decimal separator of SubRip, which separates fields here."""
_REGULAR_TIME = re.compile(r"[0-9]{1,2}:[0-5]?[0-9]:[0-5]?[0-9][.,][0-9]{1,3}", re.ASCII)
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OTHER_EVENTS = frozenset(["picture", "sound", "movie", "command"])


def _format_fields(rest: str, line: int, notes: Notes) -> tuple[str, ...]:
    fields = tuple(field.strip().lower() for field in rest.split(","))
    fields = tuple("name" if field == "actor" else field for field in fields)
    if not {"start", "end", "text"} <= set(fields) or fields[-1] != "text":
        reason = "the Format line must have the fields Start, End and, last, Text"
        notes.fault(line, "format", f"{reason}; the usual fields are assumed", reason)
        return _FIELDS
    return fields


def _time_ms(text: str, line: int, notes: Notes) -> int | None:
    """Return a time in milliseconds; None if it isn't one. Of one or two digits, a fraction is in hundredths."""
    plain = "".join(character for character in text if not unicodedata.category(character).startswith(("C", "Z")))
    match = _TIME.fullmatch(plain)
    if match is None:
        return None
    if _REGULAR_TIME.fullmatch(text) is None:
        notes.fault(line, "time", f"unusual time {text!r}", f"invalid time {text!r}")
    if match[1] or match[4]:
        return 0
    total_s = (int(match[2]) * 60 + int(match[3])) * 60 + int(match[5])
    fraction = match[6] or "0"
    return total_s * 1000 + (int(fraction) * 10 if len(fraction) < 3 else int(fraction[:3]))


class _Style(NamedTuple):
    """What is kept of a style."""

    is_italic: bool = False
    place: int = 0


def _styles(lines: list[str]) -> dict[str, _Style]:
    """Return the styles of a file by their names. Lines that aren't as they should be are skipped."""
    styles: dict[str, _Style] = {}
    fields: list[str] = []
    is_old = False
    for line in lines:
        kind, _, rest = line.partition(":")
        kind = kind.strip().lower()
        if kind == "[events]":
            break
        if kind in ("[v4 styles]", "[v4+ styles]"):
            is_old = kind == "[v4 styles]"
        elif kind == "format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif kind == "style":
            values = dict(zip(fields, (value.strip() for value in rest.split(",")), strict=False))
            alignment = values.get("alignment", "")
            number = int(alignment) if alignment.isdecimal() else 0
            place = place_of_ssa(number) if is_old else number if number <= 9 else 0
            styles[values.get("name", "").lstrip("*")] = _Style(values.get("italic", "0") not in ("0", ""), place)
    return styles


def _event(rest: str, fields: tuple[str, ...], styles: dict[str, _Style], line: int, notes: Notes) -> RawCue | None:
    values = _COMMA_TIME.sub(r"\1.\2", rest, count=2).split(",", len(fields) - 1)
    if len(values) < len(fields):
        reason = f"the Dialogue line has {len(values)} fields instead of {len(fields)}"
        notes.fault(line, "left-out", f"left out, because {reason}: {rest.strip()[:SHOWN_CHARS]!r}", reason)
        return None
    event = dict(zip(fields, values, strict=True))
    start_ms, end_ms = (_time_ms(event[field].strip(), line, notes) for field in ("start", "end"))
    if start_ms is None:
        shown = repr(event["start"].strip())
        reason = f"invalid time {shown}"
        notes.fault(
            line, "left-out", f"left out, because {shown} is not a time: {event['text'][:SHOWN_CHARS]!r}", reason
        )
        return None
    if end_ms is None:
        reason = f"invalid time {event['end'].strip()!r}"
        notes.fault(line, "time", "the cue has no end; read as a cue without length", reason)
    elif end_ms < start_ms:
        reason = "the cue ends before it starts"
        notes.fault(line, "time", f"{reason}; read as a cue without length", reason)
    style = event.get("style", "").strip().lstrip("*")
    cue = RawCue(
        start_ms=start_ms,
        end_ms=max(start_ms, end_ms or 0),
        line=line,
        speaker=tidy_name(event.get("name", "")),
        style=style,
    )
    look = styles.get(style, _Style())
    return with_text(cue, event["text"], plain_ass, notes, is_italic=look.is_italic, place=look.place)


def _cues(lines: list[str], notes: Notes) -> Iterator[RawCue]:
    section: str | None = None
    fields: tuple[str, ...] = _FIELDS
    styles = _styles(lines)
    for number, raw_line in enumerate(lines, 1):
        line = raw_line.strip().lstrip("\ufeff")
        heading = _SECTION.fullmatch(line)
        # Encoded attachments can look like headings, but have no lower-case letters.
        if heading is not None and (section not in _ATTACHMENTS or line.upper() != line):
            section = heading[1].strip().lower()
            continue
        if not line or section in _ATTACHMENTS or line.startswith((";", "!:")):
            continue
        # The spaces behind a syllable are part of it.
        kind, colon, rest = raw_line.lstrip("\ufeff").partition(":")
        kind = kind.strip().lower()
        if section == "events" or (kind == "dialogue" and not notes.strict):
            if section != "events":
                notes.append(Note(number, "ignored", "a Dialogue line outside the section [Events]"))
            if not colon or kind not in {"format", "dialogue", "comment", *_OTHER_EVENTS}:
                reason = f"neither Dialogue nor Comment: {line[:80]!r}"
                notes.fault(number, "ignored", f"skipped a line that is {reason}", reason)
            elif kind == "format":
                fields = _format_fields(rest, number, notes)
            elif kind == "dialogue":
                if (cue := _event(rest, fields, styles, number, notes)) is not None:
                    yield cue
            elif kind in _OTHER_EVENTS:
                notes.append(Note(number, "ignored", f"skipped a {kind} event"))
        elif section is None or kind == "dialogue":
            reason = f"outside the section [Events]: {line[:80]!r}"
            notes.fault(number, "ignored", f"skipped a line {reason}", reason)


def substation_kind(lines: list[str]) -> SubtitleFormat:
    """Return the SubStation format that the section headings indicate."""
    headings = {line.strip().lower() for line in lines if line.lstrip().startswith("[")}
    return "ssa" if "[v4 styles]" in headings else "ass"


def read_ass(lines: list[str], notes: Notes) -> list[RawCue]:
    """Return the cues in file order. If reading is strict, SubtitleError names the first invalid line.

    Comments and drawings are not cues. A cue whose time can't be read is left out, with a note.
    """
    return list(_cues(lines, notes))
