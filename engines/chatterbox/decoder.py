"""Speech codes to frames of a mel spectrogram: the package's flow decoder, with noise of one's own.

The package takes noise from the global generator, changes the voice that it is given, and can't be stopped.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it

from ...utils.streaming import Cancelled
from ..errors import CancelledError
from ..speech_tokens.windows import Window
from .noise import NoiseField
from .voice import VoiceConditionals
from .windows import FRAMES_PER_TOKEN, final_frames

N_MELS = 80


class FlowDecoder:
    """The decoder of one model.

    Args:
        decoder: The package's module (`S3Gen`).
    """

    def __init__(self, decoder: Any) -> None:
        self._flow = decoder.flow
        self._meanflow: bool = decoder.meanflow

    def frames(
        self,
        codes: Sequence[int],
        window: Window,
        voice: VoiceConditionals,
        noise: NoiseField,
        steps: int,
        cancelled: Cancelled,
    ) -> Any:
        """Return the final frames of a window, `[1, 80, n_frames]`.

        Args:
            codes: The codes of the whole piece so far.
            window: What to decode of them.
            voice: Whose voice.
            noise: The piece's noise: first that of the voice's own codes, then of its frames.
            steps: The number of steps.
            cancelled: Asked before each step.

        Raises:
            CancelledError: It was cancelled.
        """
        n_prompt = voice.decoder_mel.shape[1]
        begin, end = (n_prompt + FRAMES_PER_TOKEN * position for position in (window.begin, window.end))
        given = torch.cat([noise.take(0, n_prompt), noise.take(begin, end)], 1)[None]
        mel = self.decode(codes[window.begin : window.end], voice, given, steps, cancelled)
        first, last = final_frames(window)
        return mel[:, :, : last - first]

    @torch.inference_mode()
    def decode(
        self, codes: Sequence[int], voice: VoiceConditionals, noise: Any, steps: int, cancelled: Cancelled
    ) -> Any:
        """Return the frames of codes, `[1, 80, 2 * n_codes]`, from noise `[1, 80, frames of the voice and these]`."""
        flow, prompt = self._flow, voice.decoder_mel
        device, dtype = prompt.device, prompt.dtype
        ids = torch.cat([voice.decoder_codes, torch.tensor([list(codes)], dtype=torch.long, device=device)], 1)
        lengths = torch.tensor([ids.shape[1]], device=device)
        hidden, _ = flow.encoder(flow.input_embedding(ids), lengths)
        mu = flow.encoder_proj(hidden).transpose(1, 2).contiguous()
        speaker = flow.spk_embed_affine_layer(F.normalize(voice.decoder_speaker, dim=1))
        known = torch.zeros_like(mu)
        known[:, :, : prompt.shape[1]] = prompt.transpose(1, 2)
        mel = self._solve(noise.to(device, dtype), mu, speaker, known, steps, cancelled)
        return mel[:, :, prompt.shape[1] :]

    def _solve(self, x: Any, mu: Any, speaker: Any, known: Any, steps: int, cancelled: Cancelled) -> Any:
        """Follow the flow from noise to frames by Euler's method, in `steps` steps."""
        decoder = self._flow.decoder
        estimator = decoder.estimator
        rows = 1 if self._meanflow else 2
        times = torch.linspace(0, 1, steps + 1, device=mu.device, dtype=mu.dtype)
        if not self._meanflow and decoder.t_scheduler == "cosine":
            times = 1 - torch.cos(times * 0.5 * torch.pi)
        mask = torch.ones(rows, 1, mu.shape[2], device=mu.device, dtype=mu.dtype)
        if rows == 2:
            mu, speaker, known = (torch.cat([part, torch.zeros_like(part)]) for part in (mu, speaker, known))
        for begin, end in itertools.pairwise(times):
            if cancelled():
                raise CancelledError
            now, then = begin.expand(rows), end.expand(rows)
            slope = estimator.forward(
                x=x.expand(rows, -1, -1),
                mask=mask,
                mu=mu,
                t=now,
                spks=speaker,
                cond=known,
                r=then if self._meanflow else None,
            )
            if rows == 2:
                rate = decoder.inference_cfg_rate
                slope = (1.0 + rate) * slope[:1] - rate * slope[1:]
            x = x + (end - begin) * slope
        return x
