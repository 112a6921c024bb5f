"""Pocket-TTS' adapter: a segment's text in pieces, each spoken frame by frame in the voice of a recording."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import (
    AdapterContext,
    AudioChunk,
    Blob,
    LoadedModel,
    ReferenceVoice,
    StreamingAdapter,
    StreamingSegment,
    TextPayload,
    Voice,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from ..conditionals import Conditionals
from .errors import PocketError
from .folder import TERMS
from .model import MAX_TOKENS, Noise, PocketModel, State, copy_of, n_bytes
from .pieces import cut_pieces


class PocketAdapter(StreamingAdapter):
    """Speaks in the voice of a recording, one frame of 80 ms after the other."""

    _spec: EngineSpec
    _model: PocketModel
    _voices: Conditionals[State]

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. PocketError for missing or damaged ones, and for those that can't clone."""
        if context.model_path is None:
            raise PocketError(
                f"the files of model '{context.model}' are missing; accept the terms at {TERMS}, then give a folder "
                "with its model.safetensors and tokenizer.json: --model-path FOLDER"
            )
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._blob = context.blob
        context.progress("loading the weights", None)
        self._model = PocketModel.load(context.model_path, str(context.params["config"]))
        if self._model.sample_rate != self._spec.native_sample_rate:
            raise PocketError(
                f"the model in {context.model_path} has {self._model.sample_rate} Hz; "
                f"Pocket-TTS' models have {self._spec.native_sample_rate} Hz"
            )
        self._voices = Conditionals(copy_of, n_bytes)
        return LoadedModel(sample_rate=self._spec.native_sample_rate)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield the audio of each frame. Yields nothing more after a cancel, and nothing for a text without words.

        Raises:
            PocketError: There is no recording to imitate.
            PocketEndlessError: The model found no end of the text; what it spoke was yielded before.
            ValueError: The payload isn't text, or a setting is out of range.
        """
        if not isinstance(segment.payload, TextPayload):
            raise ValueError("Pocket-TTS speaks text; it can't recognize audio")  # noqa: TRY004  the segment's content
        params = self._spec.complete(segment.params)
        temperature, steps = float(params["temperature"]), int(params["decode_steps"])
        digest = _recording_of(segment.voice)
        noise = Noise(secrets.randbits(62) if segment.seed is None else segment.seed)
        text = " ".join(segment.payload.text.split())
        if not any(map(str.isalnum, text)):
            return
        for piece in self._pieces(text):
            if cancelled():
                return
            voice = self._voices.get(digest, lambda: self._model.voice(self._recording(digest)))
            prompt = self._model.prompt(piece)
            frames = self._model.speak(prompt, voice, noise, temperature=temperature, steps=steps, cancelled=cancelled)
            for samples in frames:
                yield AudioChunk(samples=samples, sample_rate=self._model.sample_rate)

    def forget_voices(self) -> int:
        """Drop what is kept of recordings, and return its size in bytes."""
        return self._voices.clear()

    def unload(self) -> None:
        """End the decoder's thread."""
        self._model.close()

    def _pieces(self, text: str) -> list[str]:
        def n_tokens(piece: str) -> int:
            return self._model.n_tokens(piece) if self._model.has_signs(piece) else 0

        return [piece for piece in cut_pieces(text, n_tokens, MAX_TOKENS) if any(map(str.isalnum, piece))]

    def _recording(self, digest: str) -> NDArray[np.float32]:
        blob: Blob = self._blob(digest)
        if blob.sample_rate != self._model.sample_rate:
            raise PocketError(f"the recording has {blob.sample_rate} Hz; expected {self._model.sample_rate} Hz")
        return blob.samples()


def _recording_of(voice: Voice | None) -> str:
    if not isinstance(voice, ReferenceVoice):
        raise PocketError("Pocket-TTS has no voices of its own; give it a recording: --voice FILE.wav or library:NAME")
    return voice.digest
