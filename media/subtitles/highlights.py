"""Merge the states of a text that differ in the word that they highlight by signs or capitals.

`**the** boats` and `the **boats**` are shown one after the other, and so are `THE boats` and `the BOATS`. Highlights by
tags are merged with other repeats.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from operator import eq

import msgspec

from .subtitle_file import Note, Notes, RawCue

_SIGNS = "*_~[]{}|<>«»=#"
HIGHLIGHT_GAP_MS = 1000
"""The longest pause between two states of a text that differ in their highlights."""
_MIN_STATES = 3
_MIN_WORDS = 2
_MAX_HIGHLIGHTED = 3
"""How many words a state highlights at most."""
_WORD = re.compile(r"\S+")


def merge_highlights(cues: Sequence[RawCue], notes: Notes) -> list[RawCue]:
    """Return cues, which are sorted by start, with each run of states as one cue."""
    merged: list[RawCue] = []
    run: list[RawCue] = []
    n_states = 0
    for cue in [*cues, None]:
        if cue is not None and run and _continues(run[-1], cue):
            run.append(cue)
            continue
        whole = _whole(run)
        if whole is None:
            merged += run
        else:
            merged.append(whole)
            n_states += len(run)
        run = [] if cue is None else [cue]
    if n_states:
        message = f"{n_states} cues highlight one word after another, which are said once; {len(merged)} cues remain"
        notes.append(Note(cues[0].line, "repeat", message))
    return merged


def _continues(before: RawCue, cue: RawCue) -> bool:
    return cue.continues(before, HIGHLIGHT_GAP_MS) and _keys(before.text) == _keys(cue.text)


def _keys(text: str) -> list[str]:
    return [word.strip(_SIGNS).casefold() for word in text.split()]


def _whole(states: Sequence[RawCue]) -> RawCue | None:
    """Return the cue that states of a text make; None if they don't highlight different words."""
    if len(states) < _MIN_STATES:
        return None
    words = [state.text.split() for state in states]
    plain = [min(column, key=_prominence) for column in zip(*words, strict=True)]
    highlighted = [{at for at, word in enumerate(state) if word != plain[at]} for state in words]
    n_plain = sum(not places for places in highlighted)
    is_run = all(len(places) <= _MAX_HIGHLIGHTED for places in highlighted) and n_plain <= 1
    if len(plain) < _MIN_WORDS or not is_run or any(itertools.starmap(eq, itertools.pairwise(highlighted))):
        return None
    by_place = iter(plain)
    text = _WORD.sub(lambda _: next(by_place), states[0].text)
    end_ms = max(state.end_ms for state in states)
    return msgspec.structs.replace(states[0], text=text, end_ms=end_ms, italics=())


def _prominence(word: str) -> tuple[int, int]:
    return len(word), sum(map(str.isupper, word))
