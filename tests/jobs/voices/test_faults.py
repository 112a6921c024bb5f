"""Faults of recordings, on real speech that is spoiled on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken

from voxweft.jobs.voices.faults import clipped_peaks, faults_of
from voxweft.media.audio.speech_activity import find_speech

SPEECH = np.concatenate([np.zeros(4000, np.float32), spoken("This is a clean recording, of one voice.")[0]])
LOUD = (SPEECH / np.abs(SPEECH).max()).astype(np.float32)


def faults(samples: np.ndarray) -> list[str]:
    return faults_of(samples, find_speech(samples, SPEECH_RATE_HZ))


def test_clean_speech_has_no_faults() -> None:
    for voice in ("en-us", "de", "en-us+f3", "fr"):
        samples, _ = spoken("This is a clean recording, of one voice.", voice)
        assert faults(samples) == []
    assert faults(LOUD) == [], "a single peak at full scale is no clipping"
    assert faults(0.01 * SPEECH) == [], "nor is a low level a fault"


def test_clipping_is_found() -> None:
    clipped = np.clip(3 * LOUD, -1, 1)
    (fault,) = faults(clipped)
    assert fault == f"it is clipped at {clipped_peaks(clipped)} peaks; record it again at a lower level"
    assert clipped_peaks(clipped) > 20
    beyond = 3 * LOUD
    assert clipped_peaks(beyond) == clipped_peaks(clipped), "a file of floats may exceed full scale"
    as_integers = (clipped * 32767).astype("<i2").astype(np.float32) / 32768
    assert clipped_peaks(as_integers) == clipped_peaks(clipped)


@pytest.mark.parametrize(("distance_db", "noisy"), [(10, True), (16, True), (40, False), (60, False)])
def test_noise_is_found(distance_db: float, noisy: bool) -> None:
    level = 10 ** ((find_speech(LOUD, SPEECH_RATE_HZ).speech_db - distance_db) / 20)
    noise = level * np.random.default_rng(3).standard_normal(LOUD.size)
    found = faults((0.5 * (LOUD + noise)).astype(np.float32))
    assert bool(found) == noisy
    assert not noisy or "noise or music in it is only" in found[0]
