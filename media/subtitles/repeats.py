"""Find what captions show again but nobody says again.

Live and automatic captions roll: a cue shows the line before once more, above a new one. Others grow word by word, or
show the same words with another one highlighted. Typeset signs and songs are drawn in layers and frames.
Every line is kept once, from its first appearance until it is last new.

Invariants: a line is dropped only if a cue that touches or overlaps shows it too, so that "No." and "No." with a pause
between them are both spoken. Two speakers that both have a name never share a line. No word is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from .fragments import TERMINALS, TOUCH_MS
from .highlights import HIGHLIGHT_GAP_MS
from .subtitle_file import Note, Notes, RawCue

_FRAMES_MS = 90
"""Cues closer than this touch in a file in which those with such pauses between them roll."""
_MIN_ROLLING = 3
"""How many of them must roll, and a quarter of all."""
_MAX_ACTIVE = 64
"""The most texts on the screen that a cue is compared with."""
_MIN_SLIDE_WORDS = 3
"""How many words must stay when a text slides out of its line word by word."""
_MAX_GROWN_CHARS = 200
"""A text that grew longer than this, or ends a sentence, is a cue of its own."""
_TAG = re.compile(r"<[^<>]*>|\{[^{}]*\}")


class _Shown(msgspec.Struct):
    """A text on the screen. `said` is the index of the newest cue in it, `lines` are all that is visible."""

    said: int
    lines: list[str]
    until_ms: int
    cue: RawCue


class _Relation(NamedTuple):
    """How a cue continues what is shown: how many of its lines are old, or the text by which the last one has grown."""

    n_old: int
    grown: str = ""
    first_new: int = 0
    """The index of the first new line, if the old lines are below it."""


def merge_repeats(cues: Sequence[RawCue], notes: Notes) -> list[RawCue]:
    """Return cues, which are sorted by start, without what is only shown again. Note how many were merged."""
    touch_ms = _touch_ms(cues)
    growing = _growing(cues, touch_ms)
    said: list[RawCue] = []
    active: list[_Shown] = []
    merged: list[int] = []
    for index, cue in enumerate(cues):
        lines = _lines(cue.text)
        active = [shown for shown in active if cue.start_ms - shown.until_ms <= HIGHLIGHT_GAP_MS][-_MAX_ACTIVE:]
        for shown in reversed(active):
            relation = _relation(shown, cue, lines, touch_ms, is_growing=index in growing)
            if relation is not None:
                break
        else:
            said.append(cue)
            active.append(_Shown(len(said) - 1, lines, cue.end_ms, cue))
            continue
        merged.append(cue.line)
        _apply(relation, shown, said, cue, lines)
        active.remove(shown)
        active.append(shown)
    if merged:
        message = f"{len(merged)} of {len(cues)} cues show text again, which is said once; {len(said)} cues remain"
        notes.append(Note(merged[0], "repeat", message))
    return said


def _lines(text: str) -> list[str]:
    """Return the lines of a text as they are compared: without format characters and runs of spaces."""
    if not text.isascii():
        text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return [" ".join(line.split()) for line in text.split("\n")]


def _relation(shown: _Shown, cue: RawCue, lines: list[str], touch_ms: int, *, is_growing: bool) -> _Relation | None:
    if shown.cue.speaker and cue.speaker and shown.cue.speaker != cue.speaker:
        return None
    gap_ms = cue.start_ms - shown.until_ms
    is_same = " ".join(lines) == " ".join(shown.lines)
    if gap_ms > touch_ms:
        return _Relation(len(lines)) if is_same and _is_highlight(shown.cue.marked, cue.marked) else None
    if is_same or _position(lines, shown.lines) is not None:
        return _Relation(len(lines))
    if cue.voices or shown.cue.voices:
        return None
    for n_old in range(min(len(lines), len(shown.lines)), 0, -1):
        if shown.lines[-n_old:] == lines[:n_old]:
            return _Relation(n_old, first_new=n_old)
    if is_growing and (grown := _grown(shown.lines, lines)) is not None:
        return grown
    if _position(shown.lines, lines) is not None and not any(line.startswith(("-", "–", "—")) for line in lines):
        return _Relation(len(shown.lines))
    return None


def _is_highlight(before: str, marked: str) -> bool:
    """Return whether two markups of a text differ in the word that they emphasize."""
    both = all(_TAG.search(text) and " " in _TAG.sub("", text).strip() for text in (before, marked))
    return both and _lines(before) != _lines(marked)


def _position(part: list[str], whole: list[str]) -> int | None:
    """Return where lines stand together in others."""
    return next(
        (at for at in range(len(whole) - len(part) + 1) if whole[at : at + len(part)] == part),
        None,
    )


def _grown(before: list[str], lines: list[str]) -> _Relation | None:
    """Return the relation of lines that continue the last one before, by whole lines or word by word."""
    last = before[-1]
    for n_old in range(min(len(lines), len(before)), 0, -1):
        line = lines[n_old - 1]
        if before[-n_old:-1] == lines[: n_old - 1] and line.startswith(last) and len(line) > len(last):
            return _Relation(n_old - 1, line[len(last) :], first_new=n_old)
    old, new = " ".join(before).split(), " ".join(lines).split()
    for n_same in range(min(len(old), len(new)), _MIN_SLIDE_WORDS - 1, -1):
        if old[-n_same:] == new[:n_same] and len(new) > n_same:
            return _Relation(0, " " + " ".join(new[n_same:]), first_new=len(lines))
    return None


def _touch_ms(cues: Sequence[RawCue]) -> int:
    """Return how close cues must be to touch: converters of teletext leave a frame or two between those that roll."""
    n_near = n_rolling = 0
    for before, after in pairwise(cues):
        if TOUCH_MS < after.start_ms - before.end_ms <= _FRAMES_MS:
            n_near += 1
            old, new = _lines(before.text), _lines(after.text)
            n_rolling += old != new and (old[-1] == new[0] or _grown(old, new) is not None)
    return _FRAMES_MS if n_rolling >= _MIN_ROLLING and n_rolling * 4 >= n_near else TOUCH_MS


def _growing(cues: Sequence[RawCue], touch_ms: int) -> frozenset[int]:
    """Return the cues whose text continues the one before, in a row of at least three such: one pair can be chance."""
    by_lane: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, cue in enumerate(cues):
        by_lane[cue.lane].append(index)
    found: set[int] = set()
    for indices in by_lane.values():
        steps = []
        for before, after in pairwise(indices):
            touches = cues[after].start_ms - cues[before].end_ms <= touch_ms
            old, new = (_lines(cues[at].text) for at in (before, after)) if touches else ([], [])
            grows = touches and _grown(old, new) is not None
            steps.append((grows, grows or (touches and (old[-1] == new[0] or old == new))))
        for at, (grows, _) in enumerate(steps):
            neighbors = steps[max(0, at - 1) : at] + steps[at + 1 : at + 2]
            if grows and any(rolls for _, rolls in neighbors):
                found.add(indices[at + 1])
    return frozenset(found)


def _apply(relation: _Relation, shown: _Shown, said: list[RawCue], cue: RawCue, lines: list[str]) -> None:
    """Extend the newest cue of what is shown, and add what is new."""
    newest = said[shown.said]
    text_lines = cue.text.split("\n")
    new = text_lines[relation.first_new :]
    if relation.grown:
        ends = newest.text.endswith(TERMINALS) or len(newest.text) > _MAX_GROWN_CHARS
        if ends and relation.grown.startswith(" "):
            new = [relation.grown.strip(), *new]
        else:
            said[shown.said] = msgspec.structs.replace(
                newest, text=newest.text + relation.grown, end_ms=max(newest.end_ms, cue.end_ms), italics=()
            )
    elif relation.n_old == len(lines):
        if " ".join(_lines(newest.text)) == " ".join(lines):
            said[shown.said] = msgspec.structs.replace(newest, end_ms=max(newest.end_ms, cue.end_ms))
        new = []
    elif not relation.first_new:
        at = _position(shown.lines, lines) or 0
        new = text_lines[:at] + text_lines[at + relation.n_old :]
    if new:
        text = "\n".join(new)
        offset = len(cue.text) - len(text) if cue.text.endswith(text) else None
        italics = () if offset is None else _moved(cue.italics, offset)
        said.append(msgspec.structs.replace(cue, text=text, italics=italics))
        shown.said = len(said) - 1
    shown.lines = lines
    shown.until_ms = max(shown.until_ms, cue.end_ms)
    shown.cue = cue


def _moved(spans: tuple[tuple[int, int], ...], offset: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(0, start - offset), end - offset) for start, end in spans if end > offset)
