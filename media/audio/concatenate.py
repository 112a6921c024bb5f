"""Recordings one after the other, with silence or a crossfade between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def with_channels(samples: Samples, channels: int) -> Samples:
    """Return audio `[c, n]` with so many channels: a single one is copied, several become one by their mean first."""
    if len(samples) == channels:
        return samples
    return np.repeat(samples.mean(axis=0, keepdims=True, dtype=np.float32), channels, axis=0)


def joined(pieces: Sequence[Samples], *, gap_samples: int = 0, crossfade_samples: int = 0) -> Samples:
    """Return audio `[channels, n]`, all of one number of channels, one after the other.

    Either with a silence of `gap_samples` between, or with the end of one under the beginning of the next for
    `crossfade_samples` at constant power (cosine and sine: what isn't alike keeps its loudness), fewer where a piece is
    shorter. ValueError for none, for both, and for a negative number.
    """
    if not pieces:
        raise ValueError("there is nothing to join")
    if min(gap_samples, crossfade_samples) < 0 or (gap_samples and crossfade_samples):
        raise ValueError("between two recordings there is a gap or a crossfade, not both, and neither is negative")
    whole = pieces[0]
    parts: list[Samples] = []
    gap = np.zeros((len(whole), gap_samples), np.float32)
    for piece in pieces[1:]:
        n_shared = min(crossfade_samples, whole.shape[1], piece.shape[1])
        if not n_shared:
            parts += [whole, gap]
            whole = piece
            continue
        turn = (np.arange(n_shared, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / n_shared)
        shared = whole[:, -n_shared:] * np.cos(turn) + piece[:, :n_shared] * np.sin(turn)
        # What is behind the shared part may itself be shared with the next one.
        parts.append(whole[:, :-n_shared])
        whole = np.concatenate([shared, piece[:, n_shared:]], axis=1)
    return np.concatenate([*parts, whole], axis=1)
