"""Random numbers that belong to a place, and not to a call."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.chatterbox.noise import NoiseField


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=8))
def test_a_place_has_one_value(ranges: list[tuple[int, int]]) -> None:
    whole = NoiseField(3, 2, block=32).take(0, 600)
    field = NoiseField(3, 2, block=32)
    for begin, length in ranges:
        assert torch.equal(field.take(begin, begin + length), whole[:, begin : begin + length])


def test_another_seed_has_other_values() -> None:
    assert not torch.equal(NoiseField(3, 2).take(0, 10), NoiseField(4, 2).take(0, 10))


def test_the_global_generator_is_not_used() -> None:
    before = torch.get_rng_state()
    NoiseField(3, 2).take(0, 1000)
    assert torch.equal(torch.get_rng_state(), before)
