from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.audio.concatenate import concatenate, with_channels


def piece(n_samples: int, value: float = 1.0, channels: int = 1) -> np.ndarray:
    return np.full((channels, n_samples), value, np.float32)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 30))
def test_a_gap_is_between_recordings(lengths: list[int], gap: int) -> None:
    pieces = [piece(length, number + 1.0) for number, length in enumerate(lengths)]
    whole = concatenate(pieces, gap_samples=gap)
    expected = []
    for number, one in enumerate(pieces):
        expected += [np.zeros((1, gap), np.float32)] * bool(number) + [one]
    assert np.array_equal(whole, np.concatenate(expected, axis=1))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 30))
def test_a_crossfade_is_limited_by_the_recordings(lengths: list[int], crossfade: int) -> None:
    whole = concatenate([piece(length) for length in lengths], crossfade_samples=crossfade)
    assert max(lengths) <= whole.shape[1] <= sum(lengths)
    # Equal signals reach at most the square root of two in the middle of the overlap.
    assert whole.min() > 0


def test_a_crossfade_keeps_the_power_of_uncorrelated_audio() -> None:
    noise = np.random.default_rng(7).standard_normal((2, 1, 40_000)).astype(np.float32)
    whole = concatenate([noise[0], noise[1]], crossfade_samples=20_000)
    assert whole.shape == (1, 60_000)
    assert np.array_equal(whole[:, :20_000], noise[0][:, :20_000])
    assert np.array_equal(whole[:, 40_000:], noise[1][:, 20_000:])
    assert np.std(whole[:, 20_000:40_000]) == pytest.approx(1.0, abs=0.05)


def test_channels() -> None:
    mono, stereo = piece(3), np.array([[1, 2], [3, 4]], np.float32)
    assert with_channels(mono, 1) is mono
    assert np.array_equal(with_channels(mono, 2), piece(3, channels=2))
    assert with_channels(stereo, 1).tolist() == [[2.0, 3.0]]


@pytest.mark.parametrize("gap_and_crossfade", [(1, 1), (-1, 0), (0, -1)])
def test_a_gap_with_a_crossfade_or_a_negative_length_raises(gap_and_crossfade: tuple[int, int]) -> None:
    gap, crossfade = gap_and_crossfade
    with pytest.raises(ValueError, match="the gap and the crossfade"):
        concatenate([piece(1)], gap_samples=gap, crossfade_samples=crossfade)
    with pytest.raises(ValueError, match="no recordings"):
        concatenate([])
