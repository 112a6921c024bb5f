"""Sums of shifted products: transposed convolutions, narrow convolutions and the inverse STFT, with time first."""

from __future__ import annotations

import math

import torch
from torch.nn import functional


class Upsampling:
    """A transposed convolution, without its bias: each input row adds `n_taps` rows to the output."""

    def __init__(
        self, weight: torch.Tensor, stride: int, padding: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        n_in, self._n_out, n_taps = weight.shape
        self._stride, self._padding, self._n_taps = stride, padding, n_taps
        shifts = -(-n_taps // stride)
        taps = functional.pad(weight, (0, shifts * stride - n_taps)).permute(0, 2, 1)
        # [shifts, n_in, stride * n_out]: what an input row adds to the output rows `shift` strides later
        parts = taps.reshape(n_in, shifts, stride * self._n_out).transpose(0, 1)
        self._weights = parts.contiguous().to(device, dtype)

    def run(self, x: torch.Tensor) -> torch.Tensor:
        """Return `[(n - 1) * stride + n_taps - 2 * padding, n_out]` for `x [n, n_in]`."""
        shifts, _, columns = self._weights.shape
        out = x.new_zeros(len(x) + shifts - 1, columns)
        for shift, weight in enumerate(self._weights):
            out[shift : shift + len(x)].addmm_(x, weight)
        length = (len(x) - 1) * self._stride + self._n_taps - 2 * self._padding
        return out.view(-1, self._n_out)[self._padding : self._padding + length]


def conv_rows_weight(weight: torch.Tensor) -> torch.Tensor:
    """Return a convolution's weight `[out, in, n_taps]` as `conv_rows` takes it: `[in, n_taps * out]`."""
    return weight.permute(1, 2, 0).flatten(1).contiguous()


def conv_rows(x: torch.Tensor, weight: torch.Tensor, n_taps: int) -> torch.Tensor:
    """Return `x [n, in]` convolved over time, zero-padded: `[n, out]`. All taps in one product, for few outputs."""
    products = (x @ weight).view(len(x), n_taps, -1)
    middle = n_taps // 2
    out = products[:, middle].clone()
    for tap in range(n_taps):
        lead = tap - middle  # out[t] takes x[t + lead]
        if lead < 0:
            out[-lead:] += products[:lead, tap]
        elif lead > 0:
            out[:-lead] += products[lead:, tap]
    return out


class SpectrumInverse:
    """The inverse of a centered short-time Fourier transform with a Hann window, as torch.istft defines it."""

    def __init__(self, n_fft: int, hop: int, device: torch.device) -> None:
        self._n_fft, self._hop = n_fft, hop
        window = torch.hann_window(n_fft, dtype=torch.float64)
        bins, samples = torch.arange(n_fft // 2 + 1, dtype=torch.float64), torch.arange(n_fft, dtype=torch.float64)
        turns = 2 * math.pi * torch.outer(bins, samples) / n_fft
        share = torch.full((len(bins), 1), 2.0, dtype=torch.float64)
        share[0] = 1
        if n_fft % 2 == 0:
            share[-1] = 1
        real, imaginary = share * turns.cos() * window / n_fft, -share * turns.sin() * window / n_fft
        synthesis = torch.cat([real, imaginary]).float().unsqueeze(1)
        self._synthesis = Upsampling(synthesis, hop, n_fft // 2, device, torch.float32)
        self._envelope = Upsampling(window.square().float().view(1, 1, -1), hop, n_fft // 2, device, torch.float32)

    def run(self, magnitude: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
        """Return `[(n - 1) * hop]` samples for magnitudes and phases `[n, n_bins]`."""
        rows = torch.cat([magnitude * phase.cos(), magnitude * phase.sin()], dim=1)
        samples = self._synthesis.run(rows)
        return (samples / self._envelope.run(rows.new_ones(len(rows), 1))).flatten()
