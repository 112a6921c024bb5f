"""The model loader: loads each model once, shares it among its users, and unloads it by ending its processes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections import Counter

from ...models.located import LocatedModel
from ..contract.adapter import LoadedModel, OnProgress
from ..contract.engine_spec import EngineSpec
from ..contract.errors import EngineStartError, StartInterruptedError, StreamingError
from ..contract.helper import WorkerSpec
from ..contract.model_key import ModelKey
from ..scheduling.pool import WorkerPool
from ..worker.blobs import BlobStore
from ..worker.protocol import Hello
from ..worker.worker import Worker
from .lease import Holder, Lease, LoadedEntry
from .loaded_model import NOTES, ModelStats, Released
from .memory_budget import MemoryBudget, measure
from .source import ModelSource

_log = logging.getLogger(__name__)
_notes = logging.getLogger(NOTES)


class ModelLoader:
    """All loaded models of this process. Lives on the runtime loop.

    Args:
        idle_timeout_s: How long an unused model stays loaded; 0 unloads it at once.
        budget_bytes: The memory budget (see MemoryBudget); None for no limit.
        source: Where models come from.
        device: The device for engines that leave a choice.
        dtype: The dtype for engines that leave a choice.
    """

    def __init__(
        self,
        blobs: BlobStore,
        *,
        idle_timeout_s: float = 300.0,
        budget_bytes: int | None = None,
        source: ModelSource | None = None,
        device: str = "",
        dtype: str = "",
    ) -> None:
        self.releases: list[Released] = []
        """The last hundred unloads, oldest first."""
        self.refused: list[tuple[str, str]] = []
        """The last hundred connections that workers were refused, oldest first: the engine, and a message."""
        self.loads = 0
        self.worker_starts: Counter[str] = Counter()
        """Started processes, by engine or helper."""
        self.worker_crashes: Counter[str] = Counter()
        """Processes that crashed, hung or couldn't load their model."""
        self.source = source or ModelSource()
        self._blobs = blobs
        self._idle_timeout_s = idle_timeout_s
        self._device = device
        self._dtype = dtype
        self._entries: dict[ModelKey, LoadedEntry] = {}
        self._budget = MemoryBudget(budget_bytes, self._entries, self._begin_unload)
        self._unloading: set[asyncio.Task[Released]] = set()
        self._closed = False
        self._logged_notes: set[tuple[str, str]] = set()

    def key_of(self, spec: EngineSpec, model: str = "") -> ModelKey:
        """Return the key of an engine's model with this loader's device and dtype. ValueError for an unknown model."""
        return ModelKey.of(spec, model, device=self._device, dtype=self._dtype)

    async def acquire(
        self,
        spec: WorkerSpec,
        key: ModelKey,
        *,
        workers: int = 1,
        on_progress: OnProgress | None = None,
        holder: Holder | None = None,
    ) -> Lease:
        """Return a lease on the model, loaded first if need be. EngineStartError if it can't be loaded.

        Concurrent callers share one load. If it fails, it fails for all of them, and the next caller tries again. With
        a `holder`, the lease may be revoked, and the call waits for memory that other holders have.
        """
        self._check_open(key)
        located = LocatedModel()
        if isinstance(spec, EngineSpec):
            located = await self.source.located(spec, key.model, on_progress)
        if holder is not None:
            await self._budget.enter(key, holder, on_progress)
        self._check_open(key)
        entry = self._entries.get(key)
        if entry is not None and entry.located.fingerprint != located.fingerprint and not entry.users:
            # The weights on disk have changed. Users of the old ones keep them; what they make is not cached.
            self._begin_unload(entry, "its weights have changed")
            entry = None
        if entry is None:
            entry = self._entries[key] = self._begin(spec, key, located)
        if not entry.users:
            entry.acquired_at = time.monotonic()
        entry.users += 1
        if holder is not None:
            entry.holders.append(holder)
        if entry.idle_timer is not None:
            entry.idle_timer.cancel()
            entry.idle_timer = None
        if on_progress is not None:
            entry.listeners.append(on_progress)
        lease = Lease(entry, self.released, holder)
        try:
            await asyncio.shield(entry.ready)
        except asyncio.CancelledError:
            lease.release()
            if entry.ready.cancelled():
                raise EngineStartError(f"engine '{key.engine}' was unloaded while it was being loaded") from None
            raise
        except BaseException:
            lease.release()
            raise
        finally:
            if on_progress is not None:
                entry.listeners.remove(on_progress)
        entry.pool.allow_workers(workers)
        return lease

    def released(self, entry: LoadedEntry, *, unload: bool = False) -> None:
        """Remove a user of a model; called by its lease."""
        entry.users -= 1
        entry.last_used = time.monotonic()
        self._budget.recheck()
        if entry.users or self._entries.get(entry.key) is not entry:
            return
        timeout_s = 0.0 if unload else self._idle_timeout_s
        loop = asyncio.get_running_loop()
        entry.idle_timer = loop.call_later(timeout_s, self._unload_idle, entry)

    def unload_idle(self, key: ModelKey) -> None:
        """Unload a model unless it is in use, without waiting for the idle time-out."""
        entry = self._entries.get(key)
        if entry is not None:
            asyncio.get_running_loop().call_soon(self._unload_idle, entry)

    async def unload(self, engine: str | None = None, *, reason: str = "on request") -> list[Released]:
        """Unload every model (of one engine), also those in use: their jobs' unfinished segments fail.

        Returns the memory that was released, when the processes are gone.
        """
        entries = [entry for entry in self._entries.values() if engine in (None, entry.key.engine)]
        unloads = [self._begin_unload(entry, reason) for entry in entries]
        # Cancelling this call doesn't stop the unload. Another call may have begun an unload before.
        released = await asyncio.shield(asyncio.gather(*unloads))
        while self._unloading:
            await asyncio.wait(self._unloading)
        return list(released)

    async def close(self) -> None:
        """Unload all models; nothing can be loaded after that."""
        self._closed = True
        await self.unload(reason="the program is ending")

    def pids(self) -> dict[str, tuple[int, ...]]:
        """Return the worker processes of each loaded engine. Any thread may call this; nothing is measured."""
        loaded: dict[str, tuple[int, ...]] = {}
        for entry in list(self._entries.values()):
            if entry.ready.done():
                loaded[entry.key.engine] = loaded.get(entry.key.engine, ()) + entry.pool.pids
        return loaded

    async def forget_voices(self) -> int:
        """Let all engines drop what they keep of recordings, and return its size in bytes."""
        entries = [
            entry
            for entry in self._entries.values()
            if isinstance(entry.spec, EngineSpec) and entry.spec.can("reference") and entry.is_loaded
        ]
        answers = await asyncio.gather(*(entry.pool.ask_all(Worker.forget_voices) for entry in entries))
        return sum(n_bytes for of_pool in answers for n_bytes in of_pool)

    async def stats(self) -> list[ModelStats]:
        """Return the state of every loaded model, with its memory measured now."""
        return [await self._stats(entry) for entry in list(self._entries.values()) if entry.ready.done()]

    async def _stats(self, entry: LoadedEntry) -> ModelStats:
        pids = entry.pool.pids
        hello = entry.hello
        idle_s = None if entry.users else time.monotonic() - entry.last_used
        return ModelStats(
            engine=entry.key.engine,
            model=entry.key.model,
            pids=pids,
            users=entry.users,
            memory_bytes=await measure(pids),
            idle_s=idle_s,
            restarts=entry.pool.restarts,
            python=hello.python if hello else "",
            interpreter=hello.executable if hello else "",
            versions=dict(hello.versions) if hello else {},
        )

    def _begin(self, spec: WorkerSpec, key: ModelKey, located: LocatedModel) -> LoadedEntry:
        entry = LoadedEntry(key, spec, located)
        entry.pool = WorkerPool(spec, lambda: self._start_worker(entry))
        entry.ready = asyncio.get_running_loop().create_task(self._load(entry))
        return entry

    async def _load(self, entry: LoadedEntry) -> None:
        try:
            await self._budget.evict(keep=entry)
            began = time.monotonic()
            worker = await entry.pool.open()
        except BaseException:
            if self._entries.get(entry.key) is entry:
                del self._entries[entry.key]
            await entry.pool.close()
            self._budget.recheck()
            raise
        entry.load_s = time.monotonic() - began
        self.loads += 1
        await self._budget.loaded(entry, worker.pid)
        self._budget.recheck()

    async def _start_worker(self, entry: LoadedEntry) -> Worker:
        """Start a worker; once more if it dies meanwhile, as a segment is tried once more."""
        try:
            return await self._start_once(entry)
        except StartInterruptedError:
            return await self._start_once(entry)

    async def _start_once(self, entry: LoadedEntry) -> Worker:
        engine = entry.key.engine
        worker = Worker(
            entry.spec,
            self._blobs,
            functools.partial(self._note_refused, engine),
            functools.partial(self.worker_crashes.update, (engine,)),
        )
        self.worker_starts[engine] += 1
        entry.progress("starting the worker", None)
        try:
            hello = entry.hello = await worker.start()
            model = await worker.load(
                model=entry.key.model,
                model_path=entry.located.path,
                device=entry.key.device,
                dtype=entry.key.dtype,
                params=entry.spec.facts(entry.key.model).params if isinstance(entry.spec, EngineSpec) else None,
                on_progress=entry.progress,
            )
        except BaseException:
            await _stop_quietly(worker)
            raise
        if isinstance(entry.spec, EngineSpec):
            await self._check(entry, entry.spec, worker, hello, model)
        entry.progress("ready", 1.0)
        return worker

    async def _check(
        self, entry: LoadedEntry, spec: EngineSpec, worker: Worker, hello: Hello, model: LoadedModel
    ) -> None:
        """Check a worker against its engine.toml, and against the identity that cache keys were made with."""
        if spec.task == "speech" and model.sample_rate != spec.native_sample_rate:
            await _stop_quietly(worker)
            raise EngineStartError(
                f"engine '{entry.key.engine}' has {model.sample_rate} Hz, but its engine.toml says "
                f"{spec.native_sample_rate}"
            )
        assumed = await self.source.identity(spec, entry.key)
        stated = {name: model.versions.get(name, version) for name, version in hello.versions.items()}
        fingerprint = model.fingerprint or entry.located.fingerprint
        if stated != assumed.versions or fingerprint != assumed.fingerprint:
            entry.identified = False
            _log.warning(
                "engine '%s' runs with %s instead of %s: its output is not cached",
                entry.key.engine,
                {**stated, "weights": fingerprint},
                {**assumed.versions, "weights": assumed.fingerprint},
            )
        self._log_notes(entry.key.engine, model.notes)

    def _note_refused(self, engine: str, message: str) -> None:
        if (engine, message) not in self.refused:
            _log.warning("%s", message)
        self.refused[:-99] = []
        self.refused.append((engine, message))

    def _log_notes(self, engine: str, notes: tuple[str, ...]) -> None:
        for note in notes:
            if (engine, note) not in self._logged_notes:
                self._logged_notes.add((engine, note))
                _notes.warning("engine '%s': %s", engine, note)

    def _unload_idle(self, entry: LoadedEntry) -> None:
        if not entry.users and self._entries.get(entry.key) is entry:
            self._begin_unload(entry, "idle")

    def _check_open(self, key: ModelKey) -> None:
        if self._closed:
            raise EngineStartError(f"engine '{key.engine}' can't be loaded: the program is ending")

    def _begin_unload(self, entry: LoadedEntry, reason: str) -> asyncio.Task[Released]:
        # Removed at once: a later caller gets a new load, not one that is being unloaded.
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
        if entry.idle_timer is not None:
            entry.idle_timer.cancel()
        unloading = asyncio.get_running_loop().create_task(self._unload(entry, reason))
        self._unloading.add(unloading)
        unloading.add_done_callback(self._unloading.discard)
        return unloading

    async def _unload(self, entry: LoadedEntry, reason: str) -> Released:
        if not entry.ready.done():
            entry.ready.cancel()
            await asyncio.gather(entry.ready, return_exceptions=True)
        pids = entry.pool.pids
        before_bytes = await measure(pids)
        await entry.pool.close()
        released = Released(
            engine=entry.key.engine,
            model=entry.key.model,
            before_bytes=before_bytes,
            after_bytes=await measure(pids),
            reason=reason,
        )
        self._budget.known_bytes[entry.key] = before_bytes
        self._budget.recheck()
        self.releases[:-99] = []
        self.releases.append(released)
        _log.info(
            "unloaded engine '%s' (%s): %.1f MiB released",
            released.engine,
            reason,
            released.released_bytes / (1 << 20),
        )
        return released


async def _stop_quietly(worker: Worker) -> None:
    """Stop a worker in any state, ignoring its errors."""
    with contextlib.suppress(StreamingError):
        await worker.stop()
