"""Concatenate recordings, with silence or a crossfade between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def with_channels(samples: Samples, channels: int) -> Samples:
    """Return audio `[c, n]` with another number of channels: the mean of its channels, copied to each."""
    if len(samples) == channels:
        return samples
    return np.repeat(samples.mean(axis=0, keepdims=True, dtype=np.float32), channels, axis=0)


def concatenate(recordings: Sequence[Samples], *, gap_samples: int = 0, crossfade_samples: int = 0) -> Samples:
    """Return recordings `[channels, n]` with the same number of channels as one.

    Args:
        gap_samples: The silence between two recordings.
        crossfade_samples: The overlap of two recordings, at constant power (cosine and sine), which keeps the loudness
            of uncorrelated audio. A recording that is shorter limits it.

    Raises:
        ValueError: No recording is given, both a gap and a crossfade are set, or one is negative.
    """
    if not recordings:
        raise ValueError("no recordings to join")
    if min(gap_samples, crossfade_samples) < 0 or (gap_samples and crossfade_samples):
        raise ValueError("the gap and the crossfade must not be negative, and only one of them can be set")
    whole = recordings[0]
    parts: list[Samples] = []
    gap = np.zeros((len(whole), gap_samples), np.float32)
    for recording in recordings[1:]:
        n_shared = min(crossfade_samples, whole.shape[1], recording.shape[1])
        if not n_shared:
            parts += [whole, gap]
            whole = recording
            continue
        angle = (np.arange(n_shared, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / n_shared)
        shared = whole[:, -n_shared:] * np.cos(angle) + recording[:, :n_shared] * np.sin(angle)
        # The rest may overlap with the next recording.
        parts.append(whole[:, :-n_shared])
        whole = np.concatenate([shared, recording[:, n_shared:]], axis=1)
    return np.concatenate([*parts, whole], axis=1)
