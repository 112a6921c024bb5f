"""The vocoder's residual blocks: norm, snake activation and convolution, twice per layer, added to the input."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from .checkpoint import Network
from .interrupts import Check
from .styles import Affine, StyleProjection
from .tiles import Scratch, TiledConvolution

_EPSILON = 1e-5
_BLOCK_VALUES = 4096 * 128


class TiledResidual:
    """A block for the CPU in float32, computed with time first. The caller adds its bias (see `bias`)."""

    def __init__(self, block: Network, styles: StyleProjection) -> None:
        self._layers: list[tuple[int, TiledConvolution, int, TiledConvolution]] = []
        self.bias = torch.zeros_like(block.convs2[0].bias)
        """To be added to the output. Norms remove it, so the caller adds it once, after the last block."""
        for convs in zip(
            block.convs1, block.adain1, block.alpha1, block.convs2, block.adain2, block.alpha2, strict=True
        ):
            first, norm1, alpha1, second, norm2, alpha2 = convs
            self._layers.append((*_tiled(first, norm1, alpha1, styles), *_tiled(second, norm2, alpha2, styles)))
            self.bias += second.bias
        self.spare_rows = max(max(first.span, second.span) for _, first, _, second in self._layers)

    def run(self, x: torch.Tensor, affines: Sequence[Affine], scratch: Scratch, check: Check) -> torch.Tensor:
        """Return the output for an input `[n, n_channels]`, without `bias`, in the scratch's memory."""
        shape = (len(x) + self.spare_rows, x.shape[1])
        total, inner = scratch.take("total", *shape), scratch.take("inner", *shape)
        rows, between = total[: len(x)], inner[: len(x)]
        rows.copy_(x)
        total[len(x) :].zero_()
        for place1, first, place2, second in self._layers:
            check()
            first.run(rows, _normed(rows, affines[place1]), inner, scratch, check, add=False)
            second.run(between, _normed(between, affines[place2]), total, scratch, check, add=True)
        return rows


def _tiled(conv: Network, norm: Network, alpha: torch.Tensor, styles: StyleProjection) -> tuple[int, TiledConvolution]:
    gain = alpha.flatten()
    tiled = TiledConvolution(conv.weight / gain.view(1, -1, 1), conv.dilation[0], _BLOCK_VALUES)
    conv.weight = None
    return styles.add(norm, gain), tiled


def _normed(x: torch.Tensor, affine: Affine) -> Affine:
    mean, variance = torch.batch_norm_update_stats(x, None, None, 0.0)
    scale = affine.scale * torch.rsqrt(variance + _EPSILON)
    return Affine(scale, torch.addcmul(affine.shift, mean, scale, value=-1))


class PlainResidual:
    """The same block for any device and precision; statistics are computed in float32."""

    spare_rows = 0

    def __init__(self, block: Network, styles: StyleProjection, device: torch.device, dtype: torch.dtype) -> None:
        self._layers: list[tuple[int, torch.Tensor, int, int, torch.Tensor]] = []
        self.bias = torch.zeros_like(block.convs2[0].bias)
        for convs in zip(
            block.convs1, block.adain1, block.alpha1, block.convs2, block.adain2, block.alpha2, strict=True
        ):
            first, norm1, alpha1, second, norm2, alpha2 = convs
            self._layers.append(
                (
                    styles.add(norm1, alpha1.flatten()),
                    (first.weight / alpha1.view(1, -1, 1)).to(device, dtype),
                    first.dilation[0],
                    styles.add(norm2, alpha2.flatten()),
                    (second.weight / alpha2.view(1, -1, 1)).to(device, dtype),
                )
            )
            first.weight = second.weight = None
            self.bias += second.bias

    def run(self, x: torch.Tensor, affines: Sequence[Affine], scratch: Scratch, check: Check) -> torch.Tensor:
        """Return the output for an input `[n, n_channels]`, without `bias`."""
        total = x.t().unsqueeze(0).contiguous()
        for place1, first, dilation, place2, second in self._layers:
            check()
            inner = _plain(total, affines[place1], first, dilation)
            check()
            total = total + _plain(inner, affines[place2], second, 1)
        return total[0].t()


def _plain(x: torch.Tensor, affine: Affine, weight: torch.Tensor, dilation: int) -> torch.Tensor:
    affine_out = functional.batch_norm(x, None, None, affine.scale, affine.shift, training=True, eps=_EPSILON)
    sine = torch.sin(affine_out)
    snake = torch.addcmul(affine_out, sine, sine)
    return functional.conv1d(snake, weight, padding=(weight.shape[2] - 1) // 2 * dilation, dilation=dilation)
