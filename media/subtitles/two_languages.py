"""Choose a language of cues that have the same words in two, one below the other."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

import msgspec

from .subtitle_file import Note, Notes, RawCue

_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "THAI", "DEVANAGARI")
_EAST_ASIAN = frozenset(["CJK", "HIRAGANA", "KATAKANA", "HANGUL"])


def choose_line(cues: Sequence[RawCue], line: int, notes: Notes) -> list[RawCue]:
    """Return cues with the first or the second (`line`) of their two languages.

    The languages are told apart by their script; lines in one script are halved. A cue with a single line is kept.
    """
    chosen: list[RawCue] = []
    n_single = 0
    for cue in cues:
        lines = cue.text.split("\n")
        if len(lines) == 1:
            n_single += 1
            chosen.append(cue)
            continue
        cut = _cut(lines)
        text = "\n".join(lines[:cut] if line == 1 else lines[cut:])
        chosen.append(msgspec.structs.replace(cue, text=text, italics=(), voices=()))
    if n_single:
        notes.append(Note(cues[0].line, "line", f"{n_single} of {len(cues)} cues have one line only, which is read"))
    return chosen


def _cut(lines: Sequence[str]) -> int:
    """Return where the second language starts."""
    scripts = [(script, len(list(run))) for script, run in groupby(map(_script, lines))]
    if len(scripts) == 2:
        return scripts[0][1]
    return (len(lines) + 1) // 2


def _script(line: str) -> str:
    """Return the script of most letters of a line, Latin as an empty string."""
    counts: dict[str, int] = {}
    for character in line:
        if character.isalpha():
            name = unicodedata.name(character, "")
            script = next((script for script in _SCRIPTS if name.startswith(script)), "")
            script = "CJK" if script in _EAST_ASIAN else script
            counts[script] = counts.get(script, 0) + (2 if script == "CJK" else 1)
    return max(counts, key=lambda script: counts[script], default="")
