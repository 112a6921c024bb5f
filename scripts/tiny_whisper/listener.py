"""faster-whisper, for the evaluation, and how wrong its words are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from .units import SAMPLE_RATE_HZ


class Listener:
    """A folder's model on the CPU."""

    def __init__(self, folder: Path, compute_type: str, threads: int) -> None:
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type=compute_type, cpu_threads=threads, local_files_only=True
        )

    def hear(self, samples: NDArray[np.float32], **options: Any) -> list[Any]:
        """Return faster-whisper's segments of `[n]` samples at 16 kHz."""
        segments, _ = self._model.transcribe(samples, **options)
        return list(segments)


def words_of(segments: Sequence[Any]) -> list[str]:
    """Return the segments' words."""
    return " ".join(segment.text for segment in segments).split()


def edits(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Return how few words have to be put in, taken out or replaced to make one of the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != got))
    return row[-1]


def pad(samples: NDArray[np.floating], lead_s: float, trail_s: float) -> NDArray[np.float32]:
    """Return the samples with silence around them."""
    lead, trail = np.zeros(int(lead_s * SAMPLE_RATE_HZ)), np.zeros(int(trail_s * SAMPLE_RATE_HZ))
    return np.concatenate([lead, samples, trail]).astype(np.float32)


def spread(name: str, errors_s: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile of times in seconds, by name."""
    if not errors_s:
        return {}
    return {
        f"{name}_err_median": round(float(np.median(errors_s)), 3),
        f"{name}_err_p95": round(float(np.quantile(errors_s, 0.95)), 3),
    }
