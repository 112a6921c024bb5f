"""Join what typesetting has taken apart: letters and syllables that have places of their own on the screen.

Effects of songs and signs draw each letter or syllable as an event, in layers and frames, often with the whole line
below. Each line is kept once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from .subtitle_file import Note, Notes, RawCue

_PLACE = re.compile(r"\\(?:pos|move)\s*\(\s*(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*,", re.ASCII)
_OVERRIDES = re.compile(r"\{[^{}]*\}")
_MAX_CHARS = 12
_MIN_FRAGMENTS = 3
_MAX_SHIFT = 4.0
"""Layers of a fragment, such as its shadow, are at most this far apart, in pixels of the script."""
_TOUCH_MS = 20
_MAX_NEAR = 64
"""How many of the latest lines one is compared with."""
_TERMINALS = (".", "!", "?", "…")
_JOINED_SCRIPTS = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


class _Row(msgspec.Struct):
    """Fragments from left to right: a line, or a layer or frame of it. `indices` are all its cues."""

    fragments: list[RawCue]
    indices: list[int]
    x: float
    end_ms: int


def join_fragments(cues: Sequence[RawCue], notes: Notes) -> list[RawCue]:
    """Return cues, which are sorted by start, with placed letters and syllables joined to lines, each once."""
    rows = [row for row in _rows(cues) if _is_line(row)]
    if not rows:
        return list(cues)
    in_rows = {index for row in rows for index in row.indices}
    whole = [(cue.start_ms, cue.end_ms, _compact(cue.text)) for index, cue in enumerate(cues) if index not in in_rows]
    lines: dict[int, RawCue] = {}
    shown: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for start_ms, end_ms, text in whole:
        shown[text].append((start_ms, end_ms))
    for row in sorted(rows, key=lambda row: row.indices[0]):
        line = _line(row)
        spans = shown[_compact(line.text)]
        latest = spans[-_MAX_NEAR:]
        if not any(line.start_ms <= end_ms + _TOUCH_MS and start_ms <= line.end_ms for start_ms, end_ms in latest):
            lines[row.indices[0]] = line
        spans.append((line.start_ms, line.end_ms))
    joined = [lines.get(index, cue) for index, cue in enumerate(cues) if index not in in_rows or index in lines]
    message = f"{len(in_rows)} letters or syllables are joined to lines, each said once; {len(joined)} cues remain"
    notes.append(Note(cues[min(in_rows)].line, "repeat", message))
    return joined


def _rows(cues: Sequence[RawCue]) -> list[_Row]:
    rows: list[_Row] = []
    open_rows: dict[tuple[str, str], _Row] = {}
    for index, cue in enumerate(cues):
        x = _place(cue)
        if x is None:
            continue
        key = (cue.style, cue.speaker)
        row = open_rows.get(key)
        if row is not None and cue.start_ms <= row.end_ms + _TOUCH_MS:
            last = row.fragments[-1]
            if cue.text == last.text and abs(x - row.x) <= _MAX_SHIFT:
                row.indices.append(index)
                row.end_ms = max(row.end_ms, cue.end_ms)
                continue
            if x > row.x:
                row.fragments.append(cue)
                row.indices.append(index)
                row.x, row.end_ms = x, max(row.end_ms, cue.end_ms)
                continue
        open_rows[key] = _Row([cue], [index], x, cue.end_ms)
        rows.append(open_rows[key])
    return rows


def _is_line(row: _Row) -> bool:
    """Return whether a row is a line and not a word that moves."""
    return len(row.fragments) >= _MIN_FRAGMENTS and len({cue.text for cue in row.fragments}) > 1


def _place(cue: RawCue) -> float | None:
    """Return where a letter or syllable is drawn, in pixels from the left; None for another cue."""
    if not cue.style or len(cue.text) > _MAX_CHARS or any(map(str.isspace, cue.text)):
        return None
    if len(cue.text) > 1 and cue.text.endswith(_TERMINALS):
        return None
    match = _PLACE.search(cue.marked)
    return None if match is None else float(match[1])


def _line(row: _Row) -> RawCue:
    texts = [_OVERRIDES.sub("", cue.marked) for cue in row.fragments]
    if not any(text != text.strip() for text in texts):
        plain = [cue.text for cue in row.fragments]
        is_tight = all(len(text) == 1 for text in plain) or any(map(_JOINED_SCRIPTS.search, plain))
        texts = [("" if is_tight else " ").join(plain)]
    text = " ".join("".join(texts).split())
    return msgspec.structs.replace(row.fragments[0], text=text, end_ms=row.end_ms, italics=())


def _compact(text: str) -> str:
    return "".join(text.split()).casefold()
