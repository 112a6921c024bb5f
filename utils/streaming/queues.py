"""Queues between the runtime loop and a job's caller, which is a thread or another event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Generic, TypeVar

from .contract.segment import StreamingSegment

T = TypeVar("T")


class EventQueue(Generic[T]):
    """A job's events for its consumer: one producer, one consumer. The producer bounds it by its credit."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def push(self, item: T) -> None:
        """Append an item, and wake the consumer if it is waiting. Never blocks."""
        with self._lock:
            self._items.append(item)
            wake, self._wake = self._wake, None
        if wake is not None:
            wake()

    def pop(self) -> T | None:
        """Take the oldest item, or None."""
        try:
            return self._items.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Drop all items."""
        self._items.clear()

    def on_next(self, wake: Callable[[], None] | None) -> bool:
        """Let the next push call `wake`, once. Return False, without effect, if there is an item already."""
        with self._lock:
            if self._items and wake is not None:
                return False
            self._wake = wake
            return True


_MAX_SEGMENTS = 8


class SegmentQueue:
    """Segments from a caller's loop to the runtime's, bounded. An error of the source becomes the job's."""

    def __init__(self, runtime_loop: asyncio.AbstractEventLoop) -> None:
        self._loop = runtime_loop
        self._queue: asyncio.Queue[StreamingSegment | BaseException | None] = asyncio.Queue(_MAX_SEGMENTS)

    async def feed(self, source: AsyncIterable[StreamingSegment]) -> None:
        """Pass segments on, in the caller's loop, as fast as the job takes them."""
        try:
            async for segment in source:
                await self._put(segment)
        except Exception as error:  # noqa: BLE001  the source is the caller's code: its error is the job's
            await self._put(error)
        else:
            await self._put(None)

    async def _put(self, item: StreamingSegment | BaseException | None) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._queue.put(item), self._loop))

    async def __aiter__(self) -> AsyncIterator[StreamingSegment]:
        while (item := await self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
