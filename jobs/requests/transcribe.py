"""A request to transcribe a recording, and the resolution of its recognizer."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.runtime import Runtime
from ..transcribe import Recognizer, TranscribeJob, transcribe
from .options import JobRequest

_WORD_TIMESTAMPS = "word_timestamps"


class TranscribeRequest(JobRequest, frozen=True, kw_only=True):
    """A recording to transcribe. `words` asks for the times of words."""

    file: Path
    recognizer: Recognizer = Recognizer()
    words: bool = True

    def job(self, runtime: Runtime) -> TranscribeJob:
        """Return the job. Raises what `resolve_recognizer` and `jobs.transcribe.transcribe` do."""
        recognizer = resolve_recognizer(self.recognizer, runtime.registry, words=self.words)
        return transcribe(self.file, recognizer, runtime)


def resolve_recognizer(recognizer: Recognizer, registry: EngineRegistry, *, words: bool = False) -> Recognizer:
    """Return a recognizer with its engine and model resolved, and check that the engine supports its settings.

    Args:
        recognizer: An empty engine stands for the preferred ready engine, an empty model for its largest ready model.
        registry: The engines.
        words: Whether to recognize the times of words; a setting in `params` takes precedence.

    Raises:
        UnknownEngineError: There is no such engine, or none is ready.
        ValueError: The engine doesn't support one of the settings.
    """
    resolved = recognizer.resolved(registry)
    if words and _WORD_TIMESTAMPS in registry.get(resolved.engine).params:
        return msgspec.structs.replace(resolved, params={_WORD_TIMESTAMPS: True, **resolved.params})
    return resolved
