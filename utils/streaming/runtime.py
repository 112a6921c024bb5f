"""The runtime: one thread with one event loop for the core of a process, and its interface for other threads."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any, TypeVar

from ..cache.key import SegmentKeys
from ..cache.store import SegmentCache
from ..environments.resolution import Environments
from ..models.located import LocatedModel
from ..models.store import ModelStore
from ..settings import Settings, read_settings
from .contract.adapter import OnProgress, VoiceInfo
from .contract.engine_input import engine_input
from .contract.engine_spec import EngineSpec
from .contract.registry import EngineRegistry
from .contract.segment import StreamingSegment
from .coordinator import StreamingCoordinator
from .event_stream import EventStream
from .job import JobStream, StreamOptions
from .loading.fetch import fetch
from .loading.loaded_model import ModelStats, Released
from .loading.loader import ModelLoader
from .loading.readiness import missing_requirement
from .loading.source import ModelSource, identity_of
from .queues import SegmentQueue
from .worker.blobs import BlobStore
from .worker.worker import Worker

T = TypeVar("T")
_POLL_S = 0.05


class Runtime:
    """The core of one process: engines, loader, cache and coordinator on their own thread.

    `run` and `arun` run a coroutine on that thread, blocking or awaiting; `stream` starts a job. `close` stops the
    workers, and so does the end of the process. `model_paths` maps engines to folders of models, which take precedence
    over every other folder; a recognizer's model is then named after its folder.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        registry: EngineRegistry | None = None,
        *,
        model_paths: Mapping[str, Path] | None = None,
    ) -> None:
        self.settings = settings or read_settings()
        self.registry = registry or EngineRegistry(self.settings.engine_folders)
        if self.settings.offline:
            self.registry = self.registry.offline()
        if self.settings.commercial:
            self.registry = self.registry.for_commercial_use()
        if model_paths:
            self.registry = self.registry.with_folders(model_paths)
        self.registry.is_ready = self._is_ready
        self.environments = Environments.of(self.settings)
        self.store = ModelStore.of(self.settings, paths=model_paths)
        self.blobs = BlobStore()
        self.cache: SegmentCache | None = None
        if self.settings.cache_bytes:
            self.cache = SegmentCache(self.settings.cache_dir, self.settings.cache_bytes)
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._close_lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="voxweft-runtime", daemon=True)
        self._thread.start()
        self.loader: ModelLoader
        self.coordinator: StreamingCoordinator
        self.run(self._set_up())
        atexit.register(self.close)

    async def _set_up(self) -> None:
        settings = self.settings
        self.loader = ModelLoader(
            self.blobs,
            idle_timeout_s=settings.idle_timeout_s,
            budget_bytes=settings.memory_bytes,
            source=ModelSource(self.store.locate, self._fetch, self.environments, self.registry.check_license),
            device=settings.device,
            dtype=settings.dtype,
        )
        self.coordinator = StreamingCoordinator(self.registry, self.loader, self.cache)

    def _is_ready(self, spec: EngineSpec, model: str) -> bool:
        return missing_requirement(spec, self.store, self.environments, model) is None

    async def _fetch(self, spec: EngineSpec, model: str, on_progress: OnProgress) -> None:
        if spec.name in self.store.paths:
            # A download wouldn't go to the folder that the user named: raise ModelMissingError instead.
            await asyncio.to_thread(self.store.find, spec, model)
        others = self.registry.specs.values()
        await fetch(spec, model, self.store, others=others, on_progress=on_progress, offline=self.settings.offline)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(_cancel_others())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            # While the interpreter ends, no thread can be started, and the executor's threads have been joined.
            with contextlib.suppress(RuntimeError):
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T], *, poll: Callable[[], None] | None = None) -> T:
        """Run a coroutine on the runtime's loop and block for its result. Must not be called on that loop.

        `poll`, if there is one, is called every 50 ms; it may raise to cancel the coroutine.
        """
        running = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        if poll is None:
            return running.result()
        try:
            while not wait((running,), timeout=_POLL_S).done:
                poll()
        except BaseException:
            running.cancel()
            raise
        return running.result()

    async def arun(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the runtime's loop and await its result on another; a cancel is passed on."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def stream(
        self,
        segments: Iterable[StreamingSegment],
        options: StreamOptions | None = None,
        *,
        poll: Callable[[], None] | None = None,
    ) -> EventStream:
        """Start a job over segments; see EventStream for how to read its events."""
        return self._stream(segments, options, poll)

    def stream_live(
        self, segments: AsyncIterable[StreamingSegment], options: StreamOptions | None = None
    ) -> EventStream:
        """Start a job over segments that arrive one by one in the calling, running event loop."""
        queue = SegmentQueue(self._loop)
        feeding = asyncio.get_running_loop().create_task(queue.feed(segments))
        stream = self._stream(aiter(queue), options, None)
        stream.feeding = feeding
        return stream

    def _stream(
        self,
        segments: Iterable[StreamingSegment] | AsyncIterator[StreamingSegment],
        options: StreamOptions | None,
        poll: Callable[[], None] | None,
    ) -> EventStream:
        job: Future[JobStream] = Future()
        # A consumer that cancels this future must not prevent `begin` from setting it: the job has to be cancelled.
        job.set_running_or_notify_cancel()

        def begin() -> None:
            try:
                job.set_result(self.coordinator.stream(segments, options or StreamOptions()))
            except BaseException as error:  # noqa: BLE001  carried over to the caller
                job.set_exception(error)

        self._loop.call_soon_threadsafe(begin)
        return EventStream(self._loop, job, poll=poll)

    def segment_keys(self, engine: str, model: str) -> SegmentKeys:
        """Return what makes the cache keys of a model's segments, without a worker. Blocks; not on the runtime's loop.

        LookupError if the engine can't run here, ModelMissingError if the model isn't on this machine: nothing is
        downloaded.
        """
        spec = self.environments.resolved(self.registry.get(engine))
        key = self.loader.key_of(spec, model)
        located = self.store.locate(spec, key.model) if spec.weights else LocatedModel()
        return SegmentKeys(spec, identity_of(spec, key, located, self.environments.versions(spec)))

    async def voices(self, engine: str, model: str = "") -> tuple[VoiceInfo, ...]:
        """Return an engine's voices (on the runtime's loop: use `run` or `arun`).

        ModelMissingError if the model isn't on this machine and its files are needed for that: nothing is downloaded.
        """
        spec = await self.loader.source.resolved(self.registry.get(engine))
        model = model or await asyncio.to_thread(self.registry.model_for, spec, "", None)
        if spec.weights:
            await asyncio.to_thread(self.store.find, spec, model)
        lease = await self.loader.acquire(spec, self.loader.key_of(spec, model))
        try:
            return await lease.pool.ask(Worker.voices)
        finally:
            lease.release()

    async def estimate(
        self, segments: tuple[StreamingSegment, ...], speeds: tuple[float, ...]
    ) -> tuple[tuple[float, ...], ...]:
        """Return the durations of segments of one model at several speeds, in seconds (on the runtime's loop).

        One request: the caller bounds its text. If its worker dies, it is sent once more, to a new one.

        ValueError if they are of several models, or ask for something that the engine doesn't have.
        """
        spec = await self.loader.source.resolved(self.registry.get(segments[0].engine))
        segments = tuple(engine_input(segment, spec) for segment in segments)
        models = {(segment.engine, segment.model) for segment in segments}
        if len(models) > 1:
            raise ValueError(
                f"the segments are of several models: {sorted(models)}; estimate each model's on their own"
            )
        lease = await self.loader.acquire(spec, self.loader.key_of(spec, segments[0].model))
        try:
            return await lease.pool.ask(lambda worker: worker.estimate(segments, speeds))
        finally:
            lease.release()

    async def unload(self, engine: str | None = None) -> list[Released]:
        """Unload models, of one engine or all (on the runtime's loop)."""
        return await self.loader.unload(engine)

    async def forget_voices(self) -> int:
        """Let the loaded engines drop what they keep of recordings, and return its size in bytes (on its loop)."""
        return await self.loader.forget_voices()

    async def stats(self) -> list[ModelStats]:
        """Return the loaded models (on the runtime's loop)."""
        return await self.loader.stats()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Cancel all jobs, stop all workers and the thread, and return when they are gone. May be called again."""
        with self._close_lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self.run(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if self.cache is not None:
            self.cache.close()

    async def _shut_down(self) -> None:
        jobs = self.coordinator.jobs
        for job in jobs:
            job.cancel()
        await asyncio.gather(self.loader.close(), *(job.wait_over() for job in jobs))


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


_shared: Runtime | None = None
_shared_pid = 0
_shared_lock = threading.Lock()


def shared_runtime() -> Runtime:
    """Return this process's runtime, made at the first call, and again after it was closed."""
    global _shared, _shared_pid
    with _shared_lock:
        # A forked process has the object but not its thread.
        if _shared is None or _shared.closed or _shared_pid != os.getpid():
            _shared, _shared_pid = Runtime(), os.getpid()
        return _shared
