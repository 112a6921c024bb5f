"""Changing the tempo of streaming audio: exact length, unchanged pitch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.tempo import Tempo

RATE = 24_000
HUM = (0.5 * np.sin(2 * np.pi * 220 * np.arange(3 * RATE) / RATE)).astype(np.float32)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
@pytest.mark.parametrize("size", [997, 3 * RATE])
def test_length_and_pitch(factor: float, size: int) -> None:
    tempo = Tempo(RATE, factor)
    made = [tempo.process(HUM[start : start + size]) for start in range(0, len(HUM), size)]
    samples = np.concatenate([*made, tempo.flush()])
    assert len(samples) / RATE == pytest.approx(3 / factor, abs=0.08)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(220, abs=3)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 20_000),
    st.floats(0.5, 2.0),
    st.lists(st.integers(1, 9000), min_size=1, max_size=5),
    st.integers(0, 9),
)
def test_the_output_depends_on_the_samples_alone(n_samples: int, factor: float, sizes: list[int], seed: int) -> None:
    """The length is exact, unless audible samples would be cut: at most some milliseconds."""
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, n_samples).astype(np.float32)
    whole = Tempo(RATE, factor)
    expected = np.concatenate([whole.process(samples), whole.flush()])
    tempo, parts, start = Tempo(RATE, factor), [], 0
    for number in range(n_samples):
        size = sizes[number % len(sizes)]
        parts.append(tempo.process(samples[start : start + size]))
        start += size
        if start >= n_samples:
            break
    np.testing.assert_array_equal(np.concatenate([*parts, tempo.flush()]), expected)
    assert 0 <= len(expected) - round(n_samples / factor) < 0.05 * RATE


def test_silence_at_the_end_keeps_its_length() -> None:
    tempo = Tempo(RATE, 1.25)
    samples = np.concatenate([HUM[:RATE], np.zeros(RATE, np.float32)])
    assert len(tempo.process(samples)) + len(tempo.flush()) == round(2 * RATE / 1.25)


def test_a_factor_of_one_returns_the_input() -> None:
    tempo = Tempo(RATE, 1.0)
    assert tempo.process(HUM) is HUM
    assert len(tempo.flush()) == 0


def test_an_invalid_factor_raises() -> None:
    for factor in (0.4, 2.1, float("nan")):
        with pytest.raises(ValueError, match="the tempo must be"):
            Tempo(RATE, factor)
    with pytest.raises(TypeError):
        Tempo(RATE, 2.0).process(np.zeros(10))
    assert len(Tempo(RATE, 2.0).flush()) == 0
