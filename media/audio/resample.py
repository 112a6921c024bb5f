"""Resampling as the audio comes, in pieces of any size."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from .pcm import check_float32


class Resampler:
    """Turns a stream of mono audio at `rate_in` Hz into one at `rate_out` Hz (both any whole number above 0).

    The samples don't depend on how the input was cut into pieces, and keep their place in time: the filter (libsoxr,
    quality HQ, linear phase) is compensated for its delay, so that input sample i lies at i * rate_out / rate_in. What
    the filter holds back comes with later calls, the last of it with `flush`. After n input samples and `flush` exactly
    `resampled_length(n, rate_in, rate_out)` have come out. With equal rates the input is passed on as it is, uncopied.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        if rate_in <= 0 or rate_out <= 0:
            raise ValueError(f"can't resample from {rate_in} Hz to {rate_out} Hz")
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._stream = (
            None if rate_in == rate_out else soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32", quality=soxr.HQ)
        )
        self._n_in = 0
        self._n_out = 0
        self._flushed = False

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 mono samples `[n_samples]` and return those that are ready, often fewer or none.

        ValueError for another shape or after `flush`, TypeError if they aren't float32.
        """
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"a resampler takes mono samples, not an array of shape {samples.shape}")
        if self._flushed:
            raise ValueError("the resampler was flushed: its stream is over")
        self._n_in += len(samples)
        if self._stream is None:
            return samples
        ready: NDArray[np.float32] = self._stream.resample_chunk(samples)
        self._n_out += len(ready)
        return ready

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the rest of its samples, `[n_samples]`. A second call returns none."""
        empty = np.zeros(0, np.float32)
        if self._stream is None or self._flushed:
            self._flushed = True
            return empty
        self._flushed = True
        rest: NDArray[np.float32] = self._stream.resample_chunk(empty, last=True)
        missing = resampled_length(self._n_in, self.rate_in, self.rate_out) - self._n_out - len(rest)
        if missing == 0:
            return rest
        # libsoxr counts in doubles: over very long streams its own rounding may fall on the other side of a tie.
        if missing not in (-1, 1):
            raise RuntimeError(f"the resampler is {missing} samples short after {self._n_in} samples")
        return rest[:missing] if missing < 0 else np.append(rest, rest[-1:] if len(rest) else np.zeros(1, np.float32))


def resampled_length(n_samples: int, rate_in: int, rate_out: int) -> int:
    """Return `n_samples * rate_out / rate_in`, rounded to the nearest whole number, halves up."""
    return (2 * n_samples * rate_out + rate_in) // (2 * rate_in)
