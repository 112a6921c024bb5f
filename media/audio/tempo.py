"""Change the tempo of streaming audio without changing its pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

if TYPE_CHECKING:
    from .filter_chain import FilterChain

MIN_TEMPO, MAX_TEMPO = 0.5, 2.0


class Tempo:
    """Changes the tempo of a mono stream with FFmpeg's `atempo`: a `factor` of 2 halves the length.

    Samples that the filter delays follow in later calls, the last ones with `flush`. The length is exact to some tens
    of milliseconds. A factor of 1 returns the samples unchanged. ValueError outside 0.5 to 2.
    """

    def __init__(self, sample_rate: int, factor: float) -> None:
        if not MIN_TEMPO <= factor <= MAX_TEMPO:
            raise ValueError(f"the tempo must be between {MIN_TEMPO:g} and {MAX_TEMPO:g}, not {factor:g}")
        self._started = False
        self._chain: FilterChain | None = None
        if factor != 1.0:
            from .filter_chain import FilterChain  # loading FFmpeg takes 0.1 s, and most jobs don't need it

            self._chain = FilterChain(sample_rate, [("atempo", f"{factor:.6f}")])

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Process float32 samples `[n_samples]` and return those that are ready, if any."""
        check_float32(samples)
        if self._chain is None or not len(samples):
            return samples
        self._started = True
        return self._chain.process(samples)

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the remaining samples."""
        if self._chain is None or not self._started:
            return np.zeros(0, np.float32)
        return self._chain.flush()
