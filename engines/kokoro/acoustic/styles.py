"""The affine maps of all adaptive norms of a network, from a style in one matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from .checkpoint import Network


class Affine(NamedTuple):
    """A norm's factor and offset for each channel, `[n_channels]` each: `norm(x) * scale + shift`."""

    scale: torch.Tensor
    shift: torch.Tensor


class StyleProjection:
    """The adaptive norms of a network, combined into one matrix.

    Each computes `(1 + gamma) * norm(x) + beta` with gamma and beta predicted from the style. The norm may have a
    weight and a bias, and may be followed by a factor `gain` per channel. All of this is linear in the style.
    """

    def __init__(self) -> None:
        self._rows: list[torch.Tensor] = []
        self._offsets: list[torch.Tensor] = []
        self._sizes: list[int] = []
        self._matrix = torch.empty(0)
        self._offset = torch.empty(0)

    def add(self, module: Network, gain: torch.Tensor | None = None) -> int:
        """Add a norm, taking over its weights; return its index in the result of `affines`."""
        linear, norm = module.fc, getattr(module, "norm", None)
        gamma, beta = linear.weight.chunk(2)
        gamma_offset, beta_offset = linear.bias.chunk(2)
        gamma_offset = gamma_offset + 1
        if norm is not None:
            beta = beta + gamma * norm.bias.unsqueeze(1)
            beta_offset = beta_offset + gamma_offset * norm.bias
            gamma, gamma_offset = gamma * norm.weight.unsqueeze(1), gamma_offset * norm.weight
        factor = torch.ones_like(beta_offset) if gain is None else gain
        self._rows += [gamma * factor.unsqueeze(1), beta * factor.unsqueeze(1)]
        self._offsets += [gamma_offset * factor, beta_offset * factor]
        self._sizes += [len(factor), len(factor)]
        module.to("meta")  # its weights are no longer needed
        return len(self._sizes) // 2 - 1

    def finish(self, device: torch.device) -> None:
        """Combine the added norms."""
        self._matrix = torch.cat(self._rows).to(device)
        self._offset = torch.cat(self._offsets).to(device)
        self._rows.clear()
        self._offsets.clear()

    def affines(self, style: torch.Tensor) -> Sequence[Affine]:
        """Return each norm's affine map for a style `[1, n]`, in the order of addition."""
        parts = torch.split(torch.addmv(self._offset, self._matrix, style[0]), self._sizes)
        return [Affine(scale, shift) for scale, shift in zip(parts[::2], parts[1::2], strict=True)]
