"""SubStation Alpha (ASS, SSA), read by `pysubs2`.

`pysubs2` takes the fields in the order that most programs write, skips what it doesn't know and has no line
numbers. So a scan over the lines checks each event against the file's own Format line first, and hands it the events in
the usual order, one for one. Styles and attachments decide nothing that is spoken, and aren't handed over.
"""

from __future__ import annotations

import re

from pysubs2 import SSAFile

from ..errors import SubtitleError
from .subtitle_file import Note, RawCue, SubtitleFormat
from .markup import plain_ass, tidy_name

_SECTION = re.compile(r"\[([^\]]+)\]")
_ATTACHMENTS = frozenset(["fonts", "graphics"])
_TIME = re.compile(r"[0-9]{1,2}:([0-9]{1,2}):([0-9]{1,2})[.,][0-9]{1,3}", re.ASCII)
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OTHER_EVENTS = frozenset(["picture", "sound", "movie", "command"])


def _format_fields(rest: str, place: int) -> tuple[str, ...]:
    fields = tuple(field.strip().lower() for field in rest.split(","))
    fields = tuple("name" if field == "actor" else field for field in fields)
    if not {"start", "end", "text"} <= set(fields) or fields[-1] != "text":
        raise SubtitleError("the Format line needs Start, End and, as its last field, Text", place)
    return fields


def _dialogue(rest: str, fields: tuple[str, ...], place: int) -> str:
    values = rest.lstrip().split(",", len(fields) - 1)
    if len(values) < len(fields):
        raise SubtitleError(f"a Dialogue line with {len(values)} fields instead of {len(fields)}", place)
    named = dict(zip(fields, values, strict=True))
    for field in ("start", "end"):
        match = _TIME.fullmatch(named[field].strip())
        if match is None or int(match.group(1)) > 59 or int(match.group(2)) > 59:
            raise SubtitleError(f"not a time: {named[field].strip()!r}", place)
    name = named.get("name", "")
    return f"Dialogue: 0,{named['start'].strip()},{named['end'].strip()},Default,{name},0,0,0,,{named['text']}"


def _scan(lines: list[str], notes: list[Note]) -> tuple[list[int], list[str]]:
    """Return the places of the Dialogue lines and the lines themselves with their fields in the usual order."""
    places: list[int] = []
    dialogues: list[str] = []
    section: str | None = None
    fields: tuple[str, ...] = _FIELDS
    for place, raw_line in enumerate(lines, 1):
        line = raw_line.strip().lstrip("\ufeff")
        heading = _SECTION.fullmatch(line)
        # Encoded attachments may look like headings, but hold no lower-case letters.
        if heading is not None and (section not in _ATTACHMENTS or line.upper() != line):
            section = heading.group(1).strip().lower()
            continue
        if not line or section in _ATTACHMENTS or line.startswith((";", "!:")):
            continue
        kind, colon, rest = line.partition(":")
        kind = kind.strip().lower()
        if section == "events":
            if not colon or kind not in {"format", "dialogue", "comment", *_OTHER_EVENTS}:
                raise SubtitleError(f"neither Dialogue nor Comment: {line[:80]!r}", place)
            if kind == "format":
                fields = _format_fields(rest, place)
            elif kind == "dialogue":
                places.append(place)
                dialogues.append(_dialogue(rest, fields, place))
            elif kind in _OTHER_EVENTS:
                notes.append(Note(place, "ignored", f"a {kind} event isn't spoken"))
        elif section is None or kind == "dialogue":
            raise SubtitleError(f"outside the section [Events]: {line[:80]!r}", place)
    return places, dialogues


def substation_kind(lines: list[str]) -> SubtitleFormat:
    """Return which of the two SubStation formats the headings say."""
    headings = {line.strip().lower() for line in lines if line.lstrip().startswith("[")}
    return "ssa" if "[v4 styles]" in headings else "ass"


def read_ass(lines: list[str], notes: list[Note]) -> list[RawCue]:
    """Return the cues in the order of the file; SubtitleError names the first line that can't be read.

    Comments and drawings aren't cues. Hours end at 99: the format itself has one digit for them.
    """
    places, dialogues = _scan(lines, notes)
    events = SSAFile.from_string("\n".join(["[Events]", *dialogues]), "ass").events
    if len(events) != len(places):
        raise SubtitleError(f"{len(places)} Dialogue lines, of which pysubs2 reads {len(events)}")
    cues: list[RawCue] = []
    for place, event in zip(places, events, strict=True):
        if event.end < event.start:
            raise SubtitleError("the cue ends before it starts", place)
        plain = plain_ass(event.text)
        notes.extend(Note(place, "markup", remark) for remark in plain.remarks)
        cues.append(
            RawCue(
                start_ms=event.start,
                end_ms=event.end,
                text=plain.text,
                line=place,
                speaker=tidy_name(event.name),
            )
        )
    return cues
