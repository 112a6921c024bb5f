"""The gain for the VAD: quiet audio is raised, loud audio isn't changed, and blocks don't matter."""

from __future__ import annotations

import numpy as np
import pytest

from voxweft.jobs.transcribe.live.gain import QuietGain
from voxweft.media.audio.speech_frames import FRAME_SAMPLES


def noise(rms: float, frames: int = 100) -> np.ndarray:
    return np.random.default_rng(0).normal(0, rms, frames * FRAME_SAMPLES).astype(np.float32)


@pytest.mark.parametrize(("rms", "expected"), [(0.0, 0.0), (0.001, 0.03), (0.02, 0.1), (0.2, 0.2)])
def test_quiet_audio_is_raised_to_the_level_of_speech(rms: float, expected: float) -> None:
    raised = QuietGain().raised(noise(rms))
    assert np.sqrt(np.mean(raised**2)) == pytest.approx(expected, rel=0.1)
    assert raised.dtype == np.float32
    assert np.abs(raised).max() <= 1.0


def test_a_loud_frame_after_quiet_ones_is_not_changed() -> None:
    quiet, loud = noise(0.001, 50), noise(0.2, 50)
    raised = QuietGain().raised(np.concatenate([quiet, loud, quiet]))
    assert np.array_equal(raised[len(quiet) : len(quiet) + len(loud)], np.clip(loud, -1, 1))
    assert np.array_equal(raised[-len(quiet) :], quiet)  # a pause between words isn't raised


def test_the_gain_does_not_depend_on_blocks() -> None:
    samples, gain = noise(0.01), QuietGain()
    parts = [gain.raised(part) for part in np.split(samples, [512, 512 * 7, 512 * 60])]
    assert np.array_equal(np.concatenate(parts), QuietGain().raised(samples))
