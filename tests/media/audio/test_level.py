"""The loudness of whole recordings."""

from __future__ import annotations

import numpy as np
import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.audio.level import PEAK, with_level
from voxweft.media.audio.loudness import LoudnessMeter

SPEECH, _ = spoken("The quick brown fox jumps over the lazy dog.")


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


@given(st.floats(-45, -30), st.floats(0.05, 1.0))
def test_the_loudness_is_set(lufs: float, level: float) -> None:
    set_ = with_level((SPEECH * level).astype(np.float32), SPEECH_RATE_HZ, lufs=lufs)
    assert LoudnessMeter.of_recording(set_[np.newaxis], SPEECH_RATE_HZ).integrated_lufs == pytest.approx(lufs, abs=0.02)
    assert set_.dtype == np.float32


@given(st.floats(0.001, 1.0), st.floats(0.05, 4.0))
def test_the_root_mean_square_is_set_unless_it_would_clip(target: float, level: float) -> None:
    samples = (SPEECH * level).astype(np.float32)
    set_ = with_level(samples, SPEECH_RATE_HZ, rms=target)
    peak = float(np.abs(set_).max())
    assert peak <= PEAK + 1e-6
    if peak < PEAK - 1e-4:
        assert rms(set_) == pytest.approx(target, rel=1e-4)
    else:
        assert rms(set_) <= target * 1.0001
    np.testing.assert_allclose(set_ / set_.max(), samples / samples.max(), atol=1e-5)


def test_without_a_target_only_samples_beyond_full_scale_change() -> None:
    assert with_level(SPEECH, SPEECH_RATE_HZ) is SPEECH
    loud = (SPEECH * (2 / np.abs(SPEECH).max())).astype(np.float32)
    assert np.abs(with_level(loud, SPEECH_RATE_HZ)).max() == pytest.approx(PEAK)


def test_silence_stays_silence() -> None:
    for samples in (np.zeros(0, np.float32), np.zeros(16000, np.float32)):
        assert not with_level(samples, 16000, lufs=-23.0).any()
        assert not with_level(samples, 16000, rms=0.1).any()


def test_a_recording_too_short_to_be_measured_keeps_its_level() -> None:
    short = SPEECH[5000:9000]
    np.testing.assert_array_equal(with_level(short, SPEECH_RATE_HZ, lufs=-23.0), short)
