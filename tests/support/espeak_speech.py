"""Real speech for tests, from eSpeak NG in a worker: in this process, other libraries may have loaded it."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import AudioChunk, NamedVoice, StreamingSegment, TextPayload, Word
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

SPEECH_RATE_HZ = 22_050


@functools.lru_cache(maxsize=64)
def spoken(text: str, voice: str = "en-us") -> tuple[NDArray[np.float32], tuple[Word, ...]]:
    """Return the speech of a text, float32 `[n]` at `SPEECH_RATE_HZ`, read-only, and its words."""
    segment = StreamingSegment(index=0, payload=TextPayload(text), engine="espeak", voice=NamedVoice(voice))
    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime(Settings(cache_dir=Path(folder), cache_bytes=0, level_lufs=None), EngineRegistry())
        try:
            chunks = [event for event in runtime.stream([segment]) if isinstance(event, AudioChunk)]
        finally:
            runtime.close()
    samples = np.concatenate([chunk.samples for chunk in chunks])
    samples.flags.writeable = False
    return samples, tuple(word for chunk in chunks for word in chunk.words)
