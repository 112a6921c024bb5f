"""Helpers for tests of the streaming core: segments to speak, a checked log of events, and process checks."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType

import numpy as np
import psutil
from paths import ENGINES as ENGINES

from voxweft.utils.streaming import (
    AudioChunk,
    LoadProgress,
    ParamValue,
    SegmentDone,
    SegmentFailed,
    StreamEvent,
    StreamingSegment,
    TextPayload,
    TranscriptUpdate,
    Word,
)
from voxweft.utils.streaming.runtime import Runtime

MakeRuntime = Callable[..., Runtime]
"""The type of the fixture `make_runtime`."""


def engine_module(name: str) -> ModuleType:
    """Import a test engine's adapter, which computes its expected output."""
    spec = importlib.util.spec_from_file_location(f"test_engine_{name}", ENGINES / name / "adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TONE = engine_module("tone")


def tone_samples(text: str, chunks: int = 8, chunk_samples: int = 12000) -> np.ndarray:
    """Return the tone engine's audio of a text."""
    return TONE.expected(text, 0, chunks, chunk_samples)


def speak(texts: Iterable[str], engine: str = "tone", model: str = "", **params: ParamValue) -> list[StreamingSegment]:
    """Return segments with these texts."""
    return [
        StreamingSegment(index=index, payload=TextPayload(text), engine=engine, model=model, params=params)
        for index, text in enumerate(texts)
    ]


def sentences(count: int, prefix: str = "sentence") -> list[str]:
    """Return different texts."""
    return [f"{prefix} number {index}" for index in range(count)]


class EventLog:
    """A job's events, checked on arrival: in order, each segment ended once, nothing after its end."""

    def __init__(self) -> None:
        self.events: list[StreamEvent] = []
        self.loading: list[LoadProgress] = []
        self.done: dict[int, SegmentDone] = {}
        self.failed: dict[int, SegmentFailed] = {}
        self.words: dict[int, list[Word]] = {}
        self.updates: dict[int, list[TranscriptUpdate]] = {}
        self._chunks: dict[int, list[np.ndarray]] = {}
        self._last = -1

    def take(self, event: StreamEvent) -> None:
        """Check and store an event."""
        self.events.append(event)
        if isinstance(event, LoadProgress):
            self.loading.append(event)
            return
        assert event.index in (self._last, self._last + 1), f"{event.index} came after {self._last}"
        if event.index != self._last:
            assert self._last < 0 or self._last in self.done or self._last in self.failed
        self._last = event.index
        assert event.index not in self.done
        assert event.index not in self.failed
        if isinstance(event, AudioChunk):
            self._chunks.setdefault(event.index, []).append(event.samples)
            self.words.setdefault(event.index, []).extend(event.words)
        elif isinstance(event, TranscriptUpdate):
            self.updates.setdefault(event.index, []).append(event)
        elif isinstance(event, SegmentDone):
            self.done[event.index] = event
        else:
            self.failed[event.index] = event

    def take_all(self, events: Iterable[StreamEvent]) -> None:
        """Check and store all events."""
        for event in events:
            self.take(event)

    def samples(self, index: int) -> np.ndarray:
        """Return all audio of a segment."""
        return np.concatenate(self._chunks.get(index, [np.empty(0, np.float32)]))

    def text(self, index: int) -> str:
        """Return the words of a segment."""
        return " ".join(word.text for word in self.words.get(index, []))

    def all_exact(self, texts: Sequence[str], chunks: int = 8, chunk_samples: int = 12000) -> None:
        """Assert that the events have the tone engine's audio and words of all segments, each once."""
        assert sorted(self.done) == list(range(len(texts)))
        for index, text in enumerate(texts):
            assert np.array_equal(self.samples(index), tone_samples(text, chunks, chunk_samples)), index
            assert self.text(index) == text


def collect(stream: Iterable[StreamEvent]) -> EventLog:
    """Return the checked events of a whole job."""
    log = EventLog()
    log.take_all(stream)
    return log


def eventually(condition: Callable[[], bool], description: str, within_s: float = 10.0) -> None:
    """Wait until a condition holds. The default limit is generous: it measures nothing."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {description}"
        time.sleep(0.005)


def is_running(pid: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def child_pids() -> set[int]:
    """Return the ids of all descendants of this process, including zombies."""
    return {child.pid for child in psutil.Process().children(recursive=True)}
