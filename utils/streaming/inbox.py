"""Segments that arrive one by one in another event loop, on their way to the runtime's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from .segment import StreamingSegment

_BOUND = 8


class SegmentInbox:
    """A bounded queue from a caller's loop to the runtime's. An error of the source becomes the job's."""

    def __init__(self, runtime_loop: asyncio.AbstractEventLoop) -> None:
        self._loop = runtime_loop
        self._queue: asyncio.Queue[StreamingSegment | BaseException | None] = asyncio.Queue(_BOUND)

    async def feed(self, source: AsyncIterable[StreamingSegment]) -> None:
        """Pass everything on (in the caller's loop), as fast as the job takes it."""
        try:
            async for segment in source:
                await self._put(segment)
        except asyncio.CancelledError:
            raise
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
