"""A job's events for its consumer: a thread (`for`) or another event loop (`async for`)."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from types import TracebackType

from .contract.errors import JobCancelledError
from .contract.events import AudioChunk, StreamEvent
from .job import Ended, JobStream


def call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Schedule a call on another thread's loop; nothing happens if that loop is closed."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        if not loop.is_closed():
            raise


class EventStream:
    """A job's events, to be read once, with `for` or with `async for`. Close it, or use it in a `with`.

    `for event in stream` blocks its thread, and calls `poll`, if there is one, at least every `poll_s` seconds; `poll`
    may raise to stop the job (when the host interrupts, say). `async for event in stream` waits in the caller's loop.
    Leaving the iteration early cancels the job.
    """

    def __init__(
        self,
        runtime_loop: asyncio.AbstractEventLoop,
        job: Future[JobStream],
        *,
        poll: Callable[[], None] | None = None,
        poll_s: float = 0.05,
    ) -> None:
        self._loop = runtime_loop
        self._job_future = job
        self._poll = poll
        self._poll_s = poll_s
        self._over = False
        self._cancelled = False
        self._closed_by = 0
        self.feeding: asyncio.Task[None] | None = None
        """The task that feeds a live job, in the consumer's loop."""

    def __iter__(self) -> Iterator[StreamEvent]:
        try:
            while (event := self._next()) is not None:
                yield event
        finally:
            self.close()

    async def __aiter__(self) -> AsyncIterator[StreamEvent]:
        try:
            await asyncio.wrap_future(self._job_future)
            while (event := await self._anext()) is not None:
                yield event
        finally:
            self.close()

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel the job unless it is over: no event follows. Returns at once; see `wait_closed`."""
        if not self._over and not self._cancelled:
            self._cancelled = True
            self._closed_by = threading.get_ident()
            call_soon(self._loop, self._cancel_on_loop)
        if self.feeding is not None:
            self.feeding.cancel()

    def wait_closed(self, timeout_s: float | None = None) -> None:
        """Wait until the job is over, its cache entries are written and its models are released."""
        job = self._job_future.result(timeout_s)
        asyncio.run_coroutine_threadsafe(job.wait_over(), self._loop).result(timeout_s)

    def _cancel_on_loop(self) -> None:
        # The job was created by an earlier callback on the same loop, so its future is done.
        if self._job_future.exception() is None:
            self._job_future.result().cancel()

    def _next(self) -> StreamEvent | None:
        if self._ended():
            return None
        job = self._job_future.result()
        events = job.events
        if self._poll is not None:
            self._poll()
        while (item := events.pop()) is None:
            self._grant(job.credit.take_rest())
            arrived = threading.Lock()
            arrived.acquire()
            if not events.on_next(arrived.release):
                continue
            try:
                while not arrived.acquire(timeout=self._poll_s if self._poll is not None else -1):
                    if self._poll is not None:
                        self._poll()
            finally:
                events.on_next(None)
        return self._received(item)

    async def _anext(self) -> StreamEvent | None:
        if self._ended():
            return None
        job = self._job_future.result()
        events = job.events
        loop = asyncio.get_running_loop()
        while (item := events.pop()) is None:
            self._grant(job.credit.take_rest())
            arrived = asyncio.Event()

            def wake(arrived: asyncio.Event = arrived) -> None:
                call_soon(loop, arrived.set)

            if not events.on_next(wake):
                continue
            try:
                await arrived.wait()
            finally:
                events.on_next(None)
        return self._received(item)

    def _ended(self) -> bool:
        if self._cancelled and not self._over and self._closed_by != threading.get_ident():
            # Closed by another thread: an incomplete job must not look complete.
            raise JobCancelledError()
        return self._over or self._cancelled

    def _received(self, item: StreamEvent | Ended) -> StreamEvent | None:
        if isinstance(item, Ended):
            self._over = True
            if item.error is not None:
                raise item.error
            return None
        if self._cancelled:  # by another thread, while this one was waiting
            raise JobCancelledError()
        if isinstance(item, AudioChunk):
            self._grant(self._job_future.result().credit.take(item.samples.nbytes))
        return item

    def _grant(self, n_bytes: int) -> None:
        if n_bytes:
            call_soon(self._loop, functools.partial(self._job_future.result().consumed, n_bytes))
