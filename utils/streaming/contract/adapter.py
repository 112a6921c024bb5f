"""The interface that an engine implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from .events import AdapterEvent
from .segment import ParamValue, StreamingSegment

OnProgress = Callable[[str, float | None], None]
"""Called with a message and the fraction done, 0 to 1; None if unknown."""


class VoiceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that an engine offers. `languages` are BCP-47; `gender` is free text or empty."""

    name: str
    title: str = ""
    languages: tuple[str, ...] = ()
    gender: str = ""
    kind: str = "voice"
    """`voice`, or `variant` for a suffix that can be combined with a voice."""


class LoadedModel(msgspec.Struct, frozen=True, kw_only=True):
    """The report of an adapter after loading. The parent compares it with the identity in the cache keys.

    Args:
        sample_rate: In Hz; 0 for recognition.
        fingerprint: Identifies the content of the weights.
        versions: The versions of the distributions that decide the output.
        notes: What users should know about this installation; each is logged once in a process.
    """

    sample_rate: int = 0
    fingerprint: str = ""
    versions: dict[str, str] = {}
    notes: tuple[str, ...] = ()


class Blob(NamedTuple):
    """Content that a digest identifies: `data` as bytes, `sample_rate` in Hz for a recording (float32 mono), else 0."""

    data: bytes
    sample_rate: int

    def samples(self) -> NDArray[np.float32]:
        """Return the recording as float32 mono `[n_samples]`; read-only."""
        return np.frombuffer(self.data, dtype="<f4")


class Cancelled(Protocol):
    """Called by an adapter as often as possible: true once the result isn't needed any more."""

    def __call__(self) -> bool:
        """Return whether to stop."""
        ...


class AdapterContext(msgspec.Struct, frozen=True, kw_only=True):
    """The input of an adapter that loads a model.

    Args:
        model: The model's name.
        model_path: The folder of its weights, if it has any.
        device: The device; empty to let the adapter choose.
        dtype: The dtype; empty to let the adapter choose.
        params: The model's architecture (`[models.NAME] params`).
        progress: Reports loading, `progress(message, fraction)`.
        blob: Fetches a voice tensor or a recording by digest; KeyError if the parent doesn't have it.
    """

    model: str
    model_path: Path | None
    device: str
    dtype: str
    params: dict[str, ParamValue]
    progress: OnProgress
    blob: Callable[[str], Blob]


class StreamingAdapter(ABC):
    """An engine, as its worker sees it. Runs in one thread of one process; stateless between segments.

    The message of an exception reaches the user unchanged, together with the segment's text, so it should say what to
    do.
    """

    @abstractmethod
    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the model. Called once, before anything else."""

    @abstractmethod
    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AdapterEvent]:
        """Yield the segment's events as they are made. Return early when `cancelled()`."""

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AdapterEvent | None]]:
        """Yield `(position in segments, event)` of several segments that are made together (capability `batch`).

        `(position, None)` marks a segment as complete; after the last event all are.
        """
        raise NotImplementedError

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's duration in seconds at each speed, without making it (capability `estimate`)."""
        raise NotImplementedError

    def estimate_many(self, segments: Sequence[StreamingSegment], speeds: Sequence[float]) -> list[list[float]]:
        """Return the durations of several segments, a row for each. Override it if that is faster for all at once."""
        return [self.estimate_duration(segment, speeds) for segment in segments]

    def voices(self) -> list[VoiceInfo]:
        """Return every voice the engine has."""
        return []

    def forget_voices(self) -> int:
        """Drop what is kept of recordings between segments (capability `reference`). Return its size in bytes."""
        return 0

    def unload(self) -> None:  # noqa: B027  most engines have nothing to do: the process ends
        """Release resources that outlive the process, such as temporary files."""
