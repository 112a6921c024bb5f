"""Helpers for tests of dubbing: random slots in order of their start, speech lengths, and their placement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from voxweft.jobs.dub.plan import fitted_length
from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot, SlotLayout, Window

DAY = 24 * 3600 * 100
"""A day in samples at 100 Hz."""
GAPS = st.sampled_from([0, 0, 0, 1, 7, 300, DAY]) | st.integers(0, 300)
LENGTHS = st.sampled_from([0, 0, 1, 250, DAY]) | st.integers(0, 400)
SPEAKERS = st.sampled_from(["", "ann", "bob"])


class Script(NamedTuple):
    """Slots, and the unchanged length of the speech for each."""

    slots: list[Slot]
    lengths: list[int]


@st.composite
def scripts(draw) -> Script:
    start = 0
    slots, lengths = [], []
    for _ in range(draw(st.integers(1, 16))):
        start += draw(GAPS)
        slots.append(Slot(start, start + draw(LENGTHS), draw(SPEAKERS)))
        lengths.append(draw(LENGTHS))
    return Script(slots, lengths)


class Laid(NamedTuple):
    """The position of a cue's speech, and the window that was available."""

    start: int
    end: int
    window: Window


def lay(layout: SlotLayout, lengths: Sequence[int], mode: DubMode, rules: DubRules) -> list[Laid]:
    """Place all cues like a job, and assert that the layout keeps its earliest starts."""
    promises: list[tuple[int, int]] = []
    placed: list[Laid] = []
    for index, length in enumerate(lengths):
        window = layout.window(index)
        assert layout.start(index) == window.start
        n_laid = fitted_length(length, window, mode, rules)
        end = window.start + n_laid
        positions = (window.start, window.start + n_laid // 2, end)
        promises += [(index + 1, layout.earliest(index + 1, position)) for position in positions]
        layout.ended(index, window.start, end)
        promises.append((index + 1, layout.earliest(index + 1, end)))
        placed.append(Laid(window.start, end, window))
    for index, promised in promises:
        assert all(laid.start >= promised for laid in placed[index:])
    return placed


def check_rules(slots: Sequence[Slot], placed: Sequence[Laid]) -> None:
    """Assert the rules of every mode with times, for any lengths."""
    for index, (slot, laid) in enumerate(zip(slots, placed, strict=True)):
        assert laid.start >= slot.start, "no cue starts too early"
        assert laid.end >= laid.start
        if index:
            assert laid.start >= placed[index - 1].start, "the order stays"
        for before, earlier in zip(slots[:index], placed[:index], strict=True):
            if before.speaker == slot.speaker or before.end <= slot.start:
                assert earlier.end <= laid.start, "cues that don't overlap in the subtitles don't overlap in the dub"
