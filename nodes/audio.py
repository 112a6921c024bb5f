"""Audio as ComfyUI hands it from node to node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray


class HostAudio(TypedDict):
    """ComfyUI's AUDIO: `waveform` is float32 `[batch, channels, n_samples]`, `sample_rate` in Hz."""

    waveform: torch.Tensor
    sample_rate: int


def as_audio(blocks: Sequence[NDArray[np.float32]], sample_rate: int) -> HostAudio:
    """Return mono blocks `[n_samples]`, one after the other, as one AUDIO `[1, 1, n_samples]`, copied."""
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return {"waveform": torch.from_numpy(samples).reshape(1, 1, -1), "sample_rate": sample_rate}
