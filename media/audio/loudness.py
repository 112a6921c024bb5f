"""Measure loudness (ITU-R BS.1770-5, EBU R 128), and adjust it to a target."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from .filter_chain import FilterChain
from .limiter import Limiter
from .pcm import check_float32
from .resample import Resampler

_STEP_S = 0.1
_STEPS_PER_BLOCK = 4
"""Gating blocks of 400 ms that overlap by three quarters (BS.1770-5, annex 1)."""
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LUFS = -0.691
_OVERSAMPLING = 4
_MAX_CHANNELS = 2
_BLOCK_SAMPLES = 1 << 16
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
_HIGH_PASS = (38.13547087602444, 0.5003270373238773)
"""Hz, dB and Q of the two filters of K-weighting. BS.1770 has coefficients for 48 kHz only; these are their analog
prototypes (B. De Man, "Evaluation of implementations of the EBU R 128 loudness measurement", 2018)."""


class Loudness(msgspec.Struct, frozen=True):
    """A measurement. `integrated_lufs` is None if no block passes the gates: silence, or less than 0.4 s."""

    integrated_lufs: float | None
    true_peak_dbtp: float
    """The highest peak, including peaks between samples; -inf for silence."""
    duration_s: float


class LoudnessMeter:
    """Measures streaming mono audio at `sample_rate` Hz as a single channel. Memory: 8 bytes per 100 ms."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._weighting = FilterChain(sample_rate, _k_weighting(sample_rate), sample_format="dbl")
        self._oversampler = Resampler(sample_rate, sample_rate * _OVERSAMPLING)
        self._n_in = 0
        self._n_weighted = 0
        self._peak = 0.0
        self._step_energies = array("d")
        self._step_energy = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Add float32 samples `[n_samples]`.

        ValueError for NaN, infinities or another shape; TypeError for another type.
        """
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
        if not np.isfinite(samples).all():
            raise ValueError("the samples contain NaN or infinities")
        self._n_in += len(samples)
        self._add_peak(samples)
        self._add_peak(self._oversampler.process(samples))
        self._add_energy(self._weighting.process(samples))

    def result(self) -> Loudness:
        """End the measurement and return it."""
        return self._result([self])

    def _result(self, meters: Sequence[LoudnessMeter]) -> Loudness:
        """End the measurements of all channels, including this one, and return their loudness."""
        for meter in meters:
            meter._add_peak(meter._oversampler.flush())  # noqa: SLF001  same class
            meter._add_energy(meter._weighting.flush())  # noqa: SLF001
        peak = max(meter._peak for meter in meters)  # noqa: SLF001
        energies = np.sum([np.array(meter._step_energies) for meter in meters], axis=0)  # noqa: SLF001
        return Loudness(
            integrated_lufs=self._integrated(energies),
            true_peak_dbtp=20 * math.log10(peak) if peak else -math.inf,
            duration_s=self._n_in / self._sample_rate,
        )

    @classmethod
    def of_recording(cls, samples: NDArray[np.float32], sample_rate: int) -> Loudness:
        """Return the loudness of a whole recording, `[1, n_samples]` or `[2, n_samples]` (left, right).

        The channels' energies are added (BS.1770-5, annex 1). ValueError for more channels, since their weights depend
        on unknown loudspeaker positions.
        """
        if samples.ndim != 2 or not 1 <= len(samples) <= _MAX_CHANNELS:
            raise ValueError(
                f"loudness needs one or two channels, not an array of shape {samples.shape}; mix the channels first"
            )
        meters = [cls(sample_rate) for _ in samples]
        for meter, channel in zip(meters, samples, strict=True):
            for start in range(0, len(channel), _BLOCK_SAMPLES):
                meter.add(np.ascontiguousarray(channel[start : start + _BLOCK_SAMPLES]))
        return meters[0]._result(meters)  # noqa: SLF001

    def _add_peak(self, samples: NDArray[np.float32]) -> None:
        if samples.size:
            self._peak = max(self._peak, float(samples.max()), -float(samples.min()))

    def _add_energy(self, weighted: NDArray[np.float64]) -> None:
        """Sum squares over steps of 100 ms; each step's border is rounded to a sample separately."""
        while len(weighted):
            step_end = round((len(self._step_energies) + 1) * _STEP_S * self._sample_rate)
            part = weighted[: step_end - self._n_weighted]
            self._step_energy += float(np.dot(part, part))
            self._n_weighted += len(part)
            weighted = weighted[len(part) :]
            if self._n_weighted == step_end:
                self._step_energies.append(self._step_energy)
                self._step_energy = 0.0

    def _integrated(self, energies: NDArray[np.float64]) -> float | None:
        steps = energies / (_STEP_S * self._sample_rate)
        if len(steps) < _STEPS_PER_BLOCK:
            return None
        blocks = np.convolve(steps, np.full(_STEPS_PER_BLOCK, 1 / _STEPS_PER_BLOCK), mode="valid")
        blocks = blocks[blocks > _energy(_ABSOLUTE_GATE_LUFS)]
        if not blocks.size:
            return None
        blocks = blocks[blocks > _energy(_lufs(float(blocks.mean())) + _RELATIVE_GATE_LU)]
        return _lufs(float(blocks.mean()))


class Leveler:
    """Applies a gain to a stream and limits its true peaks to a ceiling (dBTP). Channels as in `Limiter`.

    Without peaks above the ceiling, only the gain is applied.
    """

    def __init__(self, sample_rate: int, gain_db: float, ceiling_dbtp: float = -1.0, *, channels: int = 1) -> None:
        self._gain = np.float32(10 ** (gain_db / 20))
        self._limiter = Limiter(sample_rate, ceiling_dbtp, true_peak=True, channels=channels)

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Process float32 samples and return those that are ready."""
        return self._limiter.process(samples * self._gain)

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the remaining samples. In total, the output is as long as the input."""
        return self._limiter.flush()


def gain_to(target_lufs: float, loudness: Loudness) -> float:
    """Return the gain in dB that brings a recording to a target; 0 if its loudness is None."""
    return 0.0 if loudness.integrated_lufs is None else target_lufs - loudness.integrated_lufs


def _energy(lufs: float) -> float:
    return 10 ** ((lufs - _OFFSET_LUFS) / 10)


def _lufs(energy: float) -> float:
    return _OFFSET_LUFS + 10 * math.log10(energy)


def _k_weighting(sample_rate: int) -> list[tuple[str, str]]:
    """Return the filters of K-weighting at a rate: the bilinear transforms of their prototypes."""
    hz, gain_db, q = _SHELF
    k = math.tan(math.pi * hz / sample_rate)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        ((high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0),
        (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0),
    )
    hz, q = _HIGH_PASS
    k = math.tan(math.pi * hz / sample_rate)
    a0 = 1 + k / q + k * k
    high_pass = ((1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))
    names = ("b0", "b1", "b2", "a0", "a1", "a2")
    return [
        ("biquad", ":".join(f"{name}={value:.17g}" for name, value in zip(names, (*b, *a), strict=True)) + ":r=f64")
        for b, a in (shelf, high_pass)
    ]
