"""Changing the tempo of streaming audio: exact length, unchanged pitch."""

from __future__ import annotations

import numpy as np
import pytest

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
