"""A look-ahead limiter, which changes only peaks above the ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32
from .resample import Resampler

_ATTACK_MS = 5
_RELEASE_MS = 80
_OVERSAMPLING = 4
"""The factor for estimating true peaks (ITU-R BS.1770, annex 2)."""
_LAYOUT = "5.0"
"""Five channels: the samples, and the four-times oversampled signal between them."""


class Limiter:
    """Limits a stream of samples to a ceiling (dBFS), with 5 ms of look-ahead.

    No sample exceeds the ceiling. The number and the positions of the samples don't change. Samples more than 5 ms
    before or some hundred milliseconds after a peak are unchanged, bit for bit.

    With `true_peak` the ceiling also applies between samples (dBTP, to about 0.1 dB), as broadcasters and audiobook
    stores require. With several `channels`, samples are `[channels, n_samples]`, and all channels get the gain of the
    loudest, so that the stereo image is stable.

    This is FFmpeg's alimiter; for true peaks, the oversampled signal is passed as additional channels.
    """

    def __init__(
        self, sample_rate: int, ceiling_db: float = -1.0, *, true_peak: bool = False, channels: int = 1
    ) -> None:
        # Loading FFmpeg takes 0.1 s, and few jobs need a limiter.
        from .filter_chain import FilterChain

        if not -24.0 <= ceiling_db <= 0.0:  # the range of alimiter's option
            raise ValueError(f"the ceiling must be between -24 and 0 dB, not {ceiling_db:g}")
        self._ceiling = np.float32(10 ** (ceiling_db / 20))
        options = f"limit={10 ** (ceiling_db / 20):.9f}:level=0:latency=1:attack={_ATTACK_MS}:release={_RELEASE_MS}"
        self._true_peak = true_peak
        self._channels = channels
        layout = _LAYOUT if true_peak else "mono"
        if channels > 1:
            layout = f"{channels * (1 + _OVERSAMPLING if true_peak else 1)}c"
        self._chain = FilterChain(sample_rate, [("alimiter", options)], layout=layout, sample_format="dbl")
        self._between = [Resampler(sample_rate, sample_rate * _OVERSAMPLING) for _ in range(channels)]
        self._waiting = np.zeros((channels, 0), np.float32)
        self._oversampled = np.zeros((channels, 0), np.float32)
        self._pending = np.zeros((channels, 0), np.float32)
        """The absolute values of the samples that are not yet returned."""
        self._flushed = False

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Process float32 samples `[n_samples]` and return those that are ready.

        ValueError for another shape, for NaN or infinities, and after `flush`; TypeError for another type.
        """
        check_float32(samples)
        if samples.shape[:-1] != (() if self._channels == 1 else (self._channels,)):
            expected = "[n_samples]" if self._channels == 1 else f"[{self._channels}, n_samples]"
            raise ValueError(f"samples must have shape {expected}, not {samples.shape}")
        if self._flushed:
            raise ValueError("the limiter was flushed; create a new one for another stream")
        if not np.isfinite(samples).all():
            raise ValueError("the samples contain NaN or infinities")
        rows = samples.reshape(self._channels, samples.shape[-1])
        self._pending = np.concatenate([self._pending, np.abs(rows)], axis=1)
        if not self._true_peak:
            return self._ready(self._chain.process(samples.T))
        between = [
            resampler.process(np.ascontiguousarray(channel))
            for resampler, channel in zip(self._between, rows, strict=True)
        ]
        return self._ready(self._chain.process(self._with_between(rows, np.stack(between))))

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the remaining samples. A second call returns no samples."""
        if self._flushed:
            return np.zeros(0 if self._channels == 1 else (self._channels, 0), np.float32)
        self._flushed = True
        if not self._true_peak:
            return self._ready(self._chain.flush())
        between = np.stack([resampler.flush() for resampler in self._between])
        last = self._with_between(np.zeros((self._channels, 0), np.float32), between)
        return np.concatenate([self._ready(self._chain.process(last)), self._ready(self._chain.flush())], axis=-1)

    def _with_between(self, samples: NDArray[np.float32], between: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return rows of a sample and its four oversampled values, by channel. Keep samples without these values."""
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        self._oversampled = np.concatenate([self._oversampled, between], axis=1)
        n = min(self._waiting.shape[1], self._oversampled.shape[1] // _OVERSAMPLING)
        rows: NDArray[np.float32] = np.empty((n, self._channels, 1 + _OVERSAMPLING), np.float32)
        rows[:, :, 0] = self._waiting[:, :n].T
        given = self._oversampled[:, : n * _OVERSAMPLING]
        rows[:, :, 1:] = given.reshape(self._channels, n, _OVERSAMPLING).transpose(1, 0, 2)
        self._waiting = self._waiting[:, n:]
        self._oversampled = self._oversampled[:, n * _OVERSAMPLING :]
        flat: NDArray[np.float32] = rows.reshape(n, self._channels * (1 + _OVERSAMPLING))
        return flat

    def _ready(self, limited: NDArray[np.float64]) -> NDArray[np.float32]:
        rows = limited[:, :: 1 + _OVERSAMPLING] if self._true_peak else limited
        samples: NDArray[np.float32] = rows.reshape(-1, self._channels).T.astype(np.float32, order="C")
        # Rounding to 32 bits may increase a sample by its last bit, and alimiter's release may overshoot by some
        # hundredths of a percent.
        n = samples.shape[1]
        limit = np.minimum(self._pending[:, :n], self._ceiling)
        self._pending = self._pending[:, n:]
        np.clip(samples, -limit, limit, out=samples)
        return samples[0] if self._channels == 1 else samples
