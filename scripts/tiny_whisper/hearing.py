"""How a scene sounds: level, noise, microphone; and the features of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import MelFeatures
from .noise import draw_noise
from .scene import Scene
from .units import FRAMES_PER_S, N_MELS, SAMPLE_RATE_HZ


def hear(rng: np.random.Generator, scene: Scene, mel: MelFeatures, frames: int) -> NDArray[np.float32]:
    """Return the scene's features `[80, frames]`, zeros behind its end, as faster-whisper's pad_or_trim has it."""
    features = mel(_record(rng, scene, frames / FRAMES_PER_S)).numpy()[:, :frames]
    if rng.random() < 0.5:  # a microphone's colour
        slope = np.linspace(-1, 1, N_MELS, dtype=np.float32)[:, None]
        features = features + slope * rng.uniform(-0.2, 0.2)
    if rng.random() < 0.3:  # a band that is missing
        lowest = int(rng.integers(N_MELS - 8))
        features[lowest : lowest + int(rng.integers(1, 8))] = features.min()
    padded = np.zeros((N_MELS, frames), np.float32)
    padded[:, : features.shape[1]] = features
    return padded


def _record(rng: np.random.Generator, scene: Scene, window_s: float) -> NDArray[np.float32]:
    audio = scene.audio[: int(min(scene.content_s, window_s + 1) * SAMPLE_RATE_HZ)]
    peak = np.abs(audio).max() + 1e-9
    if scene.sentences or scene.cut_s is not None:
        audio *= 10 ** (rng.uniform(-30, 0) / 20) / peak * 0.95
        level = np.sqrt((audio**2).mean()) * 10 ** (-rng.uniform(12, 55) / 20)
    else:
        level = 10 ** (-rng.uniform(25, 90) / 20)
    if rng.random() < 0.8:
        audio += draw_noise(rng, len(audio)) * level
    if rng.random() < 0.5:  # what a file of 16 bits would hold
        audio = np.round(audio * np.float32(32767)) / np.float32(32768)
    return audio.astype(np.float32)
