"""Resample streaming audio in blocks of any size."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from .pcm import check_float32


class Resampler:
    """Resamples a stream of mono audio from `rate_in` Hz to `rate_out` Hz (both any integer above 0).

    Invariants:
    - The output doesn't depend on the block sizes.
    - The delay of the filter (libsoxr, quality HQ, linear phase) is compensated: input sample i is at output position
      i * rate_out / rate_in. Samples that the filter delays follow in later calls, the last ones with `flush`.
    - n input samples and `flush` return exactly `resampled_length(n, rate_in, rate_out)` samples.
    - With equal rates, the input is returned without a copy.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        if rate_in <= 0 or rate_out <= 0:
            raise ValueError(f"can't resample from {rate_in} Hz to {rate_out} Hz; both rates must be above 0")
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._stream = (
            None if rate_in == rate_out else soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32", quality=soxr.HQ)
        )
        self._n_in = 0
        self._n_out = 0
        self._flushed = False

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Process float32 mono samples `[n_samples]` and return those that are ready, often fewer or none.

        ValueError for another shape or after `flush`, TypeError if they aren't float32.
        """
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
        if self._flushed:
            raise ValueError("the resampler was flushed; create a new one for another stream")
        self._n_in += len(samples)
        if self._stream is None:
            return samples
        ready: NDArray[np.float32] = self._stream.resample_chunk(samples)
        self._n_out += len(ready)
        return ready

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the remaining samples, `[n_samples]`. A second call returns no samples."""
        empty = np.zeros(0, np.float32)
        if self._stream is None or self._flushed:
            self._flushed = True
            return empty
        self._flushed = True
        rest: NDArray[np.float32] = self._stream.resample_chunk(empty, last=True)
        missing = resampled_length(self._n_in, self.rate_in, self.rate_out) - self._n_out - len(rest)
        if missing == 0:
            return rest
        # libsoxr counts in doubles: in very long streams its rounding may differ by one sample.
        if missing not in (-1, 1):
            raise RuntimeError(f"the resampler is {missing} samples short after {self._n_in} samples")
        return rest[:missing] if missing < 0 else np.append(rest, rest[-1:] if len(rest) else np.zeros(1, np.float32))


def resampled(samples: NDArray[np.float32], rate_in: int, rate_out: int) -> NDArray[np.float32]:
    """Return whole float32 mono audio `[n_samples]` at another rate, in Hz. Errors as of `Resampler`."""
    resampler = Resampler(rate_in, rate_out)
    return np.concatenate([resampler.process(samples), resampler.flush()])


def resampled_length(n_samples: int, rate_in: int, rate_out: int) -> int:
    """Return `n_samples * rate_out / rate_in`, rounded to the nearest integer, halves up."""
    return (2 * n_samples * rate_out + rate_in) // (2 * rate_in)
