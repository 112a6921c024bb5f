"""One job on the runtime loop: segments in, events out, in order and exactly once."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import msgspec

from .contract.errors import JobCancelledError, SegmentError
from .contract.events import AudioChunk, LoadProgress, SegmentFailed, StreamEvent
from .contract.segment import StreamingSegment
from .queues import EventQueue
from .scheduling.fair_queue import Priority
from .scheduling.segment_task import SegmentTask
from .worker.credit import Credit

_job_ids = itertools.count(1)


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a job. None of them changes the audio.

    Args:
        look_ahead: How many segments may be in flight beyond the one being delivered; at least `workers` + 1.
        window_bytes: The limit of audio that each of them, and the event queue, may hold before it is taken.
        on_failure: `raise` ends the job with SegmentError; `report` delivers SegmentFailed and continues.
        unload_after: Unload the models when the job is over, instead of after the idle time-out.
    """

    workers: int = 1
    priority: Priority = Priority.BATCH
    on_failure: Literal["raise", "report"] = "raise"
    look_ahead: int = 4
    window_bytes: int = 1 << 20
    use_cache: bool = True
    unload_after: bool = False


class Ended(msgspec.Struct, frozen=True, eq=False):
    """The last item of a job's events: its end, with the error if there was one."""

    error: BaseException | None


class TaskStarter(Protocol):
    """Starts the tasks of a job: the coordinator."""

    async def begin(self, task: SegmentTask, job: JobStream) -> None:
        """Complete the task from the cache, or queue it for a worker. Errors fail the task."""

    def abandon(self, task: SegmentTask) -> None:
        """Stop a task wherever it is."""

    def on_look_ahead_full(self, job: JobStream) -> None:
        """Note that no further task begins before one of those in flight is delivered."""

    def task_over(self, task: SegmentTask, job: JobStream) -> None:
        """Note that a task has its outcome."""

    async def finish(self, job: JobStream) -> None:
        """Wait for cache entries that are still being written, and release the job's models."""

    def new_task(self, job: JobStream, segment: StreamingSegment) -> SegmentTask:
        """Return a task for a segment. StreamingError or ValueError if there can't be one."""


class JobStream:
    """A job's segments in flight. Created and used on the runtime loop; its consumer reads `events`.

    - `_tasks` holds the segments in flight, in order, at most `look_ahead` + 1. Only the first one delivers. It is
      removed when it has its outcome and all of its events were delivered.
    - Audio is delivered on credit: `events` holds at most `window_bytes` and one chunk, and so does each task.
    - `_over` is set once: by an error, by `cancel`, or when the source has ended and no task is left. After that only
      `Ended` is delivered, once the tasks were abandoned and `finish` has returned.
    """

    def __init__(self, starter: TaskStarter, segments: AsyncIterator[StreamingSegment], options: StreamOptions) -> None:
        self.request = next(_job_ids)
        self.options = options
        self.priority = options.priority
        self.window_bytes = options.window_bytes
        self.events: EventQueue[StreamEvent | Ended] = EventQueue()
        self._starter = starter
        self._segments = segments
        self._tasks: deque[SegmentTask] = deque()
        self._has_capacity = asyncio.Event()
        self.credit = Credit(options.window_bytes)
        """The job is its sender, the consumer its listener."""
        self._source_over = False
        self._failure: BaseException | None = None
        self._over = asyncio.Event()
        self.look_ahead = max(options.look_ahead, options.workers + 1)
        self.is_filling = True
        """Whether further segments may begin before one of those in flight is delivered."""
        self._runner = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_live(self) -> bool:
        """Whether a listener waits for the audio (`Priority.LIVE`)."""
        return self.priority is Priority.LIVE

    def consumed(self, n_bytes: int) -> None:
        """Grant credit for `n_bytes` of samples, which the consumer took."""
        self.credit.grant(n_bytes)
        self.flush()

    def cancel(self) -> None:
        """Stop the job and drop its events. Finished segments stay in the cache.

        A consumer that didn't close the stream itself gets JobCancelledError: an incomplete job must not look complete.
        """
        self._stop(JobCancelledError())
        self.events.clear()

    async def wait_over(self) -> None:
        """Wait until the job is over and `finish` has returned."""
        await asyncio.shield(self._runner)

    def loading(self, engine: str, model: str, message: str, fraction: float | None) -> None:
        """Deliver the progress of a model's load."""
        if not self._over.is_set():
            self.events.push(
                LoadProgress(engine=engine, model=model, message=message, fraction=fraction, request=self.request)
            )

    def on_task_over(self, task: SegmentTask) -> None:
        """Note that a task has its outcome."""
        self._starter.task_over(task, self)
        self.flush()

    def flush(self) -> None:
        """Deliver the ready events, in order, as far as the credit allows."""
        tasks, events = self._tasks, self.events
        while tasks and self.credit.is_open and not self._over.is_set():
            head = tasks[0]
            event = head.pop()
            if event is not None:
                if isinstance(event, AudioChunk):
                    self.credit.spend(event.samples.nbytes)
                events.push(event)
                continue
            if head.outcome is None:
                return
            tasks.popleft()
            ends_job = self.options.on_failure == "raise" and head.index >= 0
            if ends_job and isinstance(head.outcome, SegmentFailed):
                self._stop(SegmentError(head.outcome))
                return
            events.push(head.outcome)
            self._has_capacity.set()
        if self._source_over and not tasks:
            self._over.set()

    def _stop(self, error: BaseException) -> None:
        if self._over.is_set():
            return
        self._failure = error
        self._over.set()
        for task in self._tasks:
            self._starter.abandon(task)
        self._tasks.clear()
        self._has_capacity.set()

    async def _run(self) -> None:
        pump = asyncio.get_running_loop().create_task(self._pump())
        await self._over.wait()
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        for task in self._tasks:  # started by the pump's last step
            self._starter.abandon(task)
        try:
            await self._starter.finish(self)
        finally:
            self.events.push(Ended(self._failure))

    async def _pump(self) -> None:
        """Take segments from the source, within the look-ahead, and start them in order."""
        try:
            async for segment in self._segments:
                task = self._starter.new_task(self, segment)
                self._tasks.append(task)
                await self._starter.begin(task, self)
                while len(self._tasks) > self.look_ahead:
                    self._has_capacity.clear()
                    self._look_ahead_full()
                    await self._has_capacity.wait()
                self.is_filling = True
        except Exception as error:  # noqa: BLE001  the source is the caller's code: its error is the job's
            self._stop(error)
        else:
            self._source_over = True
            self._look_ahead_full()
            self.flush()

    def _look_ahead_full(self) -> None:
        self.is_filling = False
        self._starter.on_look_ahead_full(self)
