"""What the tests of dubbing share: any slots in order of their start, the audio's lengths, and how they are laid."""

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
    """Slots, and how long the speech for each is on its own."""

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
    """Where a line was laid, in the window that it had."""

    start: int
    end: int
    window: Window


def lay(layout: SlotLayout, lengths: Sequence[int], mode: DubMode, rules: DubRules) -> list[Laid]:
    """Walk through a layout as a job does; what it promises on the way must come true."""
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
    """What holds in every mode that has times, whatever the lengths."""
    for index, (slot, laid) in enumerate(zip(slots, placed, strict=True)):
        assert laid.start >= slot.start, "nobody speaks too early"
        assert laid.end >= laid.start
        if index:
            assert laid.start >= placed[index - 1].start, "the order stays"
        for before, earlier in zip(slots[:index], placed[:index], strict=True):
            if before.speaker == slot.speaker or before.end <= slot.start:
                assert earlier.end <= laid.start, "nobody talks over himself, nor over who was over in the subtitles"
