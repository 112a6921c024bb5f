"""Read subtitle files. Mistakes are fixed and noted; if reading is strict, they are errors that name the line."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import cast, get_args

from ..errors import SubtitleError
from .ass import read_ass
from .broadcast_formats import read_broadcast
from .cue import Cue
from .decode import decode_text
from .detect import check_data, guess_format, is_ebu_stl, named_format
from .fragments import join_fragments, join_syllables
from .highlights import merge_highlights
from .line_formats import read_lyrics, read_microdvd, read_mpl2, read_sbv
from .options import ReadOptions
from .repeats import merge_repeats
from .srt import read_srt
from .subtitle_file import Note, Notes, RawCue, SubtitleFile, SubtitleFormat
from .two_languages import choose_line
from .vtt import read_vtt

MAX_FILE_BYTES = 16 << 20
MAX_CUES = 100_000
MAX_LINES = 1_000_000
"""Limits the memory for blank lines: ten lines per cue."""

_FORMATS: tuple[SubtitleFormat, ...] = get_args(SubtitleFormat)
_SUBSTATION = ("ass", "ssa")
_LINE_READERS = {
    "srt": read_srt,
    "vtt": read_vtt,
    "ass": read_ass,
    "ssa": read_ass,
    "sbv": read_sbv,
    "lrc": read_lyrics,
    "mpl2": read_mpl2,
}


def read_subtitles(
    data: bytes,
    *,
    name: str = "",
    format: str | None = None,  # noqa: A002
    options: ReadOptions | None = None,
) -> SubtitleFile:
    """Read a subtitle file. Cues are sorted by start (equal starts in file order).

    Cues without text are skipped with a note. Overlaps and cues of zero length are kept; what is only shown again is
    merged.

    Args:
        data: The content of the file.
        name: The file name. Its suffix is used if the content doesn't show the format.
        format: One of `SubtitleFormat`; takes precedence over the content and the name.
        options: How to read it.

    Raises:
        SubtitleError: The file isn't subtitles or has no cues; if reading is strict, with the line that can't be read.
        ValueError: Unknown format or encoding.
    """
    if format is not None and format not in _FORMATS:
        raise ValueError(f"unknown subtitle format {format!r}; must be one of {', '.join(_FORMATS)}")
    if len(data) > MAX_FILE_BYTES:
        raise SubtitleError(f"the file is too large: {len(data)} bytes; maximum {MAX_FILE_BYTES}")
    options = options or ReadOptions()
    notes = Notes(strict=options.strict)
    if format == "stl" or (format is None and is_ebu_stl(data)):
        return _finished(read_broadcast(data, "stl", notes), "stl", "iso6937", notes, options)
    check_data(data)
    decoded = decode_text(data, encoding=options.encoding, language=options.language, replace=not options.strict)
    lines = decoded.lines
    if len(lines) > MAX_LINES:
        raise SubtitleError(f"the file has too many lines: {len(lines)}; maximum {MAX_LINES}", MAX_LINES + 1)
    if not any(line.strip() for line in lines):
        raise SubtitleError("the file is empty")
    if decoded.guessed:
        message = f"not UTF-8; read as {decoded.encoding}, which is a guess; name the encoding if it is another"
        notes.append(Note(1, "encoding", message))
    if b"\0" in data and not decoded.encoding.startswith(("utf-16", "utf-32")):
        notes.append(Note(1, "replaced", "NUL bytes, which no text has, are left out"))
    _note_replaced(lines, decoded.replaced_lines, decoded.encoding, notes)
    kind = guess_format(lines, name) if format is None else cast("SubtitleFormat", format)
    named = named_format(name) or kind
    if named != kind and not {named, kind} <= set(_SUBSTATION):
        notes.append(Note(1, "format", f"the file name says {named}, but the content is {kind}"))
    return _finished(_raw_cues(data, lines, kind, options, notes), kind, decoded.encoding, notes, options)


def _note_replaced(lines: Sequence[str], replaced: Sequence[int], encoding: str, notes: Notes) -> None:
    notes.extend(Note(line, "replaced", f"bytes that are not valid {encoding} are read as U+FFFD") for line in replaced)
    known = set(replaced)
    for number, line in enumerate(lines, 1):
        if "\ufffd" in line and number not in known:
            notes.append(Note(number, "replaced", "the file has U+FFFD in place of characters that were lost before"))


def _raw_cues(data: bytes, lines: list[str], kind: SubtitleFormat, options: ReadOptions, notes: Notes) -> list[RawCue]:
    if kind in _LINE_READERS:
        return _LINE_READERS[kind](lines, notes)
    if kind == "microdvd":
        return read_microdvd(lines, notes, options.fps)
    return read_broadcast(data, kind, notes, "\n".join(lines))


def _finished(
    raw_cues: list[RawCue], kind: SubtitleFormat, encoding: str, notes: Notes, options: ReadOptions
) -> SubtitleFile:
    if len(raw_cues) > MAX_CUES:
        raise SubtitleError(f"the file has too many cues: {len(raw_cues)}; maximum {MAX_CUES}", raw_cues[MAX_CUES].line)
    cues = _checked(_in_styles(raw_cues, options, notes), notes, options)
    if not cues:
        raise SubtitleError(f"the file has no cues with text; it was read as {kind}")
    return SubtitleFile(
        cues=cues, format=kind, encoding=encoding, notes=tuple(sorted(notes, key=lambda note: note.line))
    )


def _in_styles(raw_cues: list[RawCue], options: ReadOptions, notes: Notes) -> list[RawCue]:
    """Return the cues in the styles to read. SubtitleError if there are none, with the styles of the file."""
    if not options.styles and not options.skip_styles:
        return raw_cues

    def is_one(style: str, patterns: Sequence[str]) -> bool:
        return any(fnmatch.fnmatchcase(style.lower(), pattern.lower()) for pattern in patterns)

    def is_read(style: str) -> bool:
        return (not options.styles or is_one(style, options.styles)) and not is_one(style, options.skip_styles)

    found = {cue.style for cue in raw_cues}
    for pattern in (*options.styles, *options.skip_styles):
        if not any(is_one(style, [pattern]) for style in found):
            listed = ", ".join(repr(style) for style in sorted(found) if style) or "no styles"
            raise SubtitleError(f"no cue has the style {pattern!r}; the file has {listed}")
    styles = set(filter(is_read, found))
    kept = [cue for cue in raw_cues if cue.style in styles]
    if len(kept) < len(raw_cues):
        line = next(cue.line for cue in raw_cues if cue.style not in styles)
        notes.append(Note(line, "style", f"skipped {len(raw_cues) - len(kept)} cues by their style"))
    return kept


def _checked(raw_cues: list[RawCue], notes: Notes, options: ReadOptions) -> tuple[Cue, ...]:
    kept: list[RawCue] = []
    told = {note.line for note in notes if note.kind == "time"}
    for cue in raw_cues:
        if not cue.text:
            number = "" if cue.number is None else f" {cue.number!r}"
            notes.append(Note(cue.line, "empty", f"skipped cue{number}: no text"))
            continue
        if cue.start_ms == cue.end_ms and cue.line not in told:
            notes.append(Note(cue.line, "zero-length", "the cue has zero length"))
        if kept and cue.start_ms < kept[-1].start_ms:
            notes.append(Note(cue.line, "unsorted", f"starts before the cue on line {kept[-1].line}; sorted"))
        kept.append(cue)
    ordered = sorted(kept, key=lambda cue: cue.start_ms)
    if options.line:
        ordered = choose_line(ordered, options.line, notes)
    if not options.keep_repeats:
        for merge in (join_fragments, merge_highlights, merge_repeats, join_syllables):
            ordered = merge(ordered, notes)
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
            italics=cue.italics,
            place=cue.place,
        )
        for index, cue in enumerate(ordered)
    )
