"""Helpers for tests of dubbing: random slots in order of their start, speech lengths, and their placement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from voxweft.jobs.dub import plan
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
        earliest = layout.start(index)
        promises.append((index, earliest))
        reached = (earliest, earliest + rules.shortest(length) // 2)
        promises += [(index + 1, layout.earliest(index + 1, position)) for position in reached]
        ((start, end, window),) = plan.lay(layout, range(index, index + 1), [length], mode, rules)
        promises.append((index + 1, layout.earliest(index + 1, end)))
        placed.append(Laid(start, end, window))
    for index, promised in promises:
        assert all(laid.start >= promised for laid in placed[index:])
    return placed


def check_rules(slots: Sequence[Slot], placed: Sequence[Laid]) -> None:
    """Assert the rules of every mode with times, for any lengths."""
    ends = SlotLayout(slots).slot_ends
    for index, (slot, laid) in enumerate(zip(slots, placed, strict=True)):
        assert laid.start >= slot.start, "no cue starts too early"
        assert laid.end >= laid.start
        if index:
            assert laid.start >= placed[index - 1].start, "the order stays"
        for before in range(index):
            heard = min(placed[before].end, laid.end) - laid.start
            if slots[before].speaker == slot.speaker:
                assert placed[before].end <= laid.start, "a speaker doesn't talk over themself"
            assert heard <= max(0, min(ends[before], ends[index]) - slot.start), "no more than the slots overlap"
