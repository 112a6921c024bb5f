"""What the audio nodes do to recordings, whatever their number of channels."""

from __future__ import annotations

import numpy as np

from ..utils.audio.resample import Resampler
from ..utils.audio.stretch import stretch
from .audio import Recorded


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
