"""Read subtitle files. Recoverable mistakes are fixed and noted; others are errors that name the line."""

from __future__ import annotations

from pathlib import PurePath

from ..errors import SubtitleError
from .ass import read_ass, substation_kind
from .cue import Cue
from .decode import decode_text
from .srt import read_srt
from .subtitle_file import Note, RawCue, SubtitleFile, SubtitleFormat
from .vtt import read_vtt

MAX_FILE_BYTES = 16 << 20
MAX_CUES = 100_000
MAX_LINES = 1_000_000
"""Limits the memory for blank lines: ten lines per cue."""

_FORMATS: dict[str, SubtitleFormat] = {"srt": "srt", "vtt": "vtt", "ass": "ass", "ssa": "ssa"}


def _guess_format(lines: list[str], name: str) -> SubtitleFormat:
    """Guess the format from the content, else from the file name, else SubRip."""
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
            number = "" if cue.number is None else f" {cue.number!r}"
            notes.append(Note(cue.line, "empty", f"skipped cue{number}: no text"))
            continue
        if cue.start_ms == cue.end_ms:
            notes.append(Note(cue.line, "zero-length", "the cue has zero length"))
        if kept and cue.start_ms < kept[-1].start_ms:
            notes.append(Note(cue.line, "unsorted", f"starts before the cue on line {kept[-1].line}; sorted"))
        kept.append(cue)
    ordered = sorted(kept, key=lambda cue: cue.start_ms)
    latest: RawCue | None = None
    for cue in ordered:
        if latest is not None and cue.start_ms < latest.end_ms:
            notes.append(Note(cue.line, "overlap", f"overlaps the cue on line {latest.line}"))
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
    """Read a SubRip, WebVTT or SubStation file. Cues are sorted by start (equal starts in file order).

    Cues without text are skipped with a note. Overlaps and cues of zero length are kept.

    Args:
        data: The content of the file.
        name: The file name. Its suffix is used if the content doesn't show the format.
        format: `srt`, `vtt`, `ass` or `ssa`; takes precedence over the content and the name.

    Raises:
        SubtitleError: Names the line that can't be read.
        ValueError: Unknown format.
    """
    if format is not None and format not in _FORMATS:
        raise ValueError(f"unknown subtitle format {format!r}; must be one of {', '.join(_FORMATS)}")
    if len(data) > MAX_FILE_BYTES:
        raise SubtitleError(f"the file is too large: {len(data)} bytes; maximum {MAX_FILE_BYTES}")
    decoded = decode_text(data)
    lines = decoded.lines
    if len(lines) > MAX_LINES:
        raise SubtitleError(f"the file has too many lines: {len(lines)}; maximum {MAX_LINES}", MAX_LINES + 1)
    if not any(line.strip() for line in lines):
        raise SubtitleError("the file is empty")
    notes: list[Note] = []
    if decoded.guessed:
        notes.append(Note(1, "encoding", f"not UTF-8; read as {decoded.encoding}, which is a guess"))
    kind = _FORMATS[format] if format is not None else _guess_format(lines, name)
    suffix = _FORMATS.get(PurePath(name).suffix.lower().lstrip("."), kind)
    if suffix != kind and {suffix, kind} != {"ass", "ssa"}:
        notes.append(Note(1, "format", f"the file name says {suffix}, but the content is {kind}"))
    if kind == "srt":
        raw_cues = read_srt(lines, notes)
    elif kind == "vtt":
        raw_cues = read_vtt(lines, notes)
    else:
        raw_cues = read_ass(lines, notes)
    if len(raw_cues) > MAX_CUES:
        raise SubtitleError(f"the file has too many cues: {len(raw_cues)}; maximum {MAX_CUES}", raw_cues[MAX_CUES].line)
    cues = _checked(raw_cues, notes)
    if not cues:
        raise SubtitleError("the file has no cues with text")
    return SubtitleFile(
        cues=cues, format=kind, encoding=decoded.encoding, notes=tuple(sorted(notes, key=lambda note: note.line))
    )
