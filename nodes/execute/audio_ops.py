"""What the audio nodes do to recordings, whatever their number of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ...media.audio.loudness import Leveller, Loudness, LoudnessMeter, gain_to
from ...media.audio.resample import Resampler
from ...media.audio.stretch import stretch
from ..comfy.audio import Recorded

_BLOCK_SAMPLES = 1 << 16
SILENT_LUFS = -70.0
SILENT_DBTP = -200.0
"""What stands for no loudness and no peak in numbers that other nodes take: minus infinity is none for JSON."""


def at_rate(item: Recorded, sample_rate: int) -> Recorded:
    """Return a recording at another rate in Hz; one that has it already comes back as it is."""
    if item.sample_rate == sample_rate:
        return item
    channels = []
    for channel in item.samples:
        resampler = Resampler(item.sample_rate, sample_rate)
        channels.append(np.concatenate([resampler.process(np.ascontiguousarray(channel)), resampler.flush()]))
    return Recorded(np.stack(channels), sample_rate)


def at_length(item: Recorded, n_wanted: int) -> Recorded:
    """Return a recording of so many samples, its pitch kept. ValueError for under half or over twice as many."""
    rate = item.sample_rate
    n_samples = item.samples.shape[1]
    if not n_samples <= 2 * n_wanted <= 4 * n_samples:
        raise ValueError(
            f"'duration_s' is {n_wanted / rate:g}, and the audio has {n_samples / rate:g} s: "
            f"from half to twice that works"
        )
    channels = [stretch(np.ascontiguousarray(channel), rate, n_wanted) for channel in item.samples]
    return Recorded(np.stack(channels), rate)


class Levelled(NamedTuple):
    """A recording brought to a loudness, and what was measured before and of the result."""

    item: Recorded
    before: Loudness
    after: Loudness
    gain_db: float


def at_loudness(item: Recorded, target_lufs: float | None, ceiling_dbtp: float) -> Levelled:
    """Return a recording at a loudness in LUFS, its true peaks at or below a ceiling; None only measures it.

    Silence, and what is too short to have a loudness, comes back as it is. ValueError for more than two channels.
    """
    rate = item.sample_rate
    before = LoudnessMeter.of_recording(item.samples, rate)
    gain_db = 0.0 if target_lufs is None else gain_to(target_lufs, before)
    if target_lufs is None or before.integrated_lufs is None:
        return Levelled(item, before, before, gain_db)
    channels = len(item.samples)
    samples = item.samples if channels > 1 else item.samples[0]
    leveller = Leveller(rate, gain_db, ceiling_dbtp, channels=channels)
    blocks = [
        leveller.process(np.ascontiguousarray(samples[..., start : start + _BLOCK_SAMPLES]))
        for start in range(0, samples.shape[-1], _BLOCK_SAMPLES)
    ]
    whole = np.concatenate([*blocks, leveller.flush()], axis=-1).reshape(channels, -1)
    return Levelled(Recorded(whole, rate), before, LoudnessMeter.of_recording(whole, rate), gain_db)


def loudness_told(made: Sequence[Levelled]) -> tuple[list[float], list[float], str]:
    """Return what is measured now: LUFS and true peaks, and a report as JSON; null there is what silence hasn't."""

    def told(loudness: Loudness) -> dict[str, float | None]:
        peak = loudness.true_peak_dbtp
        return {"lufs": loudness.integrated_lufs, "true_peak_dbtp": peak if math.isfinite(peak) else None}

    report = [{"before": told(one.before), "after": told(one.after), "gain_db": one.gain_db} for one in made]
    lufs = [SILENT_LUFS if one.after.integrated_lufs is None else one.after.integrated_lufs for one in made]
    peaks = [max(SILENT_DBTP, one.after.true_peak_dbtp) for one in made]
    return lufs, peaks, msgspec.json.encode({"items": report}).decode()
