"""What the recognizer heard in a recording of a voice, kept by the recording's content."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import resampled
from ...text.align import joined_words
from ...utils.atomic_file import atomic_output
from ...utils.cache.digest import content_digest
from ...utils.streaming import AudioPayload, ParamValue, StreamingSegment, TranscriptUpdate, Word
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.loading.loaded_model import NOTES
from ...utils.streaming.runtime import Runtime
from .recording import VoiceRecording

_HZ = 16_000
_WINDOW_S = 30
"""Recognizers decode windows of 30 s, so a part of a window costs as much as the whole one."""
_WORD_TIMESTAMPS = "word_timestamps"
_UNDETERMINED = "und"
_TRUSTED = 0.7
"""Below that probability, a detected language is a guess."""

_notes = logging.getLogger(NOTES)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The recognized words of a recording, with times in seconds from its start, and its language if it is certain."""

    words: tuple[Word, ...]
    language: str | None = None

    @property
    def text(self) -> str:
        """The words as a text."""
        return joined_words(self.words).strip()


class Listener:
    """Hears recordings with the recognition engine that is ready, and keeps the result in the cache folder.

    The methods block, and must not be called on the runtime's loop. Use one for a short time: what is ready may change.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._folder = runtime.settings.cache_dir / "transcripts"

    def kept(self, recording: VoiceRecording, length_s: float) -> Heard | None:
        """Return what was heard before in the first `length_s` of a recording, by the recognizer that is ready.

        If none is ready, by any recognizer. None if nothing is kept.
        """
        kept = self._read(self._file(_part(recording, length_s), recording))
        ready = self._ready(recording.language)
        return kept.get(self._id(*ready)) if ready is not None else next(iter(kept.values()), None)

    def longest_kept(self, recording: VoiceRecording) -> Heard | None:
        """Return what was heard before in the longest part of a recording; None if nothing is kept."""
        windows = range(-(-int(recording.duration_s) // _WINDOW_S) + 1, 0, -1)
        found = (self.kept(recording, window * _WINDOW_S) for window in windows)
        return next((heard for heard in found if heard is not None), None)

    def hear(
        self,
        recording: VoiceRecording,
        length_s: float,
        *,
        required: bool = False,
        poll: Callable[[], None] | None = None,
    ) -> Heard | None:
        """Return what is heard in the first `length_s` of a recording (at least), recognized unless it is kept.

        None if no recognizer is ready. With `required` the default recognizer's model is then downloaded, if that is
        all that is missing.

        Args:
            poll: Called at least every 50 ms. An exception that it raises stops the recognition.

        Raises:
            UnknownEngineError: No recognizer is installed (with `required`).
            ModelMissingError, SegmentError: The recording can't be recognized.
        """
        kept = self.kept(recording, length_s)
        if kept is not None:
            return kept
        ready = self._ready(recording.language)
        if ready is None:
            if not required:
                return None
            ready = self._downloadable()
        spec, model = ready
        part = _part(recording, length_s)
        by = f"{spec.name} ('{model}')" if model else spec.name
        _notes.warning("recognizing the words of %s with %s", recording.name, by)
        heard = self._recognized(part, recording, spec, model, poll)
        self._keep(self._file(part, recording), self._id(spec, model), heard)
        return heard

    def _recognized(
        self,
        part: NDArray[np.float32],
        recording: VoiceRecording,
        spec: EngineSpec,
        model: str,
        poll: Callable[[], None] | None,
    ) -> Heard:
        params: dict[str, ParamValue] = {_WORD_TIMESTAMPS: True} if _WORD_TIMESTAMPS in spec.params else {}
        samples = resampled(part, recording.sample_rate, _HZ)
        segment = StreamingSegment(
            index=0,
            payload=AudioPayload(samples.astype("<f4", copy=False).tobytes(), _HZ),
            engine=spec.name,
            model=model,
            language=recording.language,
            params=params,
        )
        words: list[Word] = []
        language = recording.language
        with self._runtime.stream([segment], poll=poll) as events:
            for event in events:
                if isinstance(event, TranscriptUpdate) and event.committed:
                    words += event.words
                    if (event.language_probability or 0.0) >= _TRUSTED and event.language != _UNDETERMINED:
                        language = language or event.language
        return Heard(words=tuple(word for word in words if word.text.strip()), language=language)

    def _ready(self, language: str | None) -> tuple[EngineSpec, str] | None:
        """Return the preferred recognizer with a model on this machine that has the language: the largest one."""
        registry = self._runtime.registry
        able = (spec for spec in self._installed() if language is None or spec.has_language("", language))
        found = ((spec, registry.model_for(spec, "", language)) for spec in able)
        return next(((spec, model) for spec, model in found if registry.is_ready(spec, model)), None)

    def _downloadable(self) -> tuple[EngineSpec, str]:
        """Return the preferred recognizer that is installed, with its default model, which the job downloads.

        UnknownEngineError, with the commands to run, if there is none.
        """
        if self._runtime.settings.offline or (spec := next(self._installed(), None)) is None:
            spec = self._runtime.registry.default("recognition")
        return spec, spec.default_model

    def _installed(self) -> Iterator[EngineSpec]:
        """Yield the recognizers that have all packages and tell the times of words, the preferred one first."""
        runtime = self._runtime
        specs = sorted(runtime.registry.specs.values(), key=lambda spec: (-spec.preference, spec.name))
        for spec in specs:
            able = spec.task == "recognition" and spec.can("word_timings")
            if able and runtime.environments.resolve(spec).missing is None:
                yield spec

    def _id(self, spec: EngineSpec, model: str) -> str:
        fingerprint = self._runtime.store.locate(spec, model).fingerprint if spec.weights else ""
        return f"{spec.name} {spec.adapter_version} {model} {fingerprint}".strip()

    def _file(self, part: NDArray[np.float32], recording: VoiceRecording) -> Path:
        digest = content_digest(part.astype("<f4", copy=False).tobytes(), recording.sample_rate)
        # The stated language is any text, so it must not be part of a path.
        language = content_digest(recording.language.encode())[:8] if recording.language else "any"
        return self._folder / f"{digest}-{language}.json"

    @staticmethod
    def _read(file: Path) -> dict[str, Heard]:
        try:
            return msgspec.json.decode(file.read_bytes(), type=dict[str, Heard])
        except (OSError, msgspec.DecodeError):
            return {}

    def _keep(self, file: Path, recognizer: str, heard: Heard) -> None:
        # A folder that can't be written to costs time at the next start, and nothing else.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_output(file) as output:
                output.write(msgspec.json.encode({**self._read(file), recognizer: heard}))


def _part(recording: VoiceRecording, length_s: float) -> NDArray[np.float32]:
    """Return the part of a recording that is recognized: whole windows, which policies of similar length share."""
    windows = -(-length_s // _WINDOW_S)
    return recording.samples[: int(windows * _WINDOW_S * recording.sample_rate)]
