"""One request inside a worker: run the adapter, check what it yields, send it within the listener's credit."""

from __future__ import annotations

import functools
import threading
import traceback
from collections.abc import Callable, Iterator

import numpy as np

from . import protocol
from .adapter import StreamingAdapter
from .child_link import ParentLink
from .events import AdapterEvent, AudioChunk, TranscriptUpdate


class AdapterError(TypeError):
    """An adapter yielded something that the interface doesn't allow."""


class RunState:
    """What the reader thread tells a running request: credit and cancels."""

    def __init__(self, credit_bytes: int) -> None:
        self._credit_bytes = credit_bytes
        self._cancelled: set[int] = set()
        self._changed = threading.Condition()

    def grant(self, n_bytes: int) -> None:
        """Let so many more bytes of samples go out."""
        with self._changed:
            self._credit_bytes += n_bytes
            self._changed.notify_all()

    def cancel(self, position: int) -> None:
        """Stop one position of the request, or all of it (-1)."""
        with self._changed:
            self._cancelled.add(position)
            self._changed.notify_all()

    def cancelled(self, position: int) -> bool:
        """Whether nobody waits for this position any more."""
        cancelled = self._cancelled
        return bool(cancelled) and (position in cancelled or -1 in cancelled)

    def spend(self, n_bytes: int, position: int) -> bool:
        """Wait until there is any credit, take `n_bytes` of it; false if the position was cancelled instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._credit_bytes > 0 or self.cancelled(position))
            if self.cancelled(position):
                return False
            self._credit_bytes -= n_bytes
            return True


class RequestRunner:
    """Runs requests on an adapter, in the worker's main thread."""

    def __init__(self, link: ParentLink) -> None:
        self._link = link

    def run(self, adapter: StreamingAdapter, run: protocol.Run, state: RunState) -> None:
        """Make the segments of a request; ends with `Finished` whatever happens to them."""
        open_positions = set(range(len(run.segments)))
        events = _events(adapter, run, state)
        try:
            for position, event in events:
                if position in open_positions:
                    if event is None:
                        open_positions.discard(position)
                        self._link.send(protocol.SegmentEnd(run.request, position))
                    elif not self._emit(run.request, position, event, state):
                        open_positions.discard(position)
                if not open_positions or state.cancelled(-1):
                    break
        except Exception as error:  # noqa: BLE001  whatever the engine raises is the user's message
            traceback.print_exc()
            for position in sorted(open_positions):
                if not state.cancelled(position):
                    self._link.send(protocol.Failed(run.request, position, str(error) or type(error).__name__))
            open_positions.clear()
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
        for position in sorted(open_positions):
            if not state.cancelled(position):
                self._link.send(protocol.SegmentEnd(run.request, position))
        self._link.send(protocol.Finished(run.request))

    def _emit(self, request: int, position: int, event: AdapterEvent, state: RunState) -> bool:
        """Send one event; false if the position was cancelled meanwhile."""
        if state.cancelled(position):
            return False
        if isinstance(event, TranscriptUpdate):
            self._link.send(
                protocol.Transcript(
                    request,
                    position,
                    event.text,
                    event.start_s,
                    event.end_s,
                    event.words,
                    event.committed,
                    event.language,
                    event.language_probability,
                )
            )
            return True
        if not isinstance(event, AudioChunk):
            raise AdapterError(f"the adapter yielded a {type(event).__name__}, not an AudioChunk or TranscriptUpdate")
        if event.samples.dtype.kind != "f":
            raise AdapterError(f"the adapter yielded samples of type {event.samples.dtype}, not floats in -1..1")
        samples = np.ascontiguousarray(event.samples, dtype="<f4")
        if samples.ndim != 1:
            raise AdapterError(f"the adapter yielded samples of shape {samples.shape}, not [n_samples]")
        if not np.isfinite(samples).all():
            raise AdapterError("the engine made samples that are not numbers (NaN or infinite)")
        # A view without elements can't be cast.
        data = samples.data.cast("B") if samples.size else memoryview(b"")
        words = event.words
        for start in range(0, max(len(data), 1), protocol.MAX_CHUNK_BYTES):
            piece = data[start : start + protocol.MAX_CHUNK_BYTES]
            if not state.spend(len(piece), position):
                return False
            self._link.send(protocol.Chunk(request, position, event.sample_rate, words), piece)
            words = ()
        return True

    def estimate(self, adapter: StreamingAdapter, message: protocol.Estimate) -> None:
        """Answer with the durations of segments at several speeds."""

        def durations() -> protocol.Estimates:
            rows = adapter.estimate_many(message.segments, message.speeds)
            return protocol.Estimates(message.request, tuple(map(tuple, rows)))

        self._answer(message.request, durations)

    def voices(self, adapter: StreamingAdapter, message: protocol.ListVoices) -> None:
        """Answer with the engine's voices."""
        self._answer(message.request, lambda: protocol.Voices(message.request, tuple(adapter.voices())))

    def _answer(self, request: int, make: Callable[[], protocol.ToParent]) -> None:
        try:
            answer = make()
        except Exception as error:  # noqa: BLE001  whatever the engine raises is the user's message
            traceback.print_exc()
            answer = protocol.Failed(request, -1, str(error) or type(error).__name__)
        self._link.send(answer)


def _events(adapter: StreamingAdapter, run: protocol.Run, state: RunState) -> Iterator[tuple[int, AdapterEvent | None]]:
    asks = [functools.partial(state.cancelled, position) for position in range(len(run.segments))]
    if len(run.segments) > 1:
        return adapter.stream_many(run.segments, asks)
    return _with_position(adapter, run, asks[0])


def _with_position(
    adapter: StreamingAdapter, run: protocol.Run, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, AdapterEvent | None]]:
    events = adapter.stream(run.segments[0], cancelled)
    try:
        for event in events:
            yield 0, event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
