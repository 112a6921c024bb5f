"""The excitation signal: sines at the pitch and its harmonics, plus noise, as in the network's training."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from .checkpoint import Network
from .interrupts import Check

_RATE_HZ = 24_000
_VOICED_HZ = 10  # a lower pitch is none
_SINE_AMPLITUDE, _NOISE_STD = 0.1, 0.003


class Source:
    """Computes the excitation's spectrum from F0. Random numbers are drawn in the package's order."""

    def __init__(self, generator_module: Network, device: torch.device) -> None:
        self._linear = generator_module.m_source.l_linear.to(device)
        self._harmonics: int = self._linear.in_features
        self._scale: int = generator_module.n_samples
        self._n_fft, self._hop = generator_module.n_fft, generator_module.hop
        self._window = torch.hann_window(self._n_fft, device=device)

    def spectrum(self, f0_hz: torch.Tensor, generator: torch.Generator, check: Check) -> torch.Tensor:
        """Return magnitudes and angles `[1 + n_samples / hop, n_fft + 2]` for F0 `[1, n]`, float32.

        The package upsamples the pitch and interpolates it down again. Linear interpolation by a whole even factor
        reads two samples in the middle of each value, so the result is the values themselves, and the random initial
        phase is never used.
        """
        harmonics = torch.arange(1, self._harmonics + 1, dtype=torch.float32, device=f0_hz.device).unsqueeze(1)
        turns = ((f0_hz.unsqueeze(1) * harmonics) / _RATE_HZ) % 1
        torch.rand(1, self._harmonics, generator=generator)  # the package draws the initial phases too
        phase = torch.cumsum(turns, dim=2) * 2 * torch.pi
        sines = functional.interpolate(phase * self._scale, scale_factor=self._scale, mode="linear").sin_()
        check()
        noise = _normal(sines.numel(), generator).view_as(sines).to(sines.device)
        voiced = (f0_hz > _VOICED_HZ).to(torch.float32).repeat_interleave(self._scale, dim=1).unsqueeze(1)
        check()
        noise *= voiced * _NOISE_STD + (1 - voiced) * _SINE_AMPLITUDE / 3
        sines.mul_(_SINE_AMPLITUDE).mul_(voiced).add_(noise)
        merged = torch.tanh(self._linear(sines.transpose(1, 2))).squeeze(2)
        check()
        spectrum = torch.stft(merged, self._n_fft, self._hop, self._n_fft, window=self._window, return_complex=True)
        return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)[0].t().contiguous()


def _normal(count: int, generator: torch.Generator) -> torch.Tensor:
    """Return the standard normal numbers of torch's `normal_` on non-contiguous memory, in half the time.

    Each pair of uniform numbers gives two normal ones (Box-Muller, in double precision).
    """
    pairs = (count + 1) // 2
    uniform = torch.rand(pairs, 2, dtype=torch.float64, generator=generator)
    angle = uniform[:, 0] * (2 * math.pi)
    radius = torch.sqrt(torch.log1p(-uniform[:, 1]) * -2)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1).flatten()[:count].to(torch.float32)
