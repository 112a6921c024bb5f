"""Speech from text and a recording: the package's network, in a loop of our own over the steps from noise to speech.

The package draws noise from the global generator in threads, and lets padding into the rows of a batch. Here each row
has the noise and the text layers that it has alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch

from ...utils.streaming import Cancelled
from ..errors import CancelledError
from .checkpoint import N_CHANNELS
from .package import Package

Tensor = Any


class Row(NamedTuple):
    """A piece to speak.

    Args:
        reference: The mel spectrogram of the recording, `[n_frames, N_CHANNELS]`, float32.
        text: The rows of the vocabulary for the recording's words and those of the piece, `[n_signs]`.
        n_frames: The length of the speech.
        noise: `[reference and speech, N_CHANNELS]`, float32.
    """

    reference: Tensor
    text: Tensor
    n_frames: int
    noise: Tensor

    @property
    def total_frames(self) -> int:
        """The length of the recording and the speech."""
        return int(self.reference.shape[0]) + self.n_frames


class Settings(NamedTuple):
    """How a row is spoken: the number of steps, the strength of guidance, and where the steps are."""

    steps: int
    cfg_strength: float
    sway: float


class Network:
    """A loaded network. What it returns for a row is a function of the row alone. Not thread-safe."""

    def __init__(self, package: Package, dit: Any, device: torch.device, dtype: torch.dtype) -> None:
        self._time_steps = package.time_steps
        self._dit = dit.to(device, dtype)
        # In half precision, positions and frequencies above 2048 would be rounded.
        self._dit.rotary_embed.float()
        self._device, self._dtype = device, dtype
        self._checks: list[Cancelled] = []
        for block in dit.transformer_blocks:
            block.register_forward_pre_hook(self._check_cancelled)

    def speak(self, rows: Sequence[Row], settings: Settings, cancelled: Sequence[Cancelled]) -> list[Tensor | None]:
        """Return the mel spectrogram of each row, `[last frame of the recording and n_frames, N_CHANNELS]`, float32.

        None for a row that was cancelled: it leaves the batch at the next step, and the others go on.
        """
        results: list[Tensor | None] = [None] * len(rows)
        going = [position for position in range(len(rows)) if not cancelled[position]()]
        if not going:
            return results
        batch = _Batch(self, [rows[position] for position in going])
        try:
            for begin, end in pairwise(self._times(settings)):
                kept = [at for at, position in enumerate(going) if not cancelled[position]()]
                if not kept:
                    return results
                if len(kept) < len(going):
                    going = [going[at] for at in kept]
                    batch.keep(kept)
                self._checks = [cancelled[position] for position in going]
                batch.step(begin, end, settings.cfg_strength)
        except CancelledError:
            return results
        finally:
            self._checks = []
            self._dit.clear_cache()
        for at, position in enumerate(going):
            row = rows[position]
            begin_frame = row.reference.shape[0]
            speech = batch.state[at, begin_frame : row.total_frames].cpu()
            results[position] = torch.cat((row.reference[-1:], speech))
        return results

    def _times(self, settings: Settings) -> list[Tensor]:
        times = self._time_steps(settings.steps, device="cpu", dtype=torch.float32)
        times = times + settings.sway * (torch.cos(torch.pi / 2 * times) - 1 + times)
        return list(times)

    def _check_cancelled(self, *_: object) -> None:
        if self._checks and all(is_cancelled() for is_cancelled in self._checks):
            raise CancelledError

    def text_layers(self, row: Row, *, drop_text: bool) -> Tensor:
        """Return a row's text, as alone: its layers look at all frames, and would look at a batch's padding."""
        text = row.text[None].to(self._device)
        return self._dit.text_embed(text, seq_len=row.total_frames, drop_text=drop_text)[0]

    def flow(self, batch: _Batch, time: Tensor, cfg_strength: float) -> Tensor:
        """Return the direction in which the network leads a batch from noise to speech, float32."""
        # The network finds the text's layers where it would have kept them.
        self._dit.text_cond, self._dit.text_uncond = batch.text, batch.no_text
        guided = cfg_strength > 0
        out = self._dit(
            x=batch.state.to(self._dtype),
            cond=batch.reference,
            text=batch.text,
            time=time.to(self._device, self._dtype),
            mask=batch.mask,
            cfg_infer=guided,
            cache=True,
        ).float()
        if not guided:
            return out
        with_text, without = out.chunk(2)
        return with_text + (with_text - without) * cfg_strength

    def moved(self, tensor: Tensor) -> Tensor:
        """Return a tensor on the network's device, in its dtype."""
        return tensor.to(self._device, self._dtype)

    def on_device(self, tensor: Tensor) -> Tensor:
        """Return a tensor on the network's device."""
        return tensor.to(self._device)


class _Batch:
    """Rows on their way from noise to speech, padded to the longest one."""

    def __init__(self, network: Network, rows: Sequence[Row]) -> None:
        self._network = network
        pad = torch.nn.utils.rnn.pad_sequence
        self.lengths = torch.tensor([row.total_frames for row in rows])
        with torch.inference_mode():
            self.text = pad([network.text_layers(row, drop_text=False) for row in rows], batch_first=True)
            self.no_text = pad([network.text_layers(row, drop_text=True) for row in rows], batch_first=True)
            conditions = [_extended(row.reference, row.total_frames) for row in rows]
            self.reference = network.moved(pad(conditions, batch_first=True))
            self.state = network.on_device(pad([row.noise for row in rows], batch_first=True))
        self._set_mask()

    def _set_mask(self) -> None:
        longest = int(self.lengths.max())
        mask = torch.arange(longest)[None] < self.lengths[:, None]
        self.mask = None if bool(mask.all()) else self._network.on_device(mask)

    def keep(self, kept: Sequence[int]) -> None:
        """Drop all other rows."""
        self.lengths = self.lengths[list(kept)]
        longest = int(self.lengths.max())
        for name in ("text", "no_text", "reference", "state"):
            setattr(self, name, getattr(self, name)[list(kept), :longest])
        self._set_mask()

    def step(self, begin: Tensor, end: Tensor, cfg_strength: float) -> None:
        """Go from one time to the next."""
        with torch.inference_mode():
            flow = self._network.flow(self, begin, cfg_strength)
            self.state = self.state + (end - begin).item() * flow


def _extended(reference: Tensor, n_frames: int) -> Tensor:
    return torch.nn.functional.pad(reference, (0, 0, 0, n_frames - reference.shape[0]))


def draw_noise(generator: torch.Generator, n_frames: int) -> Tensor:
    """Return the noise of a piece, drawn on the CPU, so that every device gets the same."""
    return torch.randn(n_frames, N_CHANNELS, generator=generator)
