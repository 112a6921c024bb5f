from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.speech_job import Layout, SequentialLayout

LENGTHS = st.sampled_from([0, 0, 1, 250, 10**6]) | st.integers(0, 400)


def lay(layout: Layout, lengths: list[int]) -> list[tuple[int, int]]:
    """Use a layout as a job does, and check its guarantees at each step."""
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


@settings(max_examples=100, deadline=None)
@given(st.lists(LENGTHS, min_size=1, max_size=20), st.lists(st.integers(0, 90), min_size=20, max_size=20))
def test_sequential_layout(lengths, pauses):
    placed = lay(SequentialLayout(pauses[: len(lengths)]), lengths)
    cursor = 0
    for (start, end), length, pause in zip(placed, lengths, pauses, strict=False):
        assert (start, end) == (cursor, cursor + length)
        cursor = end + (pause if length else 0)
