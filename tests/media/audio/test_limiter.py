from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxweft.media.audio.limiter import Limiter
from voxweft.media.audio.loudness import LoudnessMeter

RATES = st.sampled_from([8000, 22050, 24000, 48000])


def limited(samples, rate, ceiling_db=-1.0, sizes=(), true_peak=False) -> np.ndarray:
    limiter = Limiter(rate, ceiling_db, true_peak=true_peak)
    out, start = [], 0
    for n in sizes:
        out.append(limiter.process(samples[start : start + n]))
        start += n
    out += [limiter.process(samples[start:]), limiter.flush()]
    assert limiter.flush().size == 0
    return np.concatenate(out)


def noise(seed: int, n: int, level: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loud = rng.random(n) < 0.02 if seed % 2 else np.ones(n, bool)
    return (rng.standard_normal(n) * np.where(loud, level, 0.01)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(0, 9000),
    RATES,
    st.floats(-24, 0),
    st.sampled_from([0.05, 0.5, 3.0, 1e4]),
    st.lists(st.integers(0, 2000), max_size=8),
    st.booleans(),
)
@example(1, 1394, 8000, 0.0, 0.5, [], False)  # alimiter's release goes beyond a gain of 1 here
def test_no_sample_exceeds_the_ceiling_and_the_length_is_exact(seed, n, rate, ceiling_db, level, sizes, true_peak):
    samples = noise(seed, n, level)
    out = limited(samples, rate, ceiling_db, sizes, true_peak)
    assert len(out) == n
    assert out.dtype == np.float32
    assert np.abs(out).max(initial=0) <= np.float32(10 ** (ceiling_db / 20))
    # The amplitude is only reduced, and the sign stays the same.
    assert (np.abs(out) <= np.abs(samples)).all()
    assert (np.sign(out) == np.sign(samples)).all() or level == 1e4


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9000), RATES, st.lists(st.integers(0, 2000), max_size=8), st.booleans())
def test_samples_below_the_ceiling_are_unchanged(seed, n, rate, sizes, true_peak):
    samples = noise(seed, n, 0.2).clip(-0.4, 0.4)
    assert np.array_equal(limited(samples, rate, -1.0, sizes, true_peak), samples)


@pytest.mark.parametrize("true_peak", [False, True])
def test_only_samples_near_a_peak_change(true_peak):
    rate = 24000
    samples = noise(2, 3 * rate, 0.1).clip(-0.3, 0.3)
    samples[rate : rate + 40] = 4.0
    out = limited(samples, rate, true_peak=true_peak)
    touched = np.flatnonzero(out != samples)
    assert touched.min() >= rate - 0.006 * rate - 40
    assert touched.max() <= rate + 0.5 * rate
    assert np.argmax(np.abs(out)) in range(rate - 1, rate + 41)


@pytest.mark.parametrize("rate", [16000, 24000, 44100])
def test_true_peaks_are_limited_between_samples(rate):
    """A sine at a quarter of the rate, shifted by 45 degrees, peaks 3 dB above its samples; noise slightly above."""
    sine = np.sin(2 * np.pi * 0.25 * np.arange(rate) + np.pi / 4)
    for samples in (sine, 3 * noise(4, rate, 0.5)):
        meter = LoudnessMeter(rate)
        meter.add(limited(samples.astype(np.float32), rate, -1.5, true_peak=True))
        assert -2.2 < meter.result().true_peak_dbtp <= -1.4
    plain = LoudnessMeter(rate)
    plain.add(limited(sine.astype(np.float32), rate, -1.5))
    assert plain.result().true_peak_dbtp > -0.1


def test_invalid_arguments_raise():
    with pytest.raises(ValueError, match="between -24 and 0"):
        Limiter(24000, 3.0)
    with pytest.raises(ValueError, match="0 Hz"):
        Limiter(0)
    limiter = Limiter(24000)
    for wrong in (np.array([np.nan], np.float32), np.array([np.inf], np.float32)):
        with pytest.raises(ValueError, match="NaN"):
            limiter.process(wrong)
    with pytest.raises(ValueError, match="shape"):
        limiter.process(np.zeros((2, 2), np.float32))
    with pytest.raises(TypeError, match="float32"):
        limiter.process(np.zeros(2))
    limiter.flush()
    with pytest.raises(ValueError, match="flushed"):
        limiter.process(np.zeros(2, np.float32))


@pytest.mark.parametrize("true_peak", [False, True])
def test_two_channels_get_one_gain(true_peak):
    rng = np.random.default_rng(3)
    left = (0.3 * rng.standard_normal(6000)).astype(np.float32).clip(-0.9, 0.9)
    right = (0.05 * rng.standard_normal(6000)).astype(np.float32)
    limiter = Limiter(24000, -6.0, true_peak=true_peak, channels=2)
    pair = np.stack([left, right])
    parts = [limiter.process(pair[:, :2500]), limiter.process(pair[:, 2500:]), limiter.flush()]
    both = np.concatenate(parts, axis=1)
    assert both.shape == pair.shape
    assert np.abs(both).max() <= np.float32(10 ** (-6 / 20))
    gains = both[:, (np.abs(pair) > 0.01).all(axis=0)] / pair[:, (np.abs(pair) > 0.01).all(axis=0)]
    assert gains[0].min() < 0.9
    np.testing.assert_allclose(gains[0], gains[1], rtol=1e-4)
    with pytest.raises(ValueError, match=r"\[2, n_samples\]"):
        limiter.process(left)
