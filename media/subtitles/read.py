"""Read a subtitle file: what can be mended is mended and noted, what can't be read is an error that names the line."""

from __future__ import annotations

from pathlib import PurePath

from .ass import read_ass, substation_kind
from .cue import Cue
from .decode import decode_text
from ..errors import SubtitleError
from .subtitle_file import Note, RawCue, SubtitleFile, SubtitleFormat
from .srt import read_srt
from .vtt import read_vtt

MAX_FILE_BYTES = 16 << 20
MAX_CUES = 100_000
MAX_LINES = 1_000_000
"""Blank lines cost memory too: this allows ten lines a cue."""

_FORMATS: dict[str, SubtitleFormat] = {"srt": "srt", "vtt": "vtt", "ass": "ass", "ssa": "ssa"}


def _guess_format(lines: list[str], name: str) -> SubtitleFormat:
    """Return the format that the content shows, or else the file's name; a file that shows none is taken for SubRip."""
    if lines[0].startswith("WEBVTT"):
        return "vtt"
    first = next((line.strip().lower() for line in lines if line.strip() and not line.lstrip().startswith(";")), "")
    if first in {"[script info]", "[events]", "[v4 styles]", "[v4+ styles]"}:
        return substation_kind(lines)
    return _FORMATS.get(PurePath(name).suffix.lower().lstrip("."), "srt")


def _checked(raw_cues: list[RawCue], notes: list[Note]) -> tuple[Cue, ...]:
    kept: list[RawCue] = []
    for cue in raw_cues:
        if not cue.text:
            named = "" if cue.number is None else f" {cue.number!r}"
            notes.append(Note(cue.line, "empty", f"a cue{named} without text, left out"))
            continue
        if cue.start_ms == cue.end_ms:
            notes.append(Note(cue.line, "zero-length", "a cue of no length"))
        if kept and cue.start_ms < kept[-1].start_ms:
            notes.append(Note(cue.line, "unsorted", f"starts before the cue on line {kept[-1].line}; put in order"))
        kept.append(cue)
    ordered = sorted(kept, key=lambda cue: cue.start_ms)
    latest: RawCue | None = None
    for cue in ordered:
        if latest is not None and cue.start_ms < latest.end_ms:
            notes.append(Note(cue.line, "overlap", f"starts before the cue on line {latest.line} has ended"))
        if latest is None or cue.end_ms > latest.end_ms:
            latest = cue
    return tuple(
        Cue(
            index=index,
            start_ms=cue.start_ms,
            end_ms=cue.end_ms,
            text=cue.text,
            speaker=cue.speaker,
            line=cue.line,
            number=cue.number,
            voices=cue.voices,
        )
        for index, cue in enumerate(ordered)
    )


def read_subtitles(data: bytes, *, name: str = "", format: str | None = None) -> SubtitleFile:  # noqa: A002
    """Return the cues of a SubRip, WebVTT or SubStation file, sorted by their start (equal starts as in the file).

    `name` is the file's name; its extension counts where the content doesn't show the format. `format` (`srt`, `vtt`,
    `ass`, `ssa`) decides alone. Cues without text are left out with a note; those of no length and overlaps stay.
    SubtitleError names the line of what can't be read; ValueError for a format that isn't one of these.
    """
    if format is not None and format not in _FORMATS:
        raise ValueError(f"subtitle format {format!r} is not one of {', '.join(_FORMATS)}")
    if len(data) > MAX_FILE_BYTES:
        raise SubtitleError(f"the file has {len(data)} bytes; at most {MAX_FILE_BYTES} are read")
    decoded = decode_text(data)
    lines = decoded.lines
    if len(lines) > MAX_LINES:
        raise SubtitleError(f"the file has {len(lines)} lines; at most {MAX_LINES} are read", MAX_LINES + 1)
    if not any(line.strip() for line in lines):
        raise SubtitleError("the file is empty")
    notes: list[Note] = []
    if decoded.guessed:
        notes.append(Note(1, "encoding", f"neither a byte order mark nor UTF-8; read as {decoded.encoding}"))
    kind = _FORMATS[format] if format is not None else _guess_format(lines, name)
    suffix = _FORMATS.get(PurePath(name).suffix.lower().lstrip("."), kind)
    if suffix != kind and {suffix, kind} != {"ass", "ssa"}:
        notes.append(Note(1, "format", f"the name says {suffix}, but the file was read as {kind}"))
    if kind == "srt":
        raw_cues = read_srt(lines, notes)
    elif kind == "vtt":
        raw_cues = read_vtt(lines, notes)
    else:
        raw_cues = read_ass(lines, notes)
    if len(raw_cues) > MAX_CUES:
        raise SubtitleError(f"the file has {len(raw_cues)} cues; at most {MAX_CUES} are read", raw_cues[MAX_CUES].line)
    cues = _checked(raw_cues, notes)
    if not cues:
        raise SubtitleError("the file has no cues with text")
    return SubtitleFile(
        cues=cues, format=kind, encoding=decoded.encoding, notes=tuple(sorted(notes, key=lambda note: note.line))
    )
