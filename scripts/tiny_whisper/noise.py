"""Noises: what a room adds to speech, and what a window without speech holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .units import SAMPLE_RATE_HZ

_N_COLOURS = 3


def draw_noise(rng: np.random.Generator, n_samples: int) -> NDArray[np.float32]:
    """Return white, pinkish or brownish noise `[n_samples]` whose root mean square is 1."""
    colour = int(rng.integers(_N_COLOURS))
    if colour == 0:
        noise = rng.standard_normal(n_samples, dtype=np.float32)
    else:
        size = 1 << max((n_samples - 1).bit_length(), 10)  # a length that the Fourier transform likes
        spectrum = np.fft.rfft(rng.standard_normal(size, dtype=np.float32))
        spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** (0.5 * colour)
        noise = np.fft.irfft(spectrum, size)[:n_samples].astype(np.float32)
    unit: NDArray[np.float32] = noise / (np.sqrt((noise**2).mean()) + 1e-9)
    return unit


def add_beeps(rng: np.random.Generator, audio: NDArray[np.float32], content_s: float) -> None:
    """Add one to three beeps to `audio` at 16 kHz, in its first `content_s` seconds: they are not words."""
    for _ in range(int(rng.integers(1, 4))):
        length = int(rng.uniform(0.05, 0.8) * SAMPLE_RATE_HZ)
        begin = int(rng.uniform(0, content_s) * SAMPLE_RATE_HZ)
        length = min(length, len(audio) - begin)
        level = rng.uniform(0.01, 0.3)
        beep = np.sin(2 * np.pi * rng.uniform(100, 3000) * np.arange(length) / SAMPLE_RATE_HZ)
        audio[begin : begin + length] += (level * beep).astype(np.float32)
