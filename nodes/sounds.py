"""What the audio nodes do to recordings, whatever their number of channels."""

from __future__ import annotations

import numpy as np

from ..utils.audio.resample import Resampler
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
