"""A cancel in the midst of Kokoro's longest pass: when the worker is free again, and that nothing comes after it."""

from __future__ import annotations

import threading
import time

from voxweft.utils.streaming import SegmentDone, StreamingSegment
from voxweft.utils.streaming.contract.errors import JobCancelledError
from voxweft.utils.streaming.event_stream import EventStream

from .bench import percentile, with_spread
from .kokoro_isolated import Isolated, kokoro_segment
from .kokoro_texts import SHORT, long_sentence

_LATEST_EVENT_MS = 250.0


class _Listener:
    """Takes a stream's events in a thread of its own, and notes when the last one came."""

    def __init__(self, stream: EventStream) -> None:
        self.last_event_s = 0.0
        self.completed = False
        self._stream = stream
        self._thread = threading.Thread(target=self._listen, name="listener")
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _listen(self) -> None:
        try:
            for event in self._stream:
                self.last_event_s = time.perf_counter()
                self.completed = isinstance(event, SegmentDone)
        except JobCancelledError:
            pass


def measure_cancel(kokoro: Isolated, *, cancels: int, after_s: float) -> dict[str, float]:
    """Return when the worker took its next job, in milliseconds from a cancel, and when the last event came.

    The cancel comes `after_s` after the request for a sentence that is one pass of the network, nearly as long as it
    takes. `cancel_stop_ms` is the 95th percentile over `cancels` of them, `cancel_last_event_ms` the longest (0 if
    nothing came after a cancel), `cancel_late_events` how many cancels had an event after 250 ms.
    """
    text = long_sentence()
    stops_ms, last_events_ms = [], []
    for _ in range(cancels):
        stream = kokoro.runtime.stream([kokoro_segment(text)])
        listener = _Listener(stream)
        time.sleep(after_s)
        cancelled_s = time.perf_counter()
        stream.close()
        asked_s = time.perf_counter()
        queue_s = _queue_s(kokoro, kokoro_segment(SHORT))
        listener.join()
        if listener.completed:
            raise RuntimeError("the sentence was over before it could be cancelled")
        stops_ms.append((asked_s + queue_s - cancelled_s) * 1e3)
        last_events_ms.append(max(listener.last_event_s - cancelled_s, 0.0) * 1e3)
    return {
        **with_spread("cancel_stop_ms", percentile(stops_ms, 95), stops_ms),
        "cancel_last_event_ms": max(last_events_ms),
        "cancel_late_events": float(sum(time_ms > _LATEST_EVENT_MS for time_ms in last_events_ms)),
    }


def _queue_s(kokoro: Isolated, segment: StreamingSegment) -> float:
    """Speak a segment and return how long it waited for the worker."""
    for event in kokoro.runtime.stream([segment]):
        if isinstance(event, SegmentDone):
            return event.figures.queue_s
    raise RuntimeError("the job after a cancel did not end")
