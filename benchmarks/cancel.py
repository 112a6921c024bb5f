"""Time from a cancel at a random moment within a segment to the last event and to the worker's next job."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import NamedTuple

from voxweft.utils.streaming import AudioChunk, SegmentDone, StreamingSegment
from voxweft.utils.streaming.contract.errors import Error, JobCancelledError
from voxweft.utils.streaming.event_stream import EventStream
from voxweft.utils.streaming.runtime import Runtime

from .bench import bench_runtime, espeak_segment, flood_segment, percentile, sentence

_MAX_DELAY_S = 0.25
_LONG_SENTENCES = 200


class _InterruptedError(Error):
    """Raised by the poll, as an interruption by the host would be."""


class _Trial(NamedTuple):
    silent_ms: float
    last_event_ms: float
    worker_free_ms: float


class _Listener:
    """A consumer in its own thread that records the times of its last event and of its end."""

    def __init__(self, stream: EventStream) -> None:
        self.last_event_s = self.ended_s = 0.0
        self.completed = False
        self.error: BaseException | None = None
        self.begun = threading.Event()
        self._stream = stream
        self._thread = threading.Thread(target=self._listen, name="listener")
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the iteration and raise its error, if any."""
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _listen(self) -> None:
        try:
            for event in self._stream:
                self.last_event_s = time.perf_counter()
                self.completed = isinstance(event, SegmentDone)
                if isinstance(event, AudioChunk):
                    self.begun.set()
        except (_InterruptedError, JobCancelledError):
            pass
        except BaseException as error:  # noqa: BLE001  raised in `join`
            self.error = error
        finally:
            self.ended_s = time.perf_counter()
            self.begun.set()


def measure_cancel(folder: Path, *, cancels: int) -> dict[str, float]:
    """Return percentiles over `cancels` cancels, in milliseconds.

    Half of them cancel eSpeak NG within a long text by `EventStream.close`; half interrupt a consumer of a slow engine
    through the poll. `cancel_p99_ms` is the time until the consumer's iteration ends, `cancel_last_event_p99_ms` until
    its last event (0 if none followed), `cancel_worker_free_p99_ms` until the worker takes the next job.
    """
    moments = random.Random(0)
    long_text = " ".join(sentence(number) for number in range(_LONG_SENTENCES))
    trials = []
    with bench_runtime(folder, cache_bytes=0) as runtime:
        for segment in (espeak_segment(sentence(0)), flood_segment(1)):
            _next_job_queue_s(runtime, segment)
        for number in range(cancels):
            after_s = moments.uniform(0.0, _MAX_DELAY_S)
            if number % 2 == 0:
                trials.append(_close_one(runtime, espeak_segment(long_text), espeak_segment(sentence(number)), after_s))
            else:
                slow = flood_segment(1000, 2400, delay_s=0.1)
                trials.append(_interrupt_one(runtime, slow, flood_segment(1), after_s))
    return {
        "cancel_p99_ms": percentile([trial.silent_ms for trial in trials], 99),
        "cancel_p50_ms": percentile([trial.silent_ms for trial in trials], 50),
        "cancel_last_event_p99_ms": percentile([trial.last_event_ms for trial in trials], 99),
        "cancel_worker_free_p99_ms": percentile([trial.worker_free_ms for trial in trials], 99),
        "cancel_worker_free_p50_ms": percentile([trial.worker_free_ms for trial in trials], 50),
    }


def _close_one(runtime: Runtime, segment: StreamingSegment, following: StreamingSegment, after_s: float) -> _Trial:
    stream = runtime.stream([segment])
    listener = _Listener(stream)
    listener.begun.wait()
    time.sleep(after_s)
    cancelled_s = time.perf_counter()
    stream.close()
    return _trial(runtime, listener, following, cancelled_s)


def _interrupt_one(runtime: Runtime, segment: StreamingSegment, following: StreamingSegment, after_s: float) -> _Trial:
    interrupted = threading.Event()

    def poll() -> None:
        if interrupted.is_set():
            raise _InterruptedError

    listener = _Listener(runtime.stream([segment], poll=poll))
    listener.begun.wait()
    time.sleep(after_s)
    cancelled_s = time.perf_counter()
    interrupted.set()
    return _trial(runtime, listener, following, cancelled_s)


def _trial(runtime: Runtime, listener: _Listener, following: StreamingSegment, cancelled_s: float) -> _Trial:
    requested_s = time.perf_counter()
    queue_s = _next_job_queue_s(runtime, following)
    listener.join()
    if listener.completed:
        raise RuntimeError("the segment ended before the cancel")
    return _Trial(
        silent_ms=(listener.ended_s - cancelled_s) * 1e3,
        last_event_ms=max(listener.last_event_s - cancelled_s, 0.0) * 1e3,
        worker_free_ms=(requested_s + queue_s - cancelled_s) * 1e3,
    )


def _next_job_queue_s(runtime: Runtime, segment: StreamingSegment) -> float:
    """Speak a segment and return its time in the queue, in seconds."""
    for event in runtime.stream([segment]):
        if isinstance(event, SegmentDone):
            return event.stats.queue_s
    raise RuntimeError("the job after a cancel did not end")
