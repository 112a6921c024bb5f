"""The Kokoro engine in its worker, as users run it; shared by the measurements."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.voices import Speaker
from voxweft.utils.environments.resolution import Environments
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import AudioChunk, NamedVoice, StreamingSegment, TextPayload, Word
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

from .kokoro_texts import SHORT

ENGINE = "kokoro"
VOICE = "af_heart"
_A_DAY_S = 86_400.0


class Cost(NamedTuple):
    """Wall-clock time, processor time of all processes involved, and the number of samples."""

    wall_s: float
    cpu_s: float
    n_samples: int

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Cost:
        """Return the cost in a program's answer."""
        return cls(answer["wall_s"], answer["cpu_s"], answer["n_samples"])


class FirstChunk(NamedTuple):
    """The time to the first chunk, in milliseconds from the request, and its words."""

    after_ms: float
    words: tuple[Word, ...]


def check_engine() -> None:
    """Raise ValueError, with the fix, if Kokoro can't run here."""
    try:
        Environments().resolved(EngineRegistry().get(ENGINE))
    except LookupError as error:
        raise ValueError(str(error)) from None


def kokoro_segment(text: str, index: int = 0, *, speed: float = 1.0, low_latency: bool = False) -> StreamingSegment:
    """Return a segment for Kokoro's default voice."""
    return StreamingSegment(
        index=index,
        payload=TextPayload(text),
        engine=ENGINE,
        voice=NamedVoice(VOICE),
        speed=speed,
        params={"streaming": "clauses" if low_latency else "sentences"},
    )


class Isolated:
    """A runtime without a cache, and its one worker."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._workers: list[psutil.Process] = []

    def warm_up(self) -> None:
        """Load the engine and everything that it loads when it first speaks."""
        self.speak([kokoro_segment(SHORT)])
        self._workers = [psutil.Process(pid) for pid in self.runtime.run(self.runtime.stats())[0].pids]

    def cpu_s(self) -> float:
        """Return the processor seconds of this process and the worker (resolution 10 ms)."""
        times = [worker.cpu_times() for worker in self._workers]
        return time.process_time() + float(sum(spent.user + spent.system for spent in times))

    def speak(self, segments: Sequence[StreamingSegment]) -> tuple[Cost, list[int]]:
        """Speak segments in one job; return the cost and the number of samples of each."""
        lengths = [0] * len(segments)
        began_s, began_cpu_s = time.perf_counter(), self.cpu_s()
        for event in self.runtime.stream(segments):
            if isinstance(event, AudioChunk):
                lengths[event.index] += event.samples.size
        cost = Cost(time.perf_counter() - began_s, self.cpu_s() - began_cpu_s, sum(lengths))
        if not all(lengths):
            raise RuntimeError(f"no audio for {segments[lengths.index(0)].text!r}")
        return cost, lengths

    def estimate(
        self, segments: Sequence[StreamingSegment], speeds: Sequence[float]
    ) -> tuple[Cost, tuple[tuple[float, ...], ...]]:
        """Estimate segments in one call; return the cost and the seconds: a row per segment, a column per speed."""
        began_s, began_cpu_s = time.perf_counter(), self.cpu_s()
        rows = self.runtime.run(self.runtime.estimate(tuple(segments), tuple(speeds)))
        return Cost(time.perf_counter() - began_s, self.cpu_s() - began_cpu_s, 0), rows

    def first_chunk(self, segment: StreamingSegment) -> FirstChunk:
        """Return a segment's first chunk, cancel the rest and wait until the worker is idle."""
        began_s = time.perf_counter()
        stream = self.runtime.stream([segment])
        for event in stream:
            if isinstance(event, AudioChunk):
                after_ms = (time.perf_counter() - began_s) * 1e3
                stream.close()
                stream.wait_closed()
                return FirstChunk(after_ms, event.words)
        raise RuntimeError(f"no audio for {segment.text[:100]!r}")

    def first_block_ms(self, text: str) -> float:
        """Return the milliseconds to the first audio of a job for a text; the rest is cancelled."""
        began_s = time.perf_counter()
        speaker = Speaker(engine=ENGINE, voice=NamedVoice(VOICE))
        job = speak(text, speaker, self.runtime.registry)
        for _ in run(job, self.runtime):  # leaving the loop cancels the job
            after_ms = (time.perf_counter() - began_s) * 1e3
            break
        else:
            raise RuntimeError("no audio from the job")
        self.speak([kokoro_segment(SHORT)])  # runs after the cancelled job has left the worker
        return after_ms


@contextmanager
def isolated(folder: Path, *, device: str = "cpu", dtype: str = "") -> Iterator[Isolated]:
    """Yield a runtime for the model in a folder; nothing is loaded yet."""
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        settings = Settings(
            cache_dir=Path(scratch),
            cache_bytes=0,
            models_home=Path(scratch),
            device=device,
            dtype=dtype,
            offline=True,
            # The baseline may run longer than the default idle timeout.
            idle_timeout_s=_A_DAY_S,
        )
        with closing(Runtime(settings, model_paths={ENGINE: folder})) as runtime:
            yield Isolated(runtime)
