"""One job on the runtime loop: segments in, events out in segment order, exactly once, within bounds."""

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
from .queues import Outbox
from .scheduling.fair_queue import Priority
from .scheduling.segment_task import SegmentTask
from .worker.credit import Credit

_job_ids = itertools.count(1)


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a job is run. None of it changes the sound.

    `look_ahead` is how many segments may be under way beyond the one being delivered, at least as many as `workers`.
    `window_bytes` bounds what each of them, and the way to the consumer, may hold. `on_failure` is `raise` (the job
    ends with SegmentError) or `report` (a SegmentFailed event stands in its place and the job goes on).
    """

    workers: int = 1
    priority: Priority = Priority.BATCH
    on_failure: Literal["raise", "report"] = "raise"
    look_ahead: int = 4
    window_bytes: int = 1 << 20
    use_cache: bool = True
    unload_after: bool = False
    """Let go of the models as soon as the job is over, instead of after the idle time-out."""


class Ended(msgspec.Struct, frozen=True, eq=False):
    """The last thing in a job's outbox: its end, with the error if there was one."""

    error: BaseException | None


class TaskStarter(Protocol):
    """What makes segments: the coordinator."""

    async def begin(self, task: SegmentTask, job: JobStream) -> None:
        """Look in the cache, else give the task to a worker. Errors are the task's."""

    def abandon(self, task: SegmentTask) -> None:
        """Stop a task wherever it is."""

    def settled(self, job: JobStream) -> None:
        """No further task begins before one of those under way is delivered."""

    def task_over(self, task: SegmentTask, job: JobStream) -> None:
        """A task has its outcome."""

    async def finish(self, job: JobStream) -> None:
        """Wait for what the job leaves behind (cache entries being written) and release its models."""

    def new_task(self, job: JobStream, segment: StreamingSegment) -> SegmentTask:
        """Make a task for a segment. StreamingError or ValueError if it can't be worked on at all."""


class JobStream:
    """Keeps a job's segments moving. Created and used on the runtime loop; `outbox` is what its consumer reads."""

    def __init__(self, starter: TaskStarter, segments: AsyncIterator[StreamingSegment], options: StreamOptions) -> None:
        self.request = next(_job_ids)
        self.options = options
        self.priority = options.priority
        self.window_bytes = options.window_bytes
        self.outbox: Outbox[StreamEvent | Ended] = Outbox()
        self._starter = starter
        self._segments = segments
        self._tasks: deque[SegmentTask] = deque()
        self._room = asyncio.Event()
        self.credit = Credit(options.window_bytes)
        """Of this job, which sends events, and its consumer, which takes them."""
        self._source_over = False
        self._failure: BaseException | None = None
        self._over = asyncio.Event()
        self.look_ahead = max(options.look_ahead, options.workers + 1)
        self.is_filling = True
        """Whether further segments may begin before one of those under way is delivered."""
        self._runner = asyncio.get_running_loop().create_task(self._run())

    @property
    def urgent(self) -> bool:
        """Whether somebody listens now."""
        return self.priority is Priority.LIVE

    def consumed(self, n_bytes: int) -> None:
        """Let the job deliver more: the consumer took that many bytes of samples."""
        self.credit.grant(n_bytes)
        self.flush()

    def cancel(self) -> None:
        """Stop everything; nothing more reaches the outbox but its end. Finished segments stay in the cache.

        Who closed the stream himself doesn't see that end; any other consumer gets JobCancelledError: half a job
        must not pass for a whole one.
        """
        self._stop(JobCancelledError())
        self.outbox.clear()

    async def wait_over(self) -> None:
        """Wait until the job has left nothing behind."""
        await asyncio.shield(self._runner)

    def loading(self, engine: str, model: str, message: str, fraction: float | None) -> None:
        """Pass a model's load progress on."""
        if not self._over.is_set():
            self.outbox.push(
                LoadProgress(engine=engine, model=model, message=message, fraction=fraction, request=self.request)
            )

    def on_task_over(self, task: SegmentTask) -> None:
        """A task has its outcome."""
        self._starter.task_over(task, self)
        self.flush()

    def flush(self) -> None:
        """Move what is ready to the outbox, in order, as far as the window allows."""
        tasks, outbox = self._tasks, self.outbox
        while tasks and self.credit.is_open and not self._over.is_set():
            head = tasks[0]
            event = head.pop()
            if event is not None:
                if isinstance(event, AudioChunk):
                    self.credit.spend(event.samples.nbytes)
                outbox.push(event)
                continue
            if head.outcome is None:
                return
            tasks.popleft()
            if isinstance(head.outcome, SegmentFailed) and self.options.on_failure == "raise":
                self._stop(SegmentError(head.outcome))
                return
            outbox.push(head.outcome)
            self._room.set()
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
        self._room.set()

    async def _run(self) -> None:
        pump = asyncio.get_running_loop().create_task(self._pump())
        await self._over.wait()
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        for task in self._tasks:  # begun by the pump's last step
            self._starter.abandon(task)
        try:
            await self._starter.finish(self)
        finally:
            self.outbox.push(Ended(self._failure))

    async def _pump(self) -> None:
        """Take segments from the source as there is room for them, and start them in order."""
        try:
            async for segment in self._segments:
                task = self._starter.new_task(self, segment)
                self._tasks.append(task)
                await self._starter.begin(task, self)
                while len(self._tasks) > self.look_ahead:
                    self._room.clear()
                    self._settle()
                    await self._room.wait()
                self.is_filling = True
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  the source is the caller's code: its error is the job's
            self._stop(error)
        else:
            self._source_over = True
            self._settle()
            self.flush()

    def _settle(self) -> None:
        self.is_filling = False
        self._starter.settled(self)
