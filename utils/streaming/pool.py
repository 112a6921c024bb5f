"""The workers of one model, and the turns that jobs take on them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from ...engines.spec import EngineSpec
from .errors import EngineStartError, StreamingError, WorkerDiedError
from .task import SegmentTask
from .turns import TurnQueue
from .worker import Worker, WorkerRequest

_log = logging.getLogger(__name__)


class WorkerPool:
    """One to many workers that have the same model loaded. Lives on the runtime loop.

    `start_worker` starts a process and loads the model. The first worker is started by `open`, others when there is
    work for them, up to what `want_workers` was told; one that died is replaced when its turn comes.
    """

    def __init__(self, spec: EngineSpec, start_worker: Callable[[], Awaitable[Worker]]) -> None:
        self.spec = spec
        self.restarts = 0
        self._start_worker = start_worker
        self._turns: TurnQueue[SegmentTask] = TurnQueue()
        self._workers: list[Worker | None] = []
        self._servers: list[asyncio.Task[None]] = []
        self._running: dict[WorkerRequest, list[SegmentTask]] = {}
        self._wanted = 1
        self._closed = False
        self.idle_since = time.monotonic()

    @property
    def workers(self) -> list[Worker]:
        """The workers that are alive."""
        return [worker for worker in self._workers if worker is not None and worker.alive]

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._running) or len(self._turns) > 0

    async def open(self) -> Worker:
        """Start the first worker. EngineStartError if it can't be."""
        worker = await self._start_worker()
        self._serve(worker)
        return worker

    def want_workers(self, count: int) -> None:
        """Let the pool grow to that many workers, within what the engine allows."""
        self._wanted = max(self._wanted, min(count, self.spec.max_workers))

    async def any_worker(self) -> Worker:
        """Return a live worker for a request that isn't a segment, starting one if need be."""
        for worker in self.workers:
            return worker
        if self._closed:
            raise EngineStartError(f"engine '{self.spec.name}' is being unloaded")
        worker = await self._start_worker()
        for slot, old in enumerate(self._workers):
            if old is None or not old.alive:
                self._workers[slot] = worker
                return worker
        self._serve(worker)
        return worker

    def submit(self, task: SegmentTask) -> None:
        """Queue a segment for its turn."""
        if self._closed:
            task.fail(f"engine '{self.spec.name}' was unloaded")
            return
        self._turns.put(task)
        if len(self._running) == len(self._servers) < self._wanted:
            self._serve(None)
        self._relieve()

    def discard(self, task: SegmentTask) -> None:
        """Forget a cancelled segment, wherever it is."""
        self._turns.discard(task)
        task.cancel()
        for request, tasks in self._running.items():
            if task in tasks and all(other.cancelled or other.outcome for other in tasks):
                request.cancel()

    async def close(self) -> None:
        """Fail what waits, stop the workers, and return when their processes are gone."""
        self._closed = True
        for task in self._turns.drain():
            task.fail(f"engine '{self.spec.name}' was unloaded")
        for tasks in list(self._running.values()):
            for task in tasks:
                task.fail(f"engine '{self.spec.name}' was unloaded")
        for server in self._servers:
            server.cancel()
        await asyncio.gather(*self._servers, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers if worker is not None))

    def _serve(self, worker: Worker | None) -> None:
        slot = len(self._workers)
        self._workers.append(worker)
        self._servers.append(asyncio.get_running_loop().create_task(self._serve_slot(slot)))

    async def _serve_slot(self, slot: int) -> None:
        while True:
            tasks = await self._turns.take(self.spec.max_batch)
            try:
                await self._work(slot, [task for task in tasks if not task.cancelled])
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001  a bug here must fail its segments, not silence the pool
                _log.exception("engine '%s'", self.spec.name)
                for task in tasks:
                    task.fail(f"{type(error).__name__}: {error}")

    async def _work(self, slot: int, tasks: list[SegmentTask]) -> None:
        if not tasks:
            return
        worker = self._workers[slot]
        if worker is None or not worker.alive:
            if worker is not None:
                self.restarts += 1
            try:
                worker = self._workers[slot] = await self._start_worker()
            except StreamingError as error:
                for task in tasks:
                    task.fail(str(error))
                return
            tasks = [task for task in tasks if not task.cancelled]
            if not tasks:
                return
        window_bytes = min(task.owner.window_bytes for task in tasks) * len(tasks)
        request = worker.run([task.segment for task in tasks], tasks, window_bytes)
        for position, task in enumerate(tasks):
            task.begin(request, position, worker.pid)
        request.on_starved = self._relieve
        self._running[request] = tasks
        try:
            await request.finished
        except WorkerDiedError as died:
            for task in tasks:
                if task.outcome is None and not task.cancelled and task.died(died.reason, died.log_tail):
                    self._turns.put_first(task)
        else:
            for task in tasks:
                task.fail("its worker forgot it")  # a no-op for what has ended
        finally:
            del self._running[request]
            self.idle_since = time.monotonic()

    def _relieve(self) -> None:
        """Let a request whose listener has stalled finish, if somebody else waits for its worker."""
        for request, tasks in self._running.items():
            if request.starved and any(self._turns.waits_other_than(task.owner) for task in tasks):
                request.unleash()


async def stop_quietly(worker: Worker) -> None:
    """Stop a worker that nobody will use, whatever state it is in."""
    with contextlib.suppress(StreamingError):
        await worker.stop()
