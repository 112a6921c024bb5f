"""A retry after a death: replayed output is compared and dropped, new output is passed on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.streaming import Word
from voxweft.utils.streaming.contract.errors import ReplayMismatchError
from voxweft.utils.streaming.scheduling.replay import ReplayFilter

SAMPLES = np.random.default_rng(0).uniform(-1, 1, 100).astype(np.float32)
WORDS = tuple(Word(str(number), float(number), float(number + 1)) for number in range(5))


def pieces(cuts: list[int]) -> list[np.ndarray]:
    return np.split(SAMPLES, sorted(cuts))


cuts = st.lists(st.integers(0, 100), max_size=6)


@given(cuts, cuts, st.integers(0, 6))
def test_the_listener_gets_each_sample_once_however_the_attempts_are_cut(
    first: list[int], second: list[int], died_after: int
) -> None:
    repeat, heard = ReplayFilter(), []
    heard.extend(repeat.new_samples(piece) for piece in pieces(first)[:died_after])
    repeat.restart()
    heard.extend(repeat.new_samples(piece) for piece in pieces(second))
    repeat.check_end()
    assert np.array_equal(np.concatenate(heard), SAMPLES)
    assert repeat.accepted_bytes == SAMPLES.nbytes


def test_words_and_updates_are_counted() -> None:
    repeat = ReplayFilter()
    assert repeat.new_words(WORDS[:3]) == WORDS[:3]
    assert repeat.is_new_update()
    repeat.restart()
    assert repeat.new_words(WORDS[:2]) == ()
    assert repeat.new_words(WORDS[2:]) == WORDS[3:]
    with pytest.raises(ReplayMismatchError):
        repeat.check_end()
    assert not repeat.is_new_update()
    assert repeat.is_new_update()
    repeat.check_end()


@given(st.integers(0, 49))
def test_a_different_sample_is_detected(position: int) -> None:
    repeat = ReplayFilter()
    repeat.new_samples(SAMPLES[:50])
    repeat.restart()
    other = SAMPLES.copy()
    other[position] += 0.5
    with pytest.raises(ReplayMismatchError):
        repeat.new_samples(other)


def test_less_output_than_before_is_detected() -> None:
    repeat = ReplayFilter()
    repeat.new_samples(SAMPLES[:50])
    repeat.restart()
    repeat.new_samples(SAMPLES[:49])
    with pytest.raises(ReplayMismatchError):
        repeat.check_end()
