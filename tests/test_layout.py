from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechloom.jobs.layout import Layout, Natural, OneAfterTheOther

GAPS = st.sampled_from([0, 0, 1, 7, 500, 10**9]) | st.integers(0, 300)
LENGTHS = st.sampled_from([0, 0, 1, 250, 10**6]) | st.integers(0, 400)


@st.composite
def scripts(draw) -> list[tuple[int, int, str]]:
    """Slots in order of their start, each with the length of its audio and a speaker."""
    slot = 0
    script = []
    for _ in range(draw(st.integers(1, 20))):
        slot += draw(GAPS)
        script.append((slot, draw(LENGTHS), draw(st.sampled_from(["", "a", "b"]))))
    return script


def lay(layout: Layout, lengths: list[int]) -> list[tuple[int, int]]:
    """Walk through a layout as a job does; what it promises on the way must come true."""
    promises: list[tuple[int, int]] = []
    placed = []
    for index, length in enumerate(lengths):
        start = layout.start(index)
        assert layout.start(index) == start
        promises += [
            (index + 1, layout.earliest(index + 1, position))
            for position in (start, start + length // 2, start + length)
        ]
        layout.ended(index, start, start + length)
        promises.append((index + 1, layout.earliest(index + 1, start + length)))
        placed.append((start, start + length))
    for index, promised in promises:
        assert all(start >= promised for start, _ in placed[index:])
    return placed


@settings(max_examples=120, deadline=None)
@given(scripts())
def test_natural(script):
    slots, lengths, speakers = [list(column) for column in zip(*script, strict=True)]
    placed = lay(Natural(slots, speakers), lengths)
    for speaker in set(speakers):
        mine = [index for index in range(len(script)) if speakers[index] == speaker]
        busy = 0
        for index in mine:
            start, end = placed[index]
            assert start == max(slots[index], busy), "at its slot, unless the same speaker was busy"
            busy = end
        assert all(placed[before][1] <= placed[after][0] for before, after in pairwise(mine))


@settings(max_examples=100, deadline=None)
@given(scripts())
def test_nothing_is_held_back_that_could_go(script):
    """The promise is as good as it can be: the least start that any speaker may still have."""
    slots, lengths, speakers = [list(column) for column in zip(*script, strict=True)]
    layout = Natural(slots, speakers)
    busy: dict[str, int] = {}
    for index, length in enumerate(lengths):
        start = layout.start(index)
        for position in (start, start + length // 3, start + length):
            busy[speakers[index]] = max(busy.get(speakers[index], 0), position)
            left = range(index + 1, len(script))
            best = min((max(slots[i], busy.get(speakers[i], 0)) for i in left), default=position)
            assert layout.earliest(index + 1, position) == best
        layout.ended(index, start, start + length)


@settings(max_examples=100, deadline=None)
@given(scripts(), st.lists(st.integers(0, 90), min_size=20, max_size=20))
def test_one_after_the_other(script, pauses):
    lengths = [length for _, length, _ in script]
    placed = lay(OneAfterTheOther(pauses[: len(script)]), lengths)
    cursor = 0
    for (start, end), length, pause in zip(placed, lengths, pauses, strict=False):
        assert (start, end) == (cursor, cursor + length)
        cursor = end + (pause if length else 0)


def test_slots_out_of_order_are_refused():
    with pytest.raises(ValueError, match="slot 2 starts before slot 1"):
        Natural([0, 50, 49], ["", "", ""])


def test_many_speakers_and_a_long_lag_take_no_long_time():
    """A hundred thousand cues at once, by as many speakers or by one: any scan of the rest would never end."""
    n = 100_000
    for speakers in ([str(index) for index in range(n)], [""] * n):
        layout = Natural([0] * n, speakers)
        position = 0
        for index in range(n):
            start = layout.start(index)
            layout.earliest(index + 1, start + 10)
            layout.ended(index, start, start + 10)
            position = layout.earliest(index + 1, start + 10)
        assert position == (10 if len(set(speakers)) > 1 else 10 * n)
