"""The audio track of a dubbed video: the dub alone, or mixed over the original."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from ..audio.decode import AudioReader
from ..audio.filter_chain import FilterChain
from .ducking import DuckCurve

_BLOCK_SAMPLES = 1 << 14
_JITTER_S = 0.05
"""The tolerance for rounded frame times; a larger difference is a gap in the audio."""
_LIMIT = "limit=0.891:level=0:latency=1:attack=5:release=80"
"""-1 dBFS, as in all mixes."""


class DubTrack:
    """The dub alone, mono."""

    layout = "mono"

    def __init__(self, dub: AudioReader) -> None:
        self.sample_rate = dub.sample_rate
        self._dub = _SampleReader(dub)
        self._n_samples = 0

    def until(self, time_s: float) -> Iterator[AudioFrame]:
        """Yield frames at least up to a time, or to the end of the dub."""
        while not self._dub.is_finished and self._n_samples < time_s * self.sample_rate:
            yield self._frame(self._dub.read(_BLOCK_SAMPLES))

    def rest(self) -> Iterator[AudioFrame]:
        """Yield the remaining frames."""
        yield from self.until(float("inf"))

    def _frame(self, samples: NDArray[np.float32]) -> AudioFrame:
        frame = _frame(np.clip(samples, -1, 1), self.sample_rate, self.layout, self._n_samples)
        self._n_samples += len(samples)
        return frame


class MixedTrack:
    """The ducked original with the dub in the center, in the original's channels and at its sample rate.

    The dub is as loud as in a mono track: in the center channel if the layout has one, else at -3 dB in both front
    channels. A limiter prevents clipping. Gaps in the original become silence. A longer dub makes the track longer.
    """

    def __init__(self, dub: AudioReader, layout: str, curve: DuckCurve) -> None:
        self.layout = layout
        self.sample_rate = dub.sample_rate
        self._dub = _SampleReader(dub)
        self._curve = curve
        self._weights = _weights(layout)
        self._original: AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._limiter = FilterChain(self.sample_rate, [("alimiter", _LIMIT)], layout=layout)
        self._n_skipped = 0
        """The number of samples of the original to drop, which are before the position that is already mixed."""
        self._n_mixed = 0
        self._n_out = 0

    def add(self, original: AudioFrame, start_s: float | None) -> Iterator[AudioFrame]:
        """Add a frame of the original that starts at a time, and yield frames of the mix.

        The first frame, and the first one of another rate or layout, is placed exactly; after it, frames follow one
        another, and only a difference above the rounding of their times is a gap or an overlap.
        """
        shape = (original.format.name, original.layout.name, original.sample_rate)
        is_first = shape != self._shape
        start = None if start_s is None else round(start_s * self.sample_rate)
        tolerance = 0 if is_first else round(_JITTER_S * self.sample_rate)
        is_off = start is not None and abs(start - (self._n_mixed - self._n_skipped)) > tolerance
        if is_first or is_off:
            yield from self._flushed()
            self._shape = shape
            self._original = AudioResampler(format="flt", layout=self.layout, rate=self.sample_rate)
        if start is not None and (is_first or is_off):
            self._n_skipped = max(self._n_mixed - start, 0)
            yield from self._silence(start - self._n_mixed)
        original.pts = None
        yield from self._resampled(original)

    def rest(self) -> Iterator[AudioFrame]:
        """Yield the rest of the original and of the dub."""
        yield from self._flushed()
        while not self._dub.is_finished:
            yield from self._mix(None, self._dub.read(_BLOCK_SAMPLES))
        yield from self._frames(self._limiter.flush())

    def _flushed(self) -> Iterator[AudioFrame]:
        if self._original is not None:
            yield from self._resampled(None)
            self._original = None

    def _resampled(self, original: AudioFrame | None) -> Iterator[AudioFrame]:
        assert self._original is not None
        frames: list[AudioFrame | None] = list(self._original.resample(original))
        for frame in frames:
            if frame is None:  # PyAV's answer to the end of audio that it didn't have to convert
                continue
            samples = frame.to_ndarray().reshape(-1, len(self._weights))
            kept = samples[self._n_skipped :]
            self._n_skipped -= len(samples) - len(kept)
            if len(kept):
                yield from self._mix(kept)

    def _silence(self, n_samples: int) -> Iterator[AudioFrame]:
        for start in range(0, n_samples, _BLOCK_SAMPLES):
            yield from self._mix(np.zeros((min(_BLOCK_SAMPLES, n_samples - start), len(self._weights)), np.float32))

    def _mix(self, original: NDArray[Any] | None, speech: NDArray[np.float32] | None = None) -> Iterator[AudioFrame]:
        """Mix a block of the original (None: silence) with `speech`, or with the dub's next samples."""
        if speech is None:
            speech = self._dub.read(0 if original is None else len(original), pad=True)
        mixed = speech[:, np.newaxis] * self._weights
        if original is not None:
            mixed += original * self._curve.gain(self._n_mixed, len(original), self.sample_rate)[:, np.newaxis]
        self._n_mixed += len(speech)
        yield from self._frames(self._limiter.process(mixed if len(self._weights) > 1 else mixed[:, 0]))

    def _frames(self, mixed: NDArray[Any]) -> Iterator[AudioFrame]:
        if len(mixed):
            yield _frame(mixed, self.sample_rate, self.layout, self._n_out)
            self._n_out += len(mixed)


class _SampleReader:
    """Reads a dub in blocks of any size."""

    def __init__(self, dub: AudioReader) -> None:
        self._blocks = dub.blocks()
        self._held = np.zeros(0, np.float32)
        self.is_finished = False

    def read(self, n_samples: int, *, pad: bool = False) -> NDArray[np.float32]:
        parts, n_held = [self._held], len(self._held)
        while n_held < n_samples and not self.is_finished:
            block = next(self._blocks, None)
            if block is None:
                self.is_finished = True
            else:
                parts.append(block)
                n_held += len(block)
        held = np.concatenate(parts) if len(parts) > 1 else parts[0]
        taken, self._held = held[:n_samples], held[n_samples:]
        return np.pad(taken, (0, n_samples - len(taken))) if pad else taken


def _weights(layout: str) -> NDArray[np.float32]:
    names = [channel.name for channel in AudioLayout(layout).channels]
    if len(names) == 1 or "FC" in names:
        return np.array([len(names) == 1 or name == "FC" for name in names], np.float32)
    front = [name in ("FL", "FR") for name in names]
    chosen = front if any(front) else [True] * len(names)
    weights: NDArray[np.float32] = np.array(chosen, np.float32) / np.float32(np.sqrt(sum(chosen)))
    return weights


def _frame(samples: NDArray[Any], sample_rate: int, layout: str, first_sample: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout=layout
    )
    frame.sample_rate = sample_rate
    frame.time_base = Fraction(1, sample_rate)
    frame.pts = first_sample
    return frame
