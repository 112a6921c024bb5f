"""Faster or slower with the pitch kept, as the audio comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

if TYPE_CHECKING:
    from .filter_chain import FilterChain

SLOWEST, FASTEST = 0.5, 2.0


class Tempo:
    """Changes the tempo of a mono stream by FFmpeg's `atempo`: `factor` 2 takes half the time.

    ValueError outside 0.5 to 2. What the filter holds back comes with later calls, the last of it with `flush`; the
    length is the input's by the factor, to within some tens of milliseconds. At 1 the samples pass as they are.
    """

    def __init__(self, sample_rate: int, factor: float) -> None:
        if not SLOWEST <= factor <= FASTEST:
            raise ValueError(f"a tempo is {SLOWEST:g} to {FASTEST:g}, not {factor:g}")
        self._began = False
        self._chain: FilterChain | None = None
        if factor != 1.0:
            from .filter_chain import FilterChain  # FFmpeg costs a tenth of a second, and most need none

            self._chain = FilterChain(sample_rate, [("atempo", f"{factor:.6f}")])

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 samples `[n_samples]` and return those that are ready, perhaps none."""
        check_float32(samples)
        if self._chain is None or not len(samples):
            return samples
        self._began = True
        return self._chain.process(samples)

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the rest."""
        if self._chain is None or not self._began:
            return np.zeros(0, np.float32)
        return self._chain.flush()
