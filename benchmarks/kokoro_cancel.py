"""Cancel Kokoro in the middle of its longest pass: time until the worker is free, and late events."""

from __future__ import annotations

import threading
import time

from voxweft.utils.streaming import SegmentDone, StreamingSegment
from voxweft.utils.streaming.contract.errors import JobCancelledError
from voxweft.utils.streaming.event_stream import EventStream

from .bench import percentile, with_spread
from .kokoro_isolated import Isolated, kokoro_segment
from .kokoro_texts import SHORT, long_sentence

_MAX_EVENT_MS = 250.0


class _Listener:
    """Consumes a stream in its own thread and records the time of the last event."""

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
    """Return the milliseconds from a cancel to the worker's next job and to the last event.

    The cancel comes `after_s` after the request of a sentence of the longest length that is one pass of the network.
    `cancel_stop_ms` is the 95th percentile over `cancels`, `cancel_last_event_ms` the maximum (0 without events after
    a cancel), `cancel_late_events` the number of cancels with an event after 250 ms.
    """
    text = long_sentence()
    stops_ms, last_events_ms = [], []
    for _ in range(cancels):
        stream = kokoro.runtime.stream([kokoro_segment(text)])
        listener = _Listener(stream)
        time.sleep(after_s)
        cancelled_s = time.perf_counter()
        stream.close()
        requested_s = time.perf_counter()
        queue_s = _queue_s(kokoro, kokoro_segment(SHORT))
        listener.join()
        if listener.completed:
            raise RuntimeError("the sentence ended before the cancel; use a longer one")
        stops_ms.append((requested_s + queue_s - cancelled_s) * 1e3)
        last_events_ms.append(max(listener.last_event_s - cancelled_s, 0.0) * 1e3)
    return {
        **with_spread("cancel_stop_ms", percentile(stops_ms, 95), stops_ms),
        "cancel_last_event_ms": max(last_events_ms),
        "cancel_late_events": float(sum(time_ms > _MAX_EVENT_MS for time_ms in last_events_ms)),
    }


def _queue_s(kokoro: Isolated, segment: StreamingSegment) -> float:
    """Speak a segment and return its time in the queue, in seconds."""
    for event in kokoro.runtime.stream([segment]):
        if isinstance(event, SegmentDone):
            return event.stats.queue_s
    raise RuntimeError("the job after a cancel did not end")
