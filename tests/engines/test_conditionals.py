"""Conditionals of voices: copies, order and size."""

from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines import Conditionals


def test_the_kept_one_stays_what_it_was() -> None:
    kept: Conditionals[list[int]] = Conditionals(list, len)
    first = kept.get("anna", lambda: [1, 2, 3])
    first.append(4)
    second = kept.get("anna", lambda: [9])
    second.clear()
    assert kept.get("anna", lambda: [9]) == [1, 2, 3]
    assert kept.made == 1
    assert (kept.clear(), kept.n_bytes, kept.get("anna", lambda: [9])) == (3, 0, [9])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60))
def test_the_least_recently_used_is_dropped_by_size(calls: list[tuple[int, int]]) -> None:
    kept: Conditionals[bytes] = Conditionals(lambda value: value, len, max_bytes=30)
    model: OrderedDict[int, bytes] = OrderedDict()
    for key, size in calls:
        expected = model.pop(key, None)
        if expected is None:
            expected = bytes(size)
        if len(expected) <= 30:
            model[key] = expected
            while sum(map(len, model.values())) > 30:
                model.popitem(last=False)
        assert kept.get(key, lambda size=size: bytes(size)) == expected  # type: ignore[misc]
        assert kept.n_bytes == sum(map(len, model.values())) <= 30
