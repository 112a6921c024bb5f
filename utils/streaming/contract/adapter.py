"""The one interface that an engine writes."""

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
"""Called with a message and the fraction done, 0 to 1; None where it isn't known."""


class VoiceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that an engine offers. `languages` are BCP-47; `gender` is free text or empty."""

    name: str
    title: str = ""
    languages: tuple[str, ...] = ()
    gender: str = ""
    kind: str = "voice"
    """`voice`, or `variant` for something that is added to a voice."""


class LoadedModel(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter states after loading. The parent compares it with what it assumed when it built cache keys.

    `sample_rate` in Hz (0 for recognition); `fingerprint` identifies the weights' content; `versions` are those of the
    libraries that decide the sound, by distribution name. `notes` are what users should know of this installation;
    each is said once in a process.
    """

    sample_rate: int = 0
    fingerprint: str = ""
    versions: dict[str, str] = {}
    notes: tuple[str, ...] = ()


class Blob(NamedTuple):
    """Content named by its digest: `data` as bytes, `sample_rate` in Hz for a recording (float32 mono), else 0."""

    data: bytes
    sample_rate: int

    def samples(self) -> NDArray[np.float32]:
        """Return the recording as float32 mono `[n_samples]`; read-only."""
        return np.frombuffer(self.data, dtype="<f4")


class Cancelled(Protocol):
    """Asked by an adapter as often as it can: true once nobody waits for the result any more."""

    def __call__(self) -> bool:
        """Return whether to stop."""
        ...


class AdapterContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker hands to its adapter at load.

    `model` and `model_path` say which weights; `device` and `dtype` are empty when the adapter shall choose;
    `params` are the load-time settings; `progress(message, fraction)` reports loading; `blob(digest)` fetches a voice
    tensor or a reference recording (KeyError if the parent doesn't have it).
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

    No method knows about queues, processes, caches or ComfyUI. An exception's message reaches the user as it is, with
    the segment's text beside it, so it should say what to do.
    """

    @abstractmethod
    def load(self, context: AdapterContext) -> LoadedModel:
        """Make ready to work. Called once, before anything else."""

    @abstractmethod
    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AdapterEvent]:
        """Yield the segment's events as they are made. Return early when `cancelled()`."""

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AdapterEvent | None]]:
        """Yield `(position in segments, event)` of several segments worked on together (capability `batch`).

        `(position, None)` says that this segment is complete; after the last event all are.
        """
        raise NotImplementedError

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's duration in seconds at each speed, without making it (capability `estimate`)."""
        raise NotImplementedError

    def estimate_many(self, segments: Sequence[StreamingSegment], speeds: Sequence[float]) -> list[list[float]]:
        """Return the durations of several segments, a row each. Override it if they cost less together."""
        return [self.estimate_duration(segment, speeds) for segment in segments]

    def voices(self) -> list[VoiceInfo]:
        """Return every voice the engine has."""
        return []

    def unload(self) -> None:  # noqa: B027  most engines have nothing to do: the process ends
        """Let go of what the end of the process wouldn't (temporary files, say)."""
