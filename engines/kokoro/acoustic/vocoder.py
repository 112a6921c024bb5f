"""The vocoder: from the decoder's features and the excitation to samples."""

from __future__ import annotations

import torch
from torch.nn import functional

from .checkpoint import Network
from .interrupts import Check
from .overlap_add import SpectrumInverse, Upsampling, conv_rows, conv_rows_weight
from .residual import PlainResidual, TiledResidual
from .styles import StyleProjection
from .tiles import Scratch

_SLOPE, _LAST_SLOPE = 0.1, 0.01


class Vocoder:
    """The package's generator with rearranged weights; all tensors have time first: `[n, n_channels]`.

    On the CPU in float32 the residual blocks are tiled (`tiles`), otherwise plain convolutions. Biases whose only
    consumers are norms and the sum at the end of a stage are combined and added there once.
    """

    def __init__(self, generator: Network, device: torch.device, dtype: torch.dtype) -> None:
        self._styles = StyleProjection()
        self._device, self._dtype = device, dtype
        self._n_blocks = len(generator.resblocks) // len(generator.ups)
        tiled = device.type == "cpu" and dtype == torch.float32
        self._stages: list[_Stage] = []
        for number in range(len(generator.ups)):
            blocks = [generator.noise_res[number]]
            blocks += generator.resblocks[number * self._n_blocks : (number + 1) * self._n_blocks]
            residuals: list[TiledResidual | PlainResidual] = [
                TiledResidual(block, self._styles) if tiled else PlainResidual(block, self._styles, device, dtype)
                for block in blocks
            ]
            # A stage sums its blocks instead of averaging them; the factor moves into the next layer, which is possible
            # since a leaky ReLU and linear maps commute with it.
            share = 1.0 if number == 0 else 1 / self._n_blocks
            self._stages.append(_Stage(generator, number, residuals, share, device, dtype))
        self._post = conv_rows_weight(generator.conv_post.weight / self._n_blocks).to(device, dtype)
        self._post_bias = generator.conv_post.bias.to(device)
        self._post_taps = generator.conv_post.weight.shape[2]
        self._n_bins = generator.n_fft // 2 + 1
        self._inverse = SpectrumInverse(generator.n_fft, generator.hop, device)
        self._styles.finish(device)

    def run(self, features: torch.Tensor, source: torch.Tensor, style: torch.Tensor, check: Check) -> torch.Tensor:
        """Return the samples `[n_samples]`, float32, for features `[n, 512]`, the excitation's spectrum and a style."""
        affines = self._styles.affines(style)
        x, source, scratch = features, source.to(self._dtype), Scratch()
        for number, stage in enumerate(self._stages):
            check()
            x = functional.leaky_relu_(x, _SLOPE)
            excitation = stage.residuals[0].run(stage.excite(source), affines, scratch, check)
            x = stage.upsampling.run(x)
            if number == len(self._stages) - 1:  # one more frame than hops, so the first is mirrored
                x = torch.cat([x[1:2], x])
            x += excitation
            total = stage.bias.repeat(len(x), 1)
            for residual in stage.residuals[1:]:
                total += residual.run(x, affines, scratch, check)
            x = total
        check()
        x = functional.leaky_relu_(x, _LAST_SLOPE)
        x = conv_rows(x, self._post, self._post_taps).float() + self._post_bias
        check()
        return self._inverse.run(torch.exp(x[:, : self._n_bins]), torch.sin(x[:, self._n_bins :]))


class _Stage:
    def __init__(
        self,
        generator: Network,
        number: int,
        residuals: list[TiledResidual | PlainResidual],
        share: float,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.residuals = residuals
        up, noise = generator.ups[number], generator.noise_convs[number]
        self.upsampling = Upsampling(up.weight * share, up.stride[0], up.padding[0], device, dtype)
        self._stride, self._padding = noise.stride[0], noise.padding[0]
        self._taps = noise.weight.shape[2]
        self._noise = noise.weight.permute(2, 1, 0).flatten(0, 1).contiguous().to(device, dtype)
        before = up.bias + noise.bias + residuals[0].bias
        self.bias = (before * (len(residuals) - 1) + sum(residual.bias for residual in residuals[1:])).to(device, dtype)

    def excite(self, source: torch.Tensor) -> torch.Tensor:
        """Return the excitation's spectrum `[n, n_bins]` at this stage's rate, without bias."""
        padded = functional.pad(source, (0, 0, self._padding, self._padding)) if self._padding else source
        windows = padded.unfold(0, self._taps, self._stride)  # [n, n_bins, n_taps]
        return torch.mm(windows.transpose(1, 2).flatten(1), self._noise)
