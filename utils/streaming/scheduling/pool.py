"""The workers of one model, which jobs share through a fair queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..contract.errors import EngineStartError, StreamingError, WorkerDiedError
from ..contract.helper import WorkerSpec
from ..worker.credit import UNLIMITED_BYTES
from ..worker.request import WorkerRequest
from ..worker.worker import Worker
from .fair_queue import FairQueue
from .segment_task import SegmentTask

_log = logging.getLogger(__name__)

T = TypeVar("T")


class WorkerPool:
    """Workers that have the same model loaded, in slots. Lives on the runtime loop.

    `start_worker` starts a process and loads the model. Invariants:

    - One task serves each slot: it takes segments from the queue and runs one request at a time on the slot's worker.
    - `open` starts the first worker. Others start when the queue holds more than idle slots can take, up to the limit
      of `allow_workers`. A worker that died is replaced when its slot takes the next segments.
    - A segment leaves `_running` with an outcome, cancelled, or back in the queue for a retry.
    - A request is starved when its listener stalls. Its credit is lifted if another job, a question or another model's
      memory waits for the worker, so a slow listener delays only its own job.
    """

    def __init__(self, spec: WorkerSpec, start_worker: Callable[[], Awaitable[Worker]]) -> None:
        self.spec = spec
        self.restarts = 0
        self._start_worker = start_worker
        self._queue: FairQueue[SegmentTask] = FairQueue()
        self._workers: list[Worker | None] = []
        self._starting: list[asyncio.Lock] = []
        self._slot_tasks: list[asyncio.Task[None]] = []
        self._idle = 0
        self._asking = 0
        self._running: dict[WorkerRequest, list[SegmentTask]] = {}
        self._max_workers = 1
        self._closed = False
        self._credit_lifted = False
        self._unloaded = f"{spec.label} was unloaded"

    @property
    def workers(self) -> list[Worker]:
        """The workers that are alive."""
        return [worker for worker in self._workers if worker is not None and worker.alive]

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers that are alive."""
        return tuple(worker.pid for worker in self.workers)

    async def open(self) -> Worker:
        """Start the first worker. EngineStartError if that fails."""
        self._serve()
        return await self._ready_worker(0)

    def allow_workers(self, count: int) -> None:
        """Let the pool grow to `count` workers, up to the engine's limit."""
        self._max_workers = max(self._max_workers, min(count, self.spec.max_workers))

    def lift_credit(self, lifted: bool) -> None:
        """Lift the credit of starved requests from now on, or stop doing so: the model's memory is needed."""
        self._credit_lifted = lifted
        self._lift_starved()

    async def ask(self, question: Callable[[Worker], Awaitable[T]]) -> T:
        """Send a worker a question (a request that isn't a segment), preferably a free worker.

        If the worker dies, the question is sent once more, to a new one.

        EngineStartError if no worker can be started; WorkerDiedError for a second death; the errors of the question.
        """
        self._asking += 1
        try:
            try:
                return await self._ask_once(question)
            except WorkerDiedError:
                return await self._ask_once(question)
        finally:
            self._asking -= 1

    async def ask_all(self, question: Callable[[Worker], Awaitable[T]]) -> list[T]:
        """Send every running worker a question, and return the answers of those that don't die before theirs."""
        self._asking += 1
        try:
            self._lift_starved()
            answers = await asyncio.gather(*map(question, self.workers), return_exceptions=True)
        finally:
            self._asking -= 1
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, WorkerDiedError):
                raise answer
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    async def _ask_once(self, question: Callable[[Worker], Awaitable[T]]) -> T:
        worker = await self._ready_worker(self._best_slot())
        self._lift_starved()
        return await question(worker)

    def submit(self, task: SegmentTask) -> None:
        """Queue a segment."""
        if self._closed:
            task.fail(self._unloaded)
            return
        self._queue.put(task)
        if len(self._queue) > self._idle * self.spec.max_batch and len(self._slot_tasks) < self._max_workers:
            self._serve()
        self._lift_starved()

    def discard(self, task: SegmentTask) -> None:
        """Cancel a segment, whether it waits or runs."""
        self._queue.discard(task)
        task.cancel()

    async def close(self) -> None:
        """Fail all segments, stop the workers, and return when their processes are gone."""
        self._closed = True
        for task in self._queue.drain():
            task.fail(self._unloaded)
        for tasks in list(self._running.values()):
            for task in tasks:
                task.fail(self._unloaded)
        for slot_task in self._slot_tasks:
            slot_task.cancel()
        await asyncio.gather(*self._slot_tasks, return_exceptions=True)
        for starting in self._starting:
            async with starting:
                pass
        await asyncio.gather(*(worker.stop() for worker in self._workers if worker is not None))

    def _serve(self) -> None:
        slot = len(self._workers)
        self._workers.append(None)
        self._starting.append(asyncio.Lock())
        self._slot_tasks.append(asyncio.get_running_loop().create_task(self._serve_slot(slot)))

    async def _serve_slot(self, slot: int) -> None:
        # Bounded, in case a start loses its cancellation, as `asyncio.wait_for` can (see `within`).
        while not self._closed:
            self._idle += 1
            try:
                tasks = await self._queue.take(self.spec.max_batch)
            finally:
                self._idle -= 1
            try:
                await self._work(slot, [task for task in tasks if not task.cancelled])
            except asyncio.CancelledError:
                for task in tasks:  # also those whose worker was still starting
                    task.fail(self._unloaded)
                raise
            except Exception as error:  # noqa: BLE001  a bug here must fail its segments, not stop the pool
                _log.exception("%s", self.spec.label)
                for task in tasks:
                    task.fail(f"{type(error).__name__}: {error}")

    async def _work(self, slot: int, tasks: list[SegmentTask]) -> None:
        if not tasks:
            return
        try:
            worker = await self._ready_worker(slot)
        except StreamingError as error:
            for task in tasks:
                task.fail(str(error))
            return
        tasks = [task for task in tasks if not task.cancelled]
        if self._closed:
            for task in tasks:
                task.fail(self._unloaded)
            return
        if not tasks:
            return
        # Chunks of a batch are interleaved. A limit for one listener would hold back the chunks of the others, or a
        # job's first segment for its second. So a batch has no limit, and its chunks go to the buffers.
        credit_bytes = tasks[0].owner.window_bytes if len(tasks) == 1 else UNLIMITED_BYTES
        request = worker.run([task.segment for task in tasks], tasks, credit_bytes)
        for position, task in enumerate(tasks):
            task.begin(request, position, worker.pid, worker.runs_on)
        request.on_starved = self._lift_starved
        self._running[request] = tasks
        try:
            await request.finished
        except WorkerDiedError as died:
            for task in tasks:
                if task.outcome is None and not task.cancelled and task.on_death(died.reason, died.log_tail):
                    self._queue.put_retry(task)
        else:
            for task in tasks:
                # This has no effect on a segment that has an outcome.
                task.fail("internal error: its worker finished without reporting it")
        finally:
            del self._running[request]

    def _lift_starved(self) -> None:
        """Lift the credit of starved requests if something else waits for their worker or its memory."""
        for request, tasks in self._running.items():
            # Only a request for a single segment has limited credit.
            if request.starved and (self._credit_lifted or self._asking or self._queue.has_other_than(tasks[0].owner)):
                request.lift_credit()

    def _best_slot(self) -> int:
        busy = {id(request.link) for request in self._running}
        alive = [slot for slot, worker in enumerate(self._workers) if worker is not None and worker.alive]
        return next((slot for slot in alive if id(self._workers[slot]) not in busy), alive[0] if alive else 0)

    async def _ready_worker(self, slot: int) -> Worker:
        """Return the slot's worker, restarted if it isn't alive. Concurrent callers wait for the same start."""
        async with self._starting[slot]:
            worker = self._workers[slot]
            if worker is not None and worker.alive:
                return worker
            if self._closed:
                raise EngineStartError(self._unloaded)
            if worker is not None:
                await worker.wait_gone()
                self.restarts += 1
            worker = self._workers[slot] = await self._start_worker()
            return worker
