"""Noise of one piece, the same on any device, in any order."""

from __future__ import annotations

from typing import Any

import torch

_BLOCK = 256


class NoiseField:
    """Gaussian noise `[channels, position]`, the same whichever parts of it are taken, and in which order.

    It is drawn on the CPU, so that every device gets the same.
    """

    def __init__(self, seed: int, channels: int, *, block: int = _BLOCK) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self._channels = channels
        self._block = block
        self._blocks: list[Any] = []

    def take(self, begin: int, end: int) -> Any:
        """Return the noise of positions `begin` to `end`, float32 on the CPU."""
        first, last = begin // self._block, -(-end // self._block)
        while len(self._blocks) < last:
            self._blocks.append(torch.randn(self._channels, self._block, generator=self.generator))
        if begin == end:
            return torch.zeros(self._channels, 0)
        offset = first * self._block
        return torch.cat(self._blocks[first:last], 1)[:, begin - offset : end - offset]
