from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.resample import Resampler, resampled_length

RATES = st.sampled_from([8000, 11025, 16000, 22050, 24000, 44100, 48000]) | st.integers(4000, 96000)


def resample(samples, rate_in, rate_out, sizes=()) -> np.ndarray:
    resampler = Resampler(rate_in, rate_out)
    out, start = [], 0
    for n in sizes:
        out.append(resampler.process(samples[start : start + n]))
        start += n
    out += [resampler.process(samples[start:]), resampler.flush()]
    return np.concatenate(out)


@settings(max_examples=80, deadline=None)
@given(RATES, RATES, st.integers(0, 20000), st.lists(st.integers(0, 1500), max_size=30))
def test_block_size_does_not_matter_and_the_length_is_exact(rate_in, rate_out, n, sizes):
    samples = np.random.default_rng(n).uniform(-0.5, 0.5, n).astype(np.float32)
    whole = resample(samples, rate_in, rate_out)
    pieces = resample(samples, rate_in, rate_out, sizes)
    assert len(pieces) == len(whole) == floor(Fraction(n * rate_out, rate_in) + Fraction(1, 2))
    np.testing.assert_allclose(pieces, whole, atol=1e-6)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(22050, 48000), (24000, 44100), (48000, 16000), (22050, 44101)])
def test_a_sine_stays_in_phase_without_clicks(rate_in, rate_out):
    frequency_hz = 440.0
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(2 * rate_in) / rate_in).astype(np.float32)
    out = resample(sine, rate_in, rate_out, [480] * 60)
    expected = np.sin(2 * np.pi * frequency_hz * np.arange(len(out)) / rate_out)
    edge = rate_out // 50  # the filter rings where the sine starts and stops
    assert np.abs(out - expected)[edge:-edge].max() < 1e-3


def test_an_impulse_stays_in_place():
    samples = np.zeros(30000, np.float32)
    samples[10000] = 1.0
    assert int(np.argmax(resample(samples, 24000, 48000))) == 20000


def test_equal_rates_return_the_input():
    samples = np.arange(5, dtype=np.float32)
    resampler = Resampler(24000, 24000)
    assert resampler.process(samples) is samples
    assert resampler.flush().size == 0


def test_no_input_gives_no_output():
    resampler = Resampler(22050, 48000)
    assert resampler.flush().size == 0
    assert resampler.flush().size == 0


def test_halves_round_up():
    assert resampled_length(7, 16000, 24000) == 11
    assert resampled_length(3, 48000, 8000) == 1
    assert resampled_length(2, 48000, 8000) == 0
    assert len(resample(np.ones(3, np.float32), 48000, 8000)) == 1


def test_invalid_arguments_raise():
    with pytest.raises(ValueError, match="0 Hz"):
        Resampler(0, 48000)
    resampler = Resampler(22050, 48000)
    with pytest.raises(TypeError, match="float64"):
        resampler.process(np.zeros(3))
    with pytest.raises(ValueError, match="shape"):
        resampler.process(np.zeros((3, 1), np.float32))
    resampler.flush()
    with pytest.raises(ValueError, match="flushed"):
        resampler.process(np.zeros(3, np.float32))
