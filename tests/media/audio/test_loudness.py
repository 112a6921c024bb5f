"""The cases of EBU Tech 3341 (compliance for EBU mode), for a single channel: 3.01 dB more than for two."""

from __future__ import annotations

import math

import av
import numpy as np
import pytest

from voxweft.media.audio.filter_chain import FilterChain
from voxweft.media.audio.loudness import Leveler, Loudness, LoudnessMeter, gain_to

RATE = 24000


def tone(level_db: float, duration_s: float, rate: int = RATE, hz: float = 1000.0) -> np.ndarray:
    return 10 ** ((level_db + 3.0103) / 20) * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate)) / rate)


def measured(samples, rate: int = RATE, step: int = 100_000) -> Loudness:
    meter = LoudnessMeter(rate)
    samples = np.asarray(samples, np.float32)
    for start in range(0, len(samples), step):
        meter.add(samples[start : start + step])
    return meter.result()


def voice(seed: int, duration_s: float, rate: int = RATE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = round(duration_s * rate)
    syllables = np.repeat(np.exp(0.4 * rng.standard_normal(n // (rate // 5) + 1)), rate // 5)[:n]
    return (rng.standard_normal(n) * syllables * 0.05).astype(np.float32)


@pytest.mark.parametrize(
    ("steps", "expected_lufs"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
    ids=["1", "2", "3", "4", "5"],
)
def test_cases_of_integrated_loudness(steps, expected_lufs):
    samples = np.concatenate([tone(level_db, duration_s) for level_db, duration_s in steps])
    found = measured(samples)
    assert found.integrated_lufs == pytest.approx(expected_lufs, abs=0.1)
    assert found.duration_s == pytest.approx(sum(duration_s for _, duration_s in steps))


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
def test_all_sample_rates(rate):
    assert measured(tone(-23, 3, rate), rate).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "expected_dbtp"),
    [(4, 0, 0.5, -6), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3)],
    ids=["15", "16", "17", "18", "19"],
)
def test_cases_of_true_peak(divisor, degrees, amplitude, expected_dbtp):
    rate = 48000
    fade = np.minimum(1, np.minimum(np.arange(rate), np.arange(rate)[::-1]) / 480)
    samples = fade * amplitude * np.sin(2 * np.pi * np.arange(rate) / divisor + np.radians(degrees))
    assert expected_dbtp - 0.4 <= measured(samples, rate).true_peak_dbtp <= expected_dbtp + 0.2


def test_ffmpeg_measures_the_same():
    rate = 48000
    samples = voice(3, 30, rate)
    chain = FilterChain(rate, [("ebur128", "metadata=1:peak=true")], sample_format="dbl")
    if not hasattr(av.AudioFrame, "metadata"):
        pytest.skip("this PyAV doesn't show what a filter writes into frames")
    report: dict[str, str] = {}

    def watched():
        while True:
            try:
                frame = chain._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            report.update(frame.metadata)
            yield frame.to_ndarray().reshape(-1)

    chain._pull = watched
    chain.process(samples)
    chain.flush()
    found = measured(samples, rate)
    assert found.integrated_lufs == pytest.approx(float(report["lavfi.r128.I"]), abs=0.02)
    theirs_dbtp = 20 * math.log10(float(report["lavfi.r128.true_peak"]))
    assert found.true_peak_dbtp == pytest.approx(theirs_dbtp, abs=0.1)


def test_block_size_does_not_matter():
    samples = voice(5, 4)
    whole, pieces = measured(samples), measured(samples, step=777)
    assert pieces.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)
    assert pieces.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-4)


def test_silence_and_short_audio_have_no_loudness():
    for samples in (np.zeros(0), np.zeros(RATE), tone(-23, 0.3)):
        found = measured(samples)
        assert found.integrated_lufs is None
        assert gain_to(-18, found) == 0.0
    assert measured(np.zeros(RATE)).true_peak_dbtp == -math.inf


@pytest.mark.parametrize("target_lufs", [-30.0, -23.0, -16.0])
def test_a_recording_reaches_its_target_below_the_ceiling(target_lufs):
    samples = voice(7, 20)
    before = measured(samples)
    leveller = Leveler(RATE, gain_to(target_lufs, before), -1.5)
    out = np.concatenate(
        [*(leveller.process(samples[at : at + 5000]) for at in range(0, len(samples), 5000)), leveller.flush()]
    )
    after = measured(out)
    assert len(out) == len(samples)
    assert after.true_peak_dbtp <= -1.4
    # The limiter reduces the loudness by the energy of the peaks; a plain gain is exact.
    needs_limiter = before.true_peak_dbtp + gain_to(target_lufs, before) > -1.5
    assert after.integrated_lufs == pytest.approx(target_lufs, abs=0.5 if needs_limiter else 0.01)
    assert needs_limiter == (target_lufs > -20)


def test_invalid_arguments_raise():
    meter = LoudnessMeter(RATE)
    with pytest.raises(ValueError, match="NaN"):
        meter.add(np.array([np.nan], np.float32))
    with pytest.raises(TypeError, match="float32"):
        meter.add(np.zeros(3))
    with pytest.raises(ValueError, match="shape"):
        meter.add(np.zeros((3, 2), np.float32))


def test_two_channels_are_added_and_more_raise() -> None:
    rate = 48000
    mono = (0.1 * np.sin(2 * np.pi * 997 * np.arange(rate * 2) / rate)).astype(np.float32)
    mono_loudness = LoudnessMeter.of_recording(mono[np.newaxis], rate)
    both = LoudnessMeter.of_recording(np.stack([mono, mono]), rate)
    meter = LoudnessMeter(rate)
    meter.add(mono)
    assert mono_loudness == meter.result()
    assert both.integrated_lufs == pytest.approx(mono_loudness.integrated_lufs + 10 * np.log10(2), abs=1e-6)
    assert both.true_peak_dbtp == mono_loudness.true_peak_dbtp
    with pytest.raises(ValueError, match="one or two channels"):
        LoudnessMeter.of_recording(np.zeros((6, 100), np.float32), rate)
