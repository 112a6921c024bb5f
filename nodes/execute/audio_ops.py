"""Resample, stretch and normalize recordings with any number of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ...media.audio.loudness import Leveler, Loudness, LoudnessMeter, gain_to
from ...media.audio.resample import resampled
from ...media.audio.stretch import stretch
from ..comfy.audio import AudioItem

_BLOCK_SAMPLES = 1 << 16
SILENT_LUFS = -70.0
SILENT_DBTP = -200.0
"""Stand-ins for minus infinity, which JSON and other nodes do not accept."""


def at_rate(item: AudioItem, sample_rate: int) -> AudioItem:
    """Return a recording resampled to a rate in Hz; the same object if it already has that rate."""
    if item.sample_rate == sample_rate:
        return item
    channels = [resampled(np.ascontiguousarray(channel), item.sample_rate, sample_rate) for channel in item.samples]
    return AudioItem(np.stack(channels), sample_rate)


def at_length(item: AudioItem, n_wanted: int) -> AudioItem:
    """Return a recording stretched to `n_wanted` samples. ValueError outside half to twice its length."""
    rate = item.sample_rate
    n_samples = item.samples.shape[1]
    if not n_samples <= 2 * n_wanted <= 4 * n_samples:
        raise ValueError(
            f"'duration_s' is {n_wanted / rate:g} but the audio has {n_samples / rate:g} s; "
            f"it must be between {n_samples / rate / 2:g} and {n_samples / rate * 2:g}"
        )
    channels = [stretch(np.ascontiguousarray(channel), rate, n_wanted) for channel in item.samples]
    return AudioItem(np.stack(channels), rate)


class Leveled(NamedTuple):
    """A recording normalized to a loudness, and the measurements before and after."""

    item: AudioItem
    before: Loudness
    after: Loudness
    gain_db: float


def at_loudness(item: AudioItem, target_lufs: float | None, ceiling_dbtp: float) -> Leveled:
    """Return a recording normalized to a loudness in LUFS with true peaks below a ceiling. None: measure only.

    Silence, and audio too short to have a loudness, stays unchanged. ValueError for more than two channels.
    """
    rate = item.sample_rate
    before = LoudnessMeter.of_recording(item.samples, rate)
    gain_db = 0.0 if target_lufs is None else gain_to(target_lufs, before)
    if target_lufs is None or before.integrated_lufs is None:
        return Leveled(item, before, before, gain_db)
    channels = len(item.samples)
    samples = item.samples if channels > 1 else item.samples[0]
    leveler = Leveler(rate, gain_db, ceiling_dbtp, channels=channels)
    blocks = [
        leveler.process(np.ascontiguousarray(samples[..., start : start + _BLOCK_SAMPLES]))
        for start in range(0, samples.shape[-1], _BLOCK_SAMPLES)
    ]
    whole = np.concatenate([*blocks, leveler.flush()], axis=-1).reshape(channels, -1)
    return Leveled(AudioItem(whole, rate), before, LoudnessMeter.of_recording(whole, rate), gain_db)


def loudness_outputs(leveled: Sequence[Leveled]) -> tuple[list[float], list[float], str]:
    """Return loudness and true peak of each result, and a report as JSON, where null means minus infinity."""

    def measured(loudness: Loudness) -> dict[str, float | None]:
        peak = loudness.true_peak_dbtp
        return {"lufs": loudness.integrated_lufs, "true_peak_dbtp": peak if math.isfinite(peak) else None}

    report = [
        {"before": measured(item.before), "after": measured(item.after), "gain_db": item.gain_db} for item in leveled
    ]
    results = [item.after for item in leveled]
    lufs = [SILENT_LUFS if result.integrated_lufs is None else result.integrated_lufs for result in results]
    peaks = [max(SILENT_DBTP, result.true_peak_dbtp) for result in results]
    return lufs, peaks, msgspec.json.encode({"items": report}).decode()
