"""The crossfade between two versions of the same samples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from voxweft.engines.chatterbox.vocoder import crossfade
from voxweft.engines.chatterbox.windows import FADE_SAMPLES


def test_a_fade_begins_as_the_old_version_and_ends_as_the_new() -> None:
    old, new = np.zeros(4000, dtype=np.float32), np.ones(9000, dtype=np.float32)
    faded = crossfade(old, new)
    assert faded.size == new.size
    assert faded.dtype == np.float32
    assert np.all(np.diff(faded[:FADE_SAMPLES]) > 0)
    assert faded[0] < 0.01
    assert faded[FADE_SAMPLES - 1] > 0.99
    assert np.array_equal(faded[FADE_SAMPLES:], new[FADE_SAMPLES:])


def test_equal_versions_stay_equal() -> None:
    samples = np.linspace(-1, 1, 5000, dtype=np.float32)
    np.testing.assert_allclose(crossfade(samples[:3840], samples), samples, atol=1e-6)
    assert crossfade(samples[:0], samples[:3]).size == 3
