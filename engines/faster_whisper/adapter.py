"""Whisper's adapter: transcribes a part of a recording, and yields the transcript of each window once decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import (
    AdapterContext,
    AudioPayload,
    Decoding,
    FilePayload,
    LoadedModel,
    ParamValue,
    StreamingAdapter,
    StreamingSegment,
    TranscriptUpdate,
    Word,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from ..errors import CancelledError
from .cut import find_cut
from .decode import INT16_SCALE, RATE_HZ, decode_payload
from .errors import WhisperError
from .languages import language_tag, whisper_code
from .model import Transcription, Whisper
from .options import transcribe_options
from .recording import PartReader

_MIN_SAMPLES = 160
"""10 ms; less doesn't fill one frame of the model's input."""
_FRAMES_PER_S = 100
"""Unit of faster-whisper's `seek`."""
_SILENCE = 2 / 32768
"""Amplitudes up to this are rounding noise, in which a model may hallucinate words."""


class WhisperAdapter(StreamingAdapter):
    """Transcribes files and audio, and yields the transcript of each window once decoded."""

    _spec: EngineSpec
    _model: Whisper
    _parts: PartReader

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. WhisperError for missing or damaged files, and for a missing device."""
        if context.model_path is None:
            raise WhisperError(
                "Whisper's weights aren't installed; download them with: voxweft models pull faster_whisper"
            )
        self._spec = read_spec(Path(__file__).resolve().parent)
        context.progress(f"loading Whisper {context.model}", None)
        self._model = Whisper.load(context.model_path, device=context.device, compute_type=context.dtype)
        self._parts = PartReader()
        return LoadedModel()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[TranscriptUpdate]:
        """Yield the transcript in updates.

        For a file, the first update isn't committed and has the part's length as its `end_s`. If the file is longer,
        the part is cut at a silence, and a last update without text has the start of the next part as its `end_s`.
        After a cancel it yields nothing more, at the latest when the current window is decoded.

        Raises:
            WhisperError: The audio can't be decoded, or the model doesn't support the language or task.
        """
        try:
            yield from self._transcribe(segment, self._spec.complete(segment.params), cancelled)
        except BaseException as error:
            # After a cancel or an error, or if the consumer stopped, the job won't continue.
            if isinstance(segment.payload, FilePayload):
                self._parts.close(segment.payload)
            if not isinstance(error, CancelledError):
                raise

    def unload(self) -> None:
        """Close all files."""
        self._parts.close_all()

    def _transcribe(
        self, segment: StreamingSegment, params: dict[str, ParamValue], cancelled: Cancelled
    ) -> Iterator[TranscriptUpdate]:
        language = None if segment.language is None else whisper_code(segment.language, self._model.languages)
        if params["task"] == "translate" and not self._model.is_multilingual:
            raise WhisperError(
                "an English-only model can't translate; use a multilingual one such as small or large-v3"
            )
        prompt = None if segment.context is None else segment.context.prompt
        options = transcribe_options(params, language=language, prompt=prompt)
        if isinstance(segment.payload, AudioPayload):
            transcription = self._transcribe_audio(decode_payload(segment.payload), options, cancelled)
            if transcription is not None:
                yield from _updates(transcription)
            return
        if not isinstance(segment.payload, FilePayload):
            raise WhisperError("Whisper recognizes audio; it can't speak text")
        audio, continues = self._part(segment.payload, params, cancelled)
        length_s = audio.size / RATE_HZ
        transcription = self._transcribe_audio(audio, options, cancelled)
        del audio
        yield TranscriptUpdate(
            text="",
            committed=False,
            end_s=length_s,
            language=None if transcription is None else language_tag(transcription.language),
            language_probability=None if transcription is None else transcription.language_probability,
        )
        if transcription is not None:
            yield from _updates(transcription)
        if continues:
            yield TranscriptUpdate(text="", start_s=length_s, end_s=length_s)

    def _part(
        self, payload: FilePayload, params: dict[str, ParamValue], cancelled: Cancelled
    ) -> tuple[NDArray[np.float32], bool]:
        """Return the part's samples, and whether the file continues after it."""
        longest_s = float(params["part_s"]) if payload.end_s is None else None
        part = self._parts.part(payload, cancelled, longest_s)
        continues = longest_s is not None and not part.is_last
        end = find_cut(part.samples, float(params["search_s"])) if continues else part.samples.size
        audio = part.samples[:end].astype(np.float32)
        audio /= INT16_SCALE
        if part.is_last:
            self._parts.close(payload)
        return audio, continues

    def _transcribe_audio(
        self, audio: NDArray[np.float32], options: dict[str, Any], cancelled: Cancelled
    ) -> Transcription | None:
        """Transcribe audio, lazily; None if it is silent or too short."""
        if audio.size < _MIN_SAMPLES or max(float(audio.max()), -float(audio.min())) <= _SILENCE:
            return None
        return self._model.transcribe(audio, options, cancelled)


def _updates(transcription: Transcription) -> Iterator[TranscriptUpdate]:
    for segment in transcription.segments:
        yield TranscriptUpdate(
            text=segment.text,
            start_s=float(segment.start),
            end_s=float(segment.end),
            words=tuple(
                Word(word.word, float(word.start), float(word.end), probability=float(word.probability))
                for word in segment.words or ()
            ),
            language=language_tag(transcription.language),
            language_probability=transcription.language_probability,
            decoding=Decoding(
                window_start_s=segment.seek / _FRAMES_PER_S,
                tokens=tuple(map(int, segment.tokens)),
                temperature=float(segment.temperature or 0.0),
                mean_log_probability=float(segment.avg_logprob),
                compression_ratio=float(segment.compression_ratio),
                no_speech_probability=float(segment.no_speech_prob),
            ),
        )
