"""Read and create ComfyUI's AUDIO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray


class HostAudio(TypedDict):
    """ComfyUI's AUDIO: `waveform` is float32 `[batch, channels, n_samples]`, `sample_rate` in Hz."""

    waveform: torch.Tensor
    sample_rate: int


class AudioItem(NamedTuple):
    """One item of an AUDIO: float32 `[channels, n_samples]` at `sample_rate` Hz."""

    samples: NDArray[np.float32]
    sample_rate: int

    @property
    def mono(self) -> NDArray[np.float32]:
        """The mean of the channels, `[n_samples]`."""
        mixed: NDArray[np.float32] = self.samples[0] if len(self.samples) == 1 else self.samples.mean(axis=0)
        return mixed


def as_audio(blocks: Sequence[NDArray[np.float32]], sample_rate: int) -> HostAudio:
    """Return mono blocks `[n_samples]`, concatenated, as one AUDIO `[1, 1, n_samples]`. Copies."""
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return {"waveform": torch.from_numpy(samples).reshape(1, 1, -1), "sample_rate": sample_rate}


def batch_of(items: Sequence[NDArray[np.float32]], sample_rate: int) -> HostAudio:
    """Return items `[channels, n_samples]` of one shape as an AUDIO `[batch, channels, n_samples]`. Copies."""
    return {"waveform": torch.from_numpy(np.stack(items)), "sample_rate": sample_rate}


def read_audio(name: str, audio: Any) -> list[AudioItem]:
    """Return copies of the items of an AUDIO input. Its waveform may omit the batch and channel dimensions.

    ValueError, naming the input, for missing audio, samples that are not finite, and any other shape.
    """
    # Any mapping is accepted: some decode on access. None comes from a video without sound.
    if not isinstance(audio, Mapping):
        raise ValueError(  # noqa: TRY004  the user connected the wrong output
            f"'{name}' has no audio" + ("" if audio is None else f"; it is a {type(audio).__name__}")
        )
    waveform, sample_rate = audio["waveform"], int(audio["sample_rate"])
    if sample_rate <= 0:
        raise ValueError(f"'{name}' has a sample rate of {sample_rate} Hz; it must be positive")
    if not waveform.is_floating_point():
        raise ValueError(f"'{name}' has the type {waveform.dtype}; expected float samples from -1 to 1")
    batch = np.array(waveform.detach().to("cpu", torch.float32).numpy())
    while batch.ndim < 3:
        batch = batch[np.newaxis]
    if batch.ndim > 3 or not batch.size:
        raise ValueError(
            f"'{name}' is empty"
            if not batch.size
            else f"'{name}' has the shape {batch.shape}; expected [batch, channels, samples]"
        )
    if not np.isfinite(batch).all():
        raise ValueError(f"'{name}' has samples that are NaN or infinite")
    return [AudioItem(item, sample_rate) for item in batch]
