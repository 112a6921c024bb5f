"""The batches of a session, drawn as they are needed: each depends on the seed and its number alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from .features import MelFeatures
from .lesson import IGNORED, Span
from .pool import SpeechPool
from .stages import Step
from .tokens import END
from .units import HOP_SAMPLES, N_MELS, SAMPLE_RATE_HZ, STEPS_PER_S, WINDOW_STEPS
from .window import draw_window


class EncoderBatch(NamedTuple):
    """Features `[b, 80, frames]`, offsets `[b]`, the steps' words `[b, frames // 2]` (0: none)."""

    mel: torch.Tensor
    offsets: torch.Tensor
    frame_labels: torch.Tensor


class JointBatch(NamedTuple):
    """Features `[b, 80, frames]`, offsets `[b]`, tokens and labels `[b, n]`, the steps' words `[b, frames // 2]`.

    Spans are `[2, b, n, 2]` in steps, -1 where there is none: of the token to write, and of the one before.
    """

    mel: torch.Tensor
    offsets: torch.Tensor
    tokens: torch.Tensor
    labels: torch.Tensor
    spans: torch.Tensor
    frame_labels: torch.Tensor


class Batches(torch.utils.data.Dataset[EncoderBatch | JointBatch]):
    """A session's batches, one a step of its plan."""

    def __init__(self, pool: SpeechPool, seed: Sequence[int], plan: Sequence[Step]) -> None:
        self._pool, self._seed, self._plan = pool, seed, plan
        self._mel: MelFeatures | None = None

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, i: int) -> EncoderBatch | JointBatch:
        # A process of its own draws them, beside the one that trains.
        torch.set_num_threads(1)
        self._mel = self._mel or MelFeatures()
        step = self._plan[i]
        rng = np.random.default_rng([*self._seed, i, step.frames])
        if step.encoder_only:
            return _draw_dense(rng, self._pool, self._mel, step)
        return _draw_joint(rng, self._pool, self._mel, step)


def _draw_joint(rng: np.random.Generator, pool: SpeechPool, mel: MelFeatures, step: Step) -> JointBatch:
    long_prompt = rng.random() < 0.07
    windows = [draw_window(rng, pool, mel, step.frames, long_prompt) for _ in range(step.size)]
    n_tokens = max(len(window.tokens) for window in windows)
    tokens = np.full((step.size, n_tokens), END)
    labels = np.full((step.size, n_tokens), IGNORED)
    spans = np.full((2, step.size, n_tokens, 2), -1)
    for b, window in enumerate(windows):
        tokens[b, : len(window.tokens)] = window.tokens
        labels[b, : len(window.labels)] = window.labels
        _fill_spans(spans[0, b], window.spans, step.frames // 2)
        _fill_spans(spans[1, b], window.previous_spans, step.frames // 2)
    return JointBatch(
        mel=torch.from_numpy(np.stack([window.features for window in windows])),
        offsets=torch.tensor([window.offset for window in windows]),
        tokens=torch.from_numpy(tokens),
        labels=torch.from_numpy(labels),
        spans=torch.from_numpy(spans),
        frame_labels=torch.from_numpy(np.stack([window.frame_labels for window in windows])),
    )


def _fill_spans(array: NDArray[np.int64], spans: Sequence[Span], n_steps: int) -> None:
    """Write spans in seconds into `[n, 2]` as steps inside the window, at least two long."""
    for place, span in enumerate(spans):
        if span is not None:
            first = min(max(int(span[0] * STEPS_PER_S), 0), n_steps - 2)
            array[place] = first, max(first + 2, min(math.ceil(span[1] * STEPS_PER_S), n_steps))


def _draw_dense(rng: np.random.Generator, pool: SpeechPool, mel: MelFeatures, step: Step) -> EncoderBatch:
    """Speech without pauses and its frames' labels alone: what the encoder learns from first."""
    n_samples, n_steps = step.frames * HOP_SAMPLES, step.frames // 2
    audio = np.zeros((step.size, n_samples), np.float32)
    labels = np.zeros((step.size, n_steps), np.int64)
    for b in range(step.size):
        _fill_dense(rng, pool, audio[b], labels[b])
    features = mel(audio)[..., : step.frames]
    tilt = torch.from_numpy(rng.uniform(-0.2, 0.2, (step.size, 1, 1)).astype(np.float32))
    features = features + tilt * torch.linspace(-1, 1, N_MELS)[:, None]
    offsets = torch.from_numpy(rng.integers(0, WINDOW_STEPS - n_steps + 1, step.size))
    return EncoderBatch(features, offsets, torch.from_numpy(labels))


def _fill_dense(
    rng: np.random.Generator, pool: SpeechPool, audio: NDArray[np.float32], labels: NDArray[np.int64]
) -> None:
    time_s = rng.uniform(-1.0, 0.4)
    while time_s < len(audio) / SAMPLE_RATE_HZ:
        spoken = pool[int(rng.integers(len(pool)))]
        begin = int(time_s * SAMPLE_RATE_HZ)
        skipped, place = max(-begin, 0), max(begin, 0)
        length = min(len(spoken.samples) - skipped, len(audio) - place)
        if length > 0:
            audio[place : place + length] = spoken.samples[skipped : skipped + length]
            for word, start_s, end_s in zip(spoken.words, spoken.starts_s, spoken.ends_s, strict=True):
                first = max(round((time_s + start_s) * STEPS_PER_S), 0)
                labels[first : max(round((time_s + end_s) * STEPS_PER_S), 0)] = word + 1
        time_s += len(spoken.samples) / SAMPLE_RATE_HZ + 0.1 + rng.exponential(0.2)
    audio *= 10 ** (rng.uniform(-25, 0) / 20) / (np.abs(audio).max() + 1e-6)
    level = np.sqrt((audio**2).mean()) * 10 ** (-rng.uniform(12, 60) / 20)
    audio += rng.standard_normal(len(audio), dtype=np.float32) * np.float32(level)
