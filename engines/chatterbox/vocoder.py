"""Frames to samples: the package's vocoder, in windows that join without a seam, with noise of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..speech_tokens.windows import Window
from .noise import NoiseField
from .windows import FADE_SAMPLES, FRAME_SAMPLES, FRAMES_PER_TOKEN, HELD_FRAMES

_CONTEXT_FRAMES = 12
"""How many frames before what is new decide how it sounds."""


class Vocoder:
    """The vocoder of one model.

    Args:
        decoder: The package's module (`S3Gen`).
    """

    def __init__(self, decoder: Any) -> None:
        self._vocoder = decoder.mel2wav
        self._fade_in = decoder.trim_fade
        sines = self._vocoder.m_source.l_sin_gen
        self.n_harmonics: int = sines.harmonic_num + 1

    @property
    def fade_in(self) -> Any:
        """The start of each piece: silence, then a fade, which hides the end of the voice's own recording."""
        return self._fade_in

    @torch.inference_mode()
    def pitch(self, mel: Any) -> Any:
        """Return the pitch of frames in Hz for each sample, `[n_samples]`."""
        f0 = self._vocoder.f0_predictor(mel)
        return self._vocoder.f0_upsamp(f0[:, None])[0, 0]

    @torch.inference_mode()
    def source(self, pitch: Any, cycles: Any, phases: Any, noise: Any) -> tuple[Any, Any]:
        """Return the vibration of the vocal folds, `[n_samples]`, and the cycles at its end, `[harmonics]`.

        Args:
            pitch: In Hz, `[n_samples]`; 0 to 10 means without voice.
            cycles: The fractions of a cycle where it begins, `[harmonics]`.
            phases: The phases of the harmonics, `[harmonics]`.
            noise: Gaussian, `[harmonics, n_samples]`.
        """
        module = self._vocoder.m_source
        sines = module.l_sin_gen
        numbers = torch.arange(1, self.n_harmonics + 1, device=pitch.device)[:, None]
        elapsed = (cycles[:, None] + torch.cumsum(pitch[None] * numbers / sines.sampling_rate, -1)) % 1
        voiced = (pitch > sines.voiced_threshold).to(pitch.dtype)
        loudness = voiced * sines.noise_std + (1 - voiced) * sines.sine_amp / 3
        waves = sines.sine_amp * torch.sin(2 * torch.pi * elapsed + phases[:, None])
        waves = waves * voiced + loudness * noise
        merged = module.l_tanh(module.l_linear(waves.T))[:, 0]
        return merged, elapsed[:, -1] if pitch.numel() else cycles

    @torch.inference_mode()
    def samples(self, mel: Any, source: Any) -> Any:
        """Return the sound of frames `[1, 80, n_frames]` with a source: `[480 * n_frames]`."""
        return self._vocoder.decode(x=mel, s=source[None, None])[0]


class PieceVocoder:
    """Turns one piece's frames into samples, window by window. One window gives what the package gives.

    - What was vibrating goes on: the source of samples that exist is kept, and that of new ones continues its phase.
    - The last frames of a window change when more follow. They are held back, and faded into the next window's.

    Args:
        vocoder: The model's.
        seed: For the phases and the noise of the source.
        device: Where the model is.
    """

    def __init__(self, vocoder: Vocoder, seed: int, device: Any) -> None:
        self._vocoder = vocoder
        self._noise = NoiseField(seed, vocoder.n_harmonics, block=25 * FRAME_SAMPLES)
        phases = (2 * torch.rand(vocoder.n_harmonics, generator=self._noise.generator) - 1) * torch.pi
        phases[0] = 0
        self._phases = phases.to(device)
        self._cycles = torch.zeros(vocoder.n_harmonics, device=device)
        self._source = torch.zeros(0, device=device)
        self._source_begin = 0
        self._sent = 0
        self._held: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    @property
    def held(self) -> NDArray[np.float32]:
        """What was held back of the last window: a preview of the samples that follow."""
        return self._held

    @torch.inference_mode()
    def samples(self, mel: Any, window: Window) -> NDArray[np.float32]:
        """Return the samples that a window's final frames, `[1, 80, n_frames]`, make final."""
        window_begin = FRAMES_PER_TOKEN * window.begin
        begin = max(window_begin, self._sent // FRAME_SAMPLES - _CONTEXT_FRAMES)
        sound = self._sound(mel[:, :, begin - window_begin :], begin * FRAME_SAMPLES)
        if begin == 0:
            fade = self._vocoder.fade_in
            n_faded = min(len(fade), len(sound))
            sound[:n_faded] *= fade[:n_faded]
        new: NDArray[np.float32] = sound.float().cpu().numpy()[self._sent - begin * FRAME_SAMPLES :].copy()
        if self._held.size:
            new = crossfade(self._held, new)
        n_final = new.size if window.last else max(0, new.size - HELD_FRAMES * FRAME_SAMPLES)
        self._held = new[n_final:]
        self._sent += n_final
        return new[:n_final]

    def _sound(self, mel: Any, begin: int) -> Any:
        """Return the samples of frames of which the first is at sample `begin`."""
        pitch = self._vocoder.pitch(mel)
        known = self._source[begin - self._source_begin :]
        end = self._source_begin + len(self._source)
        noise = self._noise.take(end, begin + len(pitch)).to(pitch.device)
        new, self._cycles = self._vocoder.source(pitch[len(known) :], self._cycles, self._phases, noise)
        self._source = torch.cat([known, new])
        self._source_begin = begin
        return self._vocoder.samples(mel, self._source)


def crossfade(held: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return new samples whose start is faded in from the held version of the same samples."""
    n_faded = min(FADE_SAMPLES, held.size, new.size)
    rising = np.linspace(0, 1, n_faded + 2, dtype=np.float32)[1:-1]
    faded = held[:n_faded] * (1 - rising) + new[:n_faded] * rising
    return np.concatenate([faded, new[n_faded:]])
