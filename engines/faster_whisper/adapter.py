"""Whisper as an engine: a part of a recording in, its transcript out, piece by piece as each is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import (
    AdapterContext,
    AudioPayload,
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
from .cut import cut_place
from .decode import INT16_SCALE, RATE_HZ, decode_payload
from .errors import LanguageError, MediaError, StoppedError, WhisperError
from .languages import language_tag, whisper_code
from .model import Heard, Whisper
from .options import transcribe_options
from .recording import Recordings

_SHORTEST_SAMPLES = 160
"""Less than this, 10 ms, doesn't fill one frame of what the model hears."""
_SILENCE = 2 / 32768
"""What never exceeds this holds nothing but the noise of rounding; a model may put words into it."""


class WhisperAdapter(StreamingAdapter):
    """Recognises files and audio. A piece of the transcript is sent as soon as its window is decoded."""

    _spec: EngineSpec
    _model: Whisper
    _recordings: Recordings

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. FolderError for files that are missing or damaged, WhisperError for an absent device."""
        if context.model_path is None:
            raise WhisperError("Whisper's weights aren't here; get them with: voxweft models pull faster_whisper")
        self._spec = read_spec(Path(__file__).resolve().parent)
        context.progress(f"loading Whisper {context.model}", None)
        self._model = Whisper.load(context.model_path, device=context.device, compute_type=context.dtype)
        self._recordings = Recordings()
        return LoadedModel()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[TranscriptUpdate]:
        """Yield the transcript's pieces. Of a file, an update that isn't committed says before how long the part is.

        A file that goes on is recognised up to a silence, and the last update, without text, is there: the next part
        begins at its `end_s`. MediaError for what can't be decoded, LanguageError and WhisperError for what the model
        can't do. After a cancel the rest is dropped, at the end of a window at the latest.
        """
        try:
            yield from self._transcribe(segment, self._spec.complete(segment.params), cancelled)
        except StoppedError:
            self._recordings.close()
        except BaseException:
            # An error, or the end of a listener: no file stays open for a job that won't go on.
            self._recordings.close()
            raise

    def unload(self) -> None:
        """Close the file that is being worked on."""
        self._recordings.close()

    def _transcribe(
        self, segment: StreamingSegment, params: dict[str, ParamValue], cancelled: Cancelled
    ) -> Iterator[TranscriptUpdate]:
        language = None if segment.language is None else whisper_code(segment.language, self._model.languages)
        if params["task"] == "translate" and not self._model.is_multilingual:
            raise LanguageError("this model knows English only and can't translate; take small or large-v3, say")
        prompt = None if segment.context is None else segment.context.prompt
        options = transcribe_options(params, language=language, prompt=prompt)
        if isinstance(segment.payload, AudioPayload):
            heard = self._heard(decode_payload(segment.payload), options, cancelled)
            if heard is not None:
                yield from _updates(heard)
            return
        if not isinstance(segment.payload, FilePayload):
            raise MediaError("Whisper recognises audio; it can't speak text")
        audio, goes_on = self._part(segment.payload, params, cancelled)
        length_s = audio.size / RATE_HZ
        heard = self._heard(audio, options, cancelled)
        del audio
        yield TranscriptUpdate(
            text="",
            committed=False,
            end_s=length_s,
            language=None if heard is None else language_tag(heard.language),
            language_probability=None if heard is None else heard.language_probability,
        )
        if heard is not None:
            yield from _updates(heard)
        if goes_on:
            yield TranscriptUpdate(text="", start_s=length_s, end_s=length_s)

    def _part(
        self, payload: FilePayload, params: dict[str, ParamValue], cancelled: Cancelled
    ) -> tuple[NDArray[np.float32], bool]:
        """Return the part's samples, and whether the file goes on behind what was asked for or could be taken."""
        longest_s = float(params["part_s"]) if payload.end_s is None else None
        part = self._recordings.part(payload, cancelled, longest_s)
        goes_on = longest_s is not None and not part.is_last
        end = cut_place(part.samples, float(params["search_s"])) if goes_on else part.samples.size
        audio = part.samples[:end].astype(np.float32)
        audio /= INT16_SCALE
        if part.is_last:
            self._recordings.close()
        return audio, goes_on

    def _heard(self, audio: NDArray[np.float32], options: dict[str, Any], cancelled: Cancelled) -> Heard | None:
        """Return what the model hears, lazily; None for what holds nothing to hear."""
        if audio.size < _SHORTEST_SAMPLES or max(float(audio.max()), -float(audio.min())) <= _SILENCE:
            return None
        return self._model.transcribe(audio, options, cancelled)


def _updates(heard: Heard) -> Iterator[TranscriptUpdate]:
    for found in heard.segments:
        yield TranscriptUpdate(
            text=found.text,
            start_s=float(found.start),
            end_s=float(found.end),
            words=tuple(
                Word(word.word, float(word.start), float(word.end), probability=float(word.probability))
                for word in found.words or ()
            ),
            language=language_tag(heard.language),
            language_probability=heard.language_probability,
        )
