from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.stretch import stretch

RATE = 24000


def pitch_hz(samples: np.ndarray, rate: int) -> float:
    """Return the loudest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum)) * rate / samples.size


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9000), st.floats(0.5, 2.0), st.sampled_from([8000, 22050, 48000]), st.integers(0, 9))
def test_the_length_is_exact(n_samples, factor, rate, seed):
    """Also for noise up to the last sample, where a cut would be audible."""
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, n_samples).astype(np.float32)
    n_wanted = round(n_samples * factor)
    stretched = stretch(samples, rate, n_wanted)
    assert (stretched.size, stretched.dtype) == (n_wanted, np.float32)
    assert np.isfinite(stretched).all()


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.92, 0.97, 0.999, 1.001, 1.05, 1.5, 2.0])
def test_the_pitch_is_unchanged(factor):
    tone = (0.4 * np.sin(2 * np.pi * 220 * np.arange(RATE * 2) / RATE)).astype(np.float32)
    stretched = stretch(tone, RATE, round(tone.size * factor))
    assert abs(pitch_hz(stretched, RATE) - 220) < 2
    assert abs(np.sqrt(np.mean(stretched**2)) - np.sqrt(np.mean(tone**2))) < 0.02


@pytest.mark.parametrize("factor", [0.92, 0.95, 0.99, 1.08, 1.5])
@pytest.mark.parametrize("rate", [16000, 22050, 24000])
def test_no_audio_is_cut_and_positions_scale(factor, rate):
    """Three bursts at the start, in the middle and at the end keep their relative positions."""
    n_samples, n_burst = rate * 2, rate // 50
    rng = np.random.default_rng(1)
    samples = np.zeros(n_samples, np.float32)
    starts = [0, n_samples // 2, n_samples - n_burst]
    for start in starts:
        samples[start : start + n_burst] = rng.uniform(-0.6, 0.6, n_burst)
    stretched = stretch(samples, rate, round(n_samples * factor))
    energy = float(np.sum(samples[:n_burst] ** 2))
    for start in starts:
        middle = round((start + n_burst / 2) * factor)
        around = stretched[max(0, middle - rate // 16) : middle + rate // 16]
        assert float(np.sum(around**2)) > 0.4 * energy


def test_an_equal_length_returns_the_input():
    samples = np.linspace(-1, 1, 77, dtype=np.float32)
    assert stretch(samples, RATE, 77) is samples


def test_the_result_is_deterministic():
    samples = np.random.default_rng(5).uniform(-0.5, 0.5, RATE).astype(np.float32)
    np.testing.assert_array_equal(stretch(samples, RATE, 22100), stretch(samples, RATE, 22100))


def test_invalid_arguments_raise():
    samples = np.zeros(100, np.float32)
    for n_wanted in (48, 202):
        with pytest.raises(ValueError, match=f"can't stretch 100 samples to {n_wanted}"):
            stretch(samples, RATE, n_wanted)
    with pytest.raises(TypeError):
        stretch(samples.astype(np.float64), RATE, 100)
    with pytest.raises(ValueError, match="mono"):
        stretch(samples.reshape(2, 50), RATE, 50)
