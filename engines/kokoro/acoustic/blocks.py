"""The blocks before the vocoder: the decoder, and the curves of pitch and energy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

from .checkpoint import Network
from .interrupts import Check
from .styles import Affine, StyleProjection

_EPSILON = 1e-5
_SLOPE = 0.2


class StyledBlock:
    """The package's AdainResBlk1d: norm, leaky ReLU, convolution, twice, plus a shortcut; `[1, n_channels, n]`."""

    def __init__(self, block: Network, styles: StyleProjection, device: torch.device, dtype: torch.dtype) -> None:
        self._first_norm, self._second_norm = styles.add(block.norm1), styles.add(block.norm2)
        self._first, self._second = _weights(block.conv1, device, dtype), _weights(block.conv2, device, dtype)
        self.doubles: bool = block.doubles
        self._pool = _weights(block.pool, device, dtype) if self.doubles else None
        self._groups = block.conv1.weight.shape[1]
        self._shortcut = None if block.conv1x1 is None else block.conv1x1.weight.to(device, dtype)

    def run(self, x: torch.Tensor, affines: Sequence[Affine]) -> torch.Tensor:
        """Return the output, twice as long if the block upsamples."""
        inner = _activate(x, affines[self._first_norm])
        if self._pool is not None:
            inner = functional.conv_transpose1d(
                inner, *self._pool, stride=2, padding=1, output_padding=1, groups=self._groups
            )
        inner = functional.conv1d(inner, *self._first, padding=1)
        inner = functional.conv1d(_activate(inner, affines[self._second_norm]), *self._second, padding=1)
        # Upsampling by nearest neighbors commutes with the product, and is cheaper after it.
        straight = x if self._shortcut is None else functional.conv1d(x, self._shortcut)
        if self.doubles:
            straight = straight.repeat_interleave(2, dim=2)
        return inner.add_(straight).mul_(1 / math.sqrt(2))


class Curves(NamedTuple):
    """F0 in Hz and energy (the natural logarithm of the sound's power), `[1, 2 * n_frames]` each."""

    f0_hz: torch.Tensor
    energy: torch.Tensor


_Head = tuple[list[StyledBlock], tuple[torch.Tensor, torch.Tensor]]
"""The blocks of one curve, and its projection's weight and bias."""


class CurvePredictor:
    """F0 and energy from the stretched encoding; always float32."""

    def __init__(self, predictor: Network, device: torch.device) -> None:
        self._styles = StyleProjection()
        self._shared = predictor.shared.to(device)
        self._heads: list[_Head] = [
            (
                [StyledBlock(block, self._styles, device, torch.float32) for block in blocks],
                _weights(head, device, torch.float32),
            )
            for blocks, head in ((predictor.F0, predictor.F0_proj), (predictor.N, predictor.N_proj))
        ]
        self._styles.finish(device)

    def run(self, encoding: torch.Tensor, style: torch.Tensor, check: Check) -> Curves:
        """Return the curves for an encoding `[1, n_frames, n]`."""
        return Curves(*self._run(encoding, style, check, self._heads))

    def energy(self, encoding: torch.Tensor, style: torch.Tensor, check: Check) -> torch.Tensor:
        """Return only the energy for an encoding `[1, n_frames, n]`, in half the time."""
        return self._run(encoding, style, check, self._heads[1:])[0]

    def _run(
        self, encoding: torch.Tensor, style: torch.Tensor, check: Check, heads: Sequence[_Head]
    ) -> list[torch.Tensor]:
        affines = self._styles.affines(style)
        check()
        shared = self._shared(encoding)[0].transpose(1, 2).contiguous()
        curves = []
        for blocks, projection in heads:
            x = shared
            for block in blocks:
                check()
                x = block.run(x, affines)
            curves.append(functional.conv1d(x, *projection)[:, 0])
        return curves


class Decoder:
    """Features for the vocoder from the stretched text encoding and the curves."""

    def __init__(self, decoder: Network, device: torch.device, dtype: torch.dtype) -> None:
        self._styles = StyleProjection()
        self._dtype = dtype
        self._encode = StyledBlock(decoder.encode, self._styles, device, dtype)
        self._decode = [StyledBlock(block, self._styles, device, dtype) for block in decoder.decode]
        self._f0, self._energy = (_weights(conv, device, torch.float32) for conv in (decoder.F0_conv, decoder.N_conv))
        self._narrow = _weights(decoder.asr_res[0], device, dtype)
        self._styles.finish(device)

    def run(self, text: torch.Tensor, curves: Curves, style: torch.Tensor, check: Check) -> torch.Tensor:
        """Return features `[2 * n_frames, 512]`, time first, for an encoding `[1, 512, n_frames]`."""
        affines = self._styles.affines(style)
        f0 = functional.conv1d(curves.f0_hz.unsqueeze(1), *self._f0, stride=2, padding=1).to(self._dtype)
        energy = functional.conv1d(curves.energy.unsqueeze(1), *self._energy, stride=2, padding=1).to(self._dtype)
        text = text.to(self._dtype)
        check()
        x = self._encode.run(torch.cat([text, f0, energy], dim=1), affines)
        narrow = functional.conv1d(text, *self._narrow)
        doubled = False
        for block in self._decode:
            check()
            x = block.run(x if doubled else torch.cat([x, narrow, f0, energy], dim=1), affines)
            doubled = doubled or block.doubles
        return x[0].t().contiguous()


def _weights(conv: Network, device: torch.device, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    return conv.weight.to(device, dtype), conv.bias.to(device, dtype)


def _activate(x: torch.Tensor, affine: Affine) -> torch.Tensor:
    normed = functional.batch_norm(x, None, None, affine.scale, affine.shift, training=True, eps=_EPSILON)
    return functional.leaky_relu_(normed, _SLOPE)
