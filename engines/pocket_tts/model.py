"""The network: a voice's state from a recording, and frames of speech from that state and a text.

The package's modules and weights, in a loop of our own: its own decodes however many frames have queued up, so that
rounding depends on timing, and draws its noise from the global generator.
"""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from pocket_tts import TTSModel
from pocket_tts.models.text_chunking import prepare_text_prompt
from pocket_tts.modules.stateful_module import increment_steps, init_states

from .errors import PocketEndlessError, PocketError
from .folder import TERMS, local_configuration

State = dict[str, dict[str, torch.Tensor]]
"""Attention caches and convolution windows, by module."""

MAX_TOKENS = 50
"""Above this, the model may skip words."""
_FIRST_END_FRAME = 6
"""Before speech starts, some voices look like they had ended."""
_MIN_TOKENS_PER_S = 3.0
_EXTRA_S = 2.0
_FADE_S = 0.005
"""A new decoder starts with a small step, which would be heard as a click."""


class Prompt(NamedTuple):
    """A piece of text as the model gets it: its tokens `[1, n_tokens]`, and how many frames may follow."""

    tokens: torch.Tensor
    max_frames: int
    frames_after_end: int


class Noise:
    """The random numbers of one segment, independent of all others."""

    def __init__(self, seed: int) -> None:
        self._state = torch.Generator().manual_seed(seed).get_state()

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Let torch's global generator, which the package draws from, continue this segment's numbers."""
        outer = torch.get_rng_state()
        torch.set_rng_state(self._state)
        try:
            yield
        finally:
            self._state = torch.get_rng_state()
            torch.set_rng_state(outer)


class PocketModel:
    """Loaded weights. What it returns is a function of the arguments alone. Not thread-safe."""

    def __init__(self, tts: TTSModel) -> None:
        self._tts = tts
        self._flow, self._mimi = tts.flow_lm, tts.mimi
        self._steps_per_frame = round(self._mimi.encoder_frame_rate / self._mimi.frame_rate)
        self._decoding = ThreadPoolExecutor(1, "pocket-tts-decoder")
        for value in tts.parameters():
            value.requires_grad_(False)  # so that no thread records gradients

    @classmethod
    def load(cls, folder: Path, configuration: str) -> PocketModel:
        """Load the model of a folder, without a connection.

        Raises:
            PocketError: A file is missing, the weights don't fit the configuration, or they can't clone voices.
        """
        settings = local_configuration(folder, configuration)
        with tempfile.TemporaryDirectory(prefix="voxweft-") as scratch:
            file = Path(scratch) / "config.yaml"
            file.write_text(yaml.safe_dump(settings), encoding="utf-8")
            try:
                tts = TTSModel.load_model(config=file)
            except Exception as error:  # the package's, pydantic's, safetensors' and the tokenizers' own
                problem = str(error).partition("\n")[0]
                raise PocketError(f"the files in {folder} don't belong together or are damaged: {problem}") from error
        if not any(bool(value.any()) for value in tts.mimi.encoder.parameters() if value.dim() > 1):
            raise PocketError(
                f"the weights in {folder} can't clone voices: they are those of pocket-tts-without-voice-cloning. "
                f"Accept the terms at {TERMS} and use the weights from there"
            )
        return cls(tts)

    @property
    def sample_rate(self) -> int:
        """The sample rate of recordings and speech, in Hz."""
        return int(self._tts.sample_rate)

    def close(self) -> None:
        """End the decoder's thread."""
        self._decoding.shutdown()

    def voice(self, recording: NDArray[np.float32]) -> State:
        """Return the state in which the model speaks with a recording's voice; `recording` is `[n_samples]`."""
        prompt = torch.from_numpy(recording.copy())[None]
        with Noise(0).drawn():  # drawn and not used
            return self._tts.get_state_for_audio_prompt(prompt)  # type: ignore[no-any-return]

    def n_tokens(self, text: str) -> int:
        """Return the number of tokens of a text as the model gets it."""
        return int(self.prompt(text).tokens.shape[1])

    def has_signs(self, text: str) -> bool:
        """Whether anything is left of a text after the characters that the model doesn't know were removed."""
        return bool(text.translate(str.maketrans(self._tts.replace_characters)).strip())

    def prompt(self, text: str) -> Prompt:
        """Return a text as the model gets it: with a capital letter, a final mark, and known characters."""
        tts = self._tts
        prepared, frames_after_end = prepare_text_prompt(
            text,
            tts.pad_with_spaces_for_short_inputs,
            tts.remove_semicolons,
            tts.append_terminal_punctuation,
            tts.capitalize_first_letter,
            tts.replace_characters,
        )
        tokens = self._flow.conditioner.prepare(prepared)
        max_s = tokens.shape[1] / _MIN_TOKENS_PER_S + _EXTRA_S
        recommended = tts.model_recommended_frames_after_eos
        return Prompt(
            tokens,
            math.ceil(max_s * self._mimi.frame_rate),
            frames_after_end + 2 if recommended is None else recommended,
        )

    def speak(
        self,
        prompt: Prompt,
        voice: State,
        noise: Noise,
        *,
        temperature: float,
        steps: int,
        cancelled: Callable[[], bool],
    ) -> Iterator[NDArray[np.float32]]:
        """Yield each frame of a piece, mono in -1..1, as soon as it is decoded; nothing more after a cancel.

        A frame is decoded while the next one is predicted, always alone: its bits don't depend on timing.

        Args:
            prompt: The piece.
            voice: The voice's state. It is changed: give each piece a copy.
            noise: The segment's random numbers.
            temperature: The variance of the noise.
            steps: The steps from noise to a frame.
            cancelled: Asked before each frame.

        Raises:
            PocketEndlessError: The model didn't find the end of the piece. All frames were yielded before.
        """
        latents = self._latents(prompt, voice, noise, temperature, steps, cancelled)
        decode = self._decoder(prompt.max_frames)
        first = next(latents, None)
        if first is None:
            return
        yield decode(first)
        pending: Future[NDArray[np.float32]] | None = None
        for latent in latents:
            following = self._decoding.submit(decode, latent)
            if pending is not None:
                yield pending.result()
            pending = following
        if pending is not None:
            yield pending.result()

    def _latents(
        self,
        prompt: Prompt,
        state: State,
        noise: Noise,
        temperature: float,
        steps: int,
        cancelled: Callable[[], bool],
    ) -> Iterator[torch.Tensor]:
        def step(tokens: torch.Tensor, latent: torch.Tensor) -> tuple[torch.Tensor, bool]:
            with noise.drawn():
                drawn, is_end = self._flow(
                    sequence=latent,
                    text_embeddings=self._flow.conditioner(tokens),
                    model_state=state,
                    sampler_decode_steps=steps,
                    temp=temperature,
                    noise_clamp=None,
                    eos_threshold=self._tts.eos_threshold,
                )
            increment_steps(self._flow, state, increment=tokens.shape[1] + latent.shape[1])
            return drawn[:, None], bool(is_end)

        _make_room(state, prompt.tokens.shape[1] + prompt.max_frames)
        if cancelled():
            return
        step(prompt.tokens, torch.empty(1, 0, self._flow.ldim))
        nothing = prompt.tokens[:, :0]
        latent = torch.full((1, 1, self._flow.ldim), math.nan)  # the sign of the first frame
        end: int | None = None
        for frame in range(prompt.max_frames):
            if cancelled():
                return
            latent, is_end = step(nothing, latent)
            if end is None and is_end and frame >= _FIRST_END_FRAME:
                end = frame
            if end is not None and frame >= end + prompt.frames_after_end:
                return
            yield latent
        raise PocketEndlessError(
            f"the model found no end of its speech within {prompt.max_frames / self._mimi.frame_rate:.0f} s; "
            "try another seed, or other words"
        )

    def _decoder(self, max_frames: int) -> Callable[[torch.Tensor], NDArray[np.float32]]:
        state = init_states(self._mimi, batch_size=1, sequence_length=max_frames * self._steps_per_frame)
        fades = [torch.linspace(0, 1, round(_FADE_S * self.sample_rate)).numpy()]

        def decode(latent: torch.Tensor) -> NDArray[np.float32]:
            sound = self._mimi.decode_from_latent(latent * self._flow.emb_std + self._flow.emb_mean, state)
            increment_steps(self._mimi, state, increment=self._steps_per_frame)
            samples: NDArray[np.float32] = sound[0, 0].numpy()
            if fades:
                fade = fades.pop()
                samples[: fade.size] *= fade
            return np.clip(samples, -1, 1, out=samples)

        return decode


def copy_of(state: State) -> State:
    """Return an independent copy of a state."""
    return copy.deepcopy(state)


def n_bytes(state: State) -> int:
    """Return the size of a state in bytes."""
    return sum(value.numel() * value.element_size() for module in state.values() for value in module.values())


def _make_room(state: State, n_positions: int) -> None:
    """Grow the attention caches `[2, batch, n_positions, n_heads, width]` by positions."""
    for module in state.values():
        if "cache" in module:
            used = int(module["offset"][0])
            room = (0, 0, 0, 0, 0, n_positions)
            cache: Any = torch.nn.functional.pad(module["cache"][:, :, :used], room, value=math.nan)
            module["cache"] = cache
