"""Tiled convolution by short Fourier transforms, with all steps as matrix products.

A convolution over `n_taps` samples costs `n_taps` matrix products per sample. In tiles of `size` samples it costs one
per frequency, which are fewer: a real Fourier transform diagonalizes the tile's circular convolution (overlap-save),
and a complex product takes three real ones (Gauss). The transforms are short enough to be matrix products as well. In
float32 the result differs from a plain convolution's in the last bits.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import torch

from .interrupts import Check
from .styles import Affine


class Transform(NamedTuple):
    """`inverse @ ((kernel @ w) * (forward @ x))` is the correlation of a tile x with the taps w.

    `forward [n_points, size]`, `kernel [n_points, n_taps]`, `inverse [size - n_taps + 1, n_points]`.
    """

    forward: torch.Tensor
    kernel: torch.Tensor
    inverse: torch.Tensor


@cache
def transform_of(n_taps: int, size: int) -> Transform:
    """Return the three matrices in float64. `size` is even and at least `n_taps`."""
    samples, taps = torch.arange(size, dtype=torch.float64), torch.arange(n_taps, dtype=torch.float64)
    outputs = torch.arange(size - n_taps + 1, dtype=torch.float64)
    forward, kernel, inverse = [], [], []
    for frequency in range(size // 2 + 1):
        turn = 2 * math.pi * frequency / size
        x_real, x_imag = torch.cos(turn * samples), -torch.sin(turn * samples)
        w_real, w_imag = torch.cos(turn * taps), torch.sin(turn * taps)  # conjugate: correlation, not convolution
        y_real, y_imag = torch.cos(turn * outputs) / size, -torch.sin(turn * outputs) / size
        if frequency in {0, size // 2}:
            forward.append(x_real)
            kernel.append(w_real)
            inverse.append(y_real)
        else:
            # The negative frequency is the conjugate, hence the 2. real = a - c and imaginary = a + b of Gauss's three.
            forward += [x_real + x_imag, x_real, x_imag]
            kernel += [w_real, w_imag - w_real, w_real + w_imag]
            inverse += [2 * (y_real + y_imag), 2 * y_imag, -2 * y_real]
    return Transform(torch.stack(forward), torch.stack(kernel), torch.stack(inverse, dim=1))


def tile_size(n_taps: int, n_channels: int) -> int:
    """Return the fastest measured tile size; among those within a few percent, the one with the least memory."""
    if n_taps <= 3:
        return 8
    if n_taps <= 7 and n_channels > 128:
        return 16
    return 32 if n_taps <= 16 else 1 << (2 * n_taps - 1).bit_length()


class Scratch:
    """Reused buffers, which stay in the CPU's cache and whose pages are touched once."""

    def __init__(self) -> None:
        self._buffers: dict[str, torch.Tensor] = {}

    def take(self, name: str, *shape: int) -> torch.Tensor:
        """Return a tensor with arbitrary content; later calls with the same name return the same memory."""
        count = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < count:
            buffer = self._buffers[name] = torch.empty(count)
        return buffer[:count].view(shape)


class TiledConvolution:
    """A convolution over time with dilation and zero padding ("same") of the snake of an affine map of its input.

    The snake is `t + sin(t)^2`; its usual factor is part of the affine map, and its inverse part of
    `weight [out, in, n_taps]`. Input and output have time first: `[n, n_channels]`, float32, on the CPU.
    """

    def __init__(self, weight: torch.Tensor, dilation: int, block_values: int) -> None:
        self.n_out, self._n_in, self._n_taps = weight.shape
        self._dilation = dilation
        self._size = tile_size(self._n_taps, max(self.n_out, self._n_in))
        matrices = transform_of(self._n_taps, self._size)
        self._forward, self._inverse = matrices.forward.float(), matrices.inverse.float()
        taps = weight.permute(2, 1, 0).reshape(self._n_taps, -1)
        self._weights = torch.mm(matrices.kernel.float(), taps).view(-1, self._n_in, self.n_out)
        self._step = self._size - self._n_taps + 1
        self.span = self._step * dilation
        self._block = max(1, block_values // (self.span * self._n_in))

    def run(
        self, x: torch.Tensor, affine: Affine, out: torch.Tensor, scratch: Scratch, check: Check, *, add: bool
    ) -> None:
        """Write the result to `out` (at least `[n + span, n_out]`), or add it; rows from n on are undefined."""
        tiles = -(-len(x) // self.span)
        for first in range(0, tiles, self._block):
            check()
            self._run_block(x, affine, out, scratch, first, min(self._block, tiles - first), add)

    def _run_block(
        self, x: torch.Tensor, affine: Affine, out: torch.Tensor, scratch: Scratch, first: int, tiles: int, add: bool
    ) -> None:
        size, step, span, dilation = self._size, self._step, self.span, self._dilation
        n_in, n_out = self._n_in, self.n_out
        reach = (self._n_taps - 1) // 2 * dilation
        begin, count = first * span - reach, tiles * span + 2 * reach
        low, high = max(0, begin), min(len(x), begin + count)
        affine_out, sine = scratch.take("affine", count, n_in), scratch.take("sine", count, n_in)
        affine_out[: low - begin].zero_()
        affine_out[high - begin :].zero_()
        torch.addcmul(affine.shift, x[low:high], affine.scale, out=affine_out[low - begin : high - begin])
        torch.sin(affine_out, out=sine)
        # Overlapping tiles as a view; with a dilation, neighboring samples belong to different tiles.
        shape, strides = (size, tiles, dilation, n_in), (dilation * n_in, span * n_in, n_in, 1)
        sines = sine.as_strided(shape, strides)
        gathered = scratch.take("gathered", *shape)
        torch.addcmul(affine_out.as_strided(shape, strides), sines, sines, out=gathered)
        n_points, columns = len(self._forward), tiles * dilation
        points = scratch.take("points", n_points, columns * n_in)
        torch.mm(self._forward, gathered.view(size, -1), out=points)
        products = scratch.take("products", n_points, columns, n_out)
        torch.bmm(points.view(n_points, columns, n_in), self._weights, out=products)
        results = scratch.take("gathered", step, columns * n_out)
        torch.mm(self._inverse, products.view(n_points, -1), out=results)
        target = out.as_strided(
            (step, tiles, dilation, n_out),
            (dilation * n_out, span * n_out, n_out, 1),
            out.storage_offset() + first * span * n_out,
        )
        if add:
            target.add_(results.view_as(target))
        else:
            target.copy_(results.view_as(target))
