"""Join what typesetting has taken apart: letters and syllables that are cues of their own.

Effects of songs and signs draw each letter or syllable as an event at its place on the screen, in layers and frames,
often with the whole line below. Each line is kept once. Other songs show one syllable after the other.
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
TOUCH_MS = 20
"""Cues closer than this touch: times are rounded. A frame is longer, and films have it between real repeats."""
_MAX_NEAR = 64
"""How many of the latest lines one is compared with."""
_ANSWER_ENDS = (".", "!", "?", "…")
"""A word at a place of its own that ends with one is an answer, not a fragment."""
TERMINALS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_MIN_SYLLABLES = 4
_MAX_SYLLABLE_MS = 1000
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
        if not any(line.start_ms <= end_ms + TOUCH_MS and start_ms <= line.end_ms for start_ms, end_ms in latest):
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
        key = cue.lane
        row = open_rows.get(key)
        if row is not None and cue.start_ms <= row.end_ms + TOUCH_MS:
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
    if not _is_piece(cue) or (len(cue.text) > 1 and cue.text.endswith(_ANSWER_ENDS)):
        return None
    match = _PLACE.search(cue.marked)
    return None if match is None else float(match[1])


def _is_piece(cue: RawCue) -> bool:
    """Return whether a cue of a styled file is one short word, or less."""
    return bool(cue.style) and len(cue.text) <= _MAX_CHARS and not any(map(str.isspace, cue.text))


def _line(row: _Row) -> RawCue:
    plain = [cue.text for cue in row.fragments]
    is_tight = all(len(text) == 1 for text in plain) or any(map(_JOINED_SCRIPTS.search, plain))
    text = _joined_text(row.fragments, "" if is_tight else " ")
    return msgspec.structs.replace(row.fragments[0], text=text, end_ms=row.end_ms, italics=())


def _joined_text(fragments: Sequence[RawCue], separator: str) -> str:
    """Return the text of fragments as written, or if none has a space at an end, their texts with a separator."""
    texts = [_OVERRIDES.sub("", cue.marked) for cue in fragments]
    if any(text != text.strip() for text in texts):
        return " ".join("".join(texts).split())
    return " ".join(separator.join(cue.text for cue in fragments).split())


def _compact(text: str) -> str:
    return "".join(text.split()).casefold()


def join_syllables(cues: Sequence[RawCue], notes: Notes) -> list[RawCue]:
    """Return cues with the syllables and single words of typeset songs joined to lines: runs in one style."""
    joined: list[RawCue] = []
    run: list[RawCue] = []
    for cue in cues:
        if run and not (_is_syllable(cue) and cue.continues(run[-1], TOUCH_MS)):
            joined += _line_of(run)
            run = []
        if _is_syllable(cue):
            run.append(cue)
        else:
            joined.append(cue)
    joined += _line_of(run)
    if n_joined := len(cues) - len(joined):
        message = f"{n_joined} cues of one syllable or word are joined to the ones before; {len(joined)} cues remain"
        notes.append(Note(cues[0].line, "repeat", message))
    return joined


def _is_syllable(cue: RawCue) -> bool:
    is_short = cue.end_ms - cue.start_ms <= _MAX_SYLLABLE_MS
    return is_short and _is_piece(cue) and not cue.text.endswith(TERMINALS)


def _line_of(run: list[RawCue]) -> list[RawCue]:
    if len(run) < _MIN_SYLLABLES:
        return run
    end_ms = max(cue.end_ms for cue in run)
    return [msgspec.structs.replace(run[0], text=_joined_text(run, " "), end_ms=end_ms, italics=())]
