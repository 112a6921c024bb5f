"""The workers of one model, and the turns that jobs take on them."""

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
from .fair_queue import TurnQueue
from .segment_task import SegmentTask

_log = logging.getLogger(__name__)

T = TypeVar("T")


class WorkerPool:
    """One to many workers that have the same model loaded. Lives on the runtime loop.

    `start_worker` starts a process and loads the model. The first worker is started by `open`, others when there is
    work for them, up to what `want_workers` was told; one that died is replaced when its turn comes.
    """

    def __init__(self, spec: WorkerSpec, start_worker: Callable[[], Awaitable[Worker]]) -> None:
        self.spec = spec
        self.restarts = 0
        self._start_worker = start_worker
        self._turns: TurnQueue[SegmentTask] = TurnQueue()
        self._workers: list[Worker | None] = []
        self._starting: list[asyncio.Lock] = []
        self._servers: list[asyncio.Task[None]] = []
        self._idle = 0
        self._asking = 0
        self._running: dict[WorkerRequest, list[SegmentTask]] = {}
        self._wanted = 1
        self._closed = False
        self._hurried = False
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
        """Start the first worker. EngineStartError if it can't be."""
        self._serve()
        return await self._ready_worker(0)

    def want_workers(self, count: int) -> None:
        """Let the pool grow to that many workers, within what the engine allows."""
        self._wanted = max(self._wanted, min(count, self.spec.max_workers))

    def hurry(self, hurried: bool) -> None:
        """Let no segment wait for its listener (or let it again): the pool's memory is needed."""
        self._hurried = hurried
        self._relieve()

    async def ask(self, question: Callable[[Worker], Awaitable[T]]) -> T:
        """Ask a worker for something that isn't a segment: one that is free, if there is one.

        EngineStartError if there is none and none can be started; else what the question raises.
        """
        self._asking += 1
        try:
            worker = await self._ready_worker(self._best_slot())
            self._relieve()
            return await question(worker)
        finally:
            self._asking -= 1

    def submit(self, task: SegmentTask) -> None:
        """Queue a segment for its turn."""
        if self._closed:
            task.fail(self._unloaded)
            return
        self._turns.put(task)
        if len(self._turns) > self._idle * self.spec.max_batch and len(self._servers) < self._wanted:
            self._serve()
        self._relieve()

    def discard(self, task: SegmentTask) -> None:
        """Forget a cancelled segment, wherever it is."""
        self._turns.discard(task)
        task.cancel()

    async def close(self) -> None:
        """Fail what waits, stop the workers, and return when their processes are gone."""
        self._closed = True
        for task in self._turns.drain():
            task.fail(self._unloaded)
        for tasks in list(self._running.values()):
            for task in tasks:
                task.fail(self._unloaded)
        for server in self._servers:
            server.cancel()
        await asyncio.gather(*self._servers, return_exceptions=True)
        for starting in self._starting:
            async with starting:
                pass
        await asyncio.gather(*(worker.stop() for worker in self._workers if worker is not None))

    def _serve(self) -> None:
        slot = len(self._workers)
        self._workers.append(None)
        self._starting.append(asyncio.Lock())
        self._servers.append(asyncio.get_running_loop().create_task(self._serve_slot(slot)))

    async def _serve_slot(self, slot: int) -> None:
        # Not for ever, should a start forget that it was cancelled, as `asyncio.wait_for` does (see `within`).
        while not self._closed:
            self._idle += 1
            try:
                tasks = await self._turns.take(self.spec.max_batch)
            finally:
                self._idle -= 1
            try:
                await self._work(slot, [task for task in tasks if not task.cancelled])
            except asyncio.CancelledError:
                for task in tasks:  # those whose worker was still being started, too
                    task.fail(self._unloaded)
                raise
            except Exception as error:  # noqa: BLE001  a bug here must fail its segments, not silence the pool
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
        # A batch comes as its engine makes it, a bit of this segment and a bit of that. Held back for one listener, it
        # would keep another's next chunk, or a job's first segment for its second: it goes to the buffers as a whole.
        credit_bytes = tasks[0].owner.window_bytes if len(tasks) == 1 else UNLIMITED_BYTES
        request = worker.run([task.segment for task in tasks], tasks, credit_bytes)
        for position, task in enumerate(tasks):
            task.begin(request, position, worker.pid, worker.runs_on)
        request.on_starved = self._relieve
        self._running[request] = tasks
        try:
            await request.finished
        except WorkerDiedError as died:
            for task in tasks:
                if task.outcome is None and not task.cancelled and task.died(died.reason, died.log_tail):
                    self._turns.put_back(task)
        else:
            for task in tasks:
                task.fail("its worker forgot it")  # a no-op for what has ended
        finally:
            del self._running[request]

    def _relieve(self) -> None:
        """Let a request whose listener has stalled finish, if somebody else waits for its worker or its memory."""
        for request, tasks in self._running.items():
            # Only a request for one segment has a bound to its credit.
            if request.starved and (self._hurried or self._asking or self._turns.waits_other_than(tasks[0].owner)):
                request.lift_credit()

    def _best_slot(self) -> int:
        busy = {id(request.link) for request in self._running}
        alive = [slot for slot, worker in enumerate(self._workers) if worker is not None and worker.alive]
        return next((slot for slot in alive if id(self._workers[slot]) not in busy), alive[0] if alive else 0)

    async def _ready_worker(self, slot: int) -> Worker:
        """Return the slot's worker, started anew if it isn't alive; whoever asks meanwhile waits for the same one."""
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
