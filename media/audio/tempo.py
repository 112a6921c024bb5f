"""Change the tempo of streaming audio without changing its pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

if TYPE_CHECKING:
    from .filter_chain import FilterChain

MIN_TEMPO, MAX_TEMPO = 0.5, 2.0
_BLOCK_SAMPLES = 2048
"""The filter gets blocks of this size: its output depends on the sizes of what it gets, if only rarely."""
_TAIL_S = 0.15
"""Silence after the input, so that the filter's last windows contain no audible samples."""
_SILENT = 1e-5
"""-100 dBFS."""


class Tempo:
    """Changes the tempo of a mono stream with FFmpeg's `atempo`: a `factor` of 2 halves the length.

    Samples that the filter delays follow in later calls, the last ones with `flush`. The output depends on the samples
    alone, not on how they come in parts. It is exactly as long as the input by the factor, or some milliseconds longer
    where it would else lose audible samples. A factor of 1 returns the samples unchanged. ValueError outside 0.5 to 2.
    """

    def __init__(self, sample_rate: int, factor: float) -> None:
        if not MIN_TEMPO <= factor <= MAX_TEMPO:
            raise ValueError(f"the tempo must be between {MIN_TEMPO:g} and {MAX_TEMPO:g}, not {factor:g}")
        self._rate = sample_rate
        self._factor = factor
        self._n_in = self._n_out = 0
        self._waiting = np.zeros(0, np.float32)
        self._chain: FilterChain | None = None
        if factor != 1.0:
            from .filter_chain import FilterChain  # loading FFmpeg takes 0.1 s, and most jobs don't need it

            self._chain = FilterChain(sample_rate, [("atempo", f"{factor:.6f}")])

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Process float32 samples `[n_samples]` and return those that are ready, if any."""
        check_float32(samples)
        if self._chain is None or not len(samples):
            return samples
        self._n_in += len(samples)
        ready = self._filtered(self._chain, np.concatenate([self._waiting, samples]))
        self._n_out += len(ready)
        return ready

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the remaining samples."""
        if self._chain is None or not self._n_in:
            return np.zeros(0, np.float32)
        tail = np.zeros(_BLOCK_SAMPLES + round(_TAIL_S * self._rate), np.float32)
        ended = self._filtered(self._chain, np.concatenate([self._waiting, tail]))
        rest = np.concatenate([ended, self._chain.flush()])
        n_rest = max(round(self._n_in / self._factor) - self._n_out, audible_length(rest), 0)
        self._n_in = 0
        return np.pad(rest, (0, max(0, n_rest - len(rest))))[:n_rest]

    def _filtered(self, chain: FilterChain, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filter as many whole blocks as there are, and keep the rest."""
        n_whole = len(samples) // _BLOCK_SAMPLES * _BLOCK_SAMPLES
        self._waiting = samples[n_whole:]
        blocks = [chain.process(samples[at : at + _BLOCK_SAMPLES]) for at in range(0, n_whole, _BLOCK_SAMPLES)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def audible_length(samples: NDArray[np.float32]) -> int:
    """Return the length up to the last audible sample."""
    loud = np.flatnonzero(np.abs(samples) > _SILENT)
    return int(loud[-1]) + 1 if loud.size else 0
