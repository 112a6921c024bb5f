"""The coordinator: turns jobs of segments into streams of events, through the cache, the loader and the workers."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from ..cache.key import SegmentKeys
from ..cache.store import SegmentCache
from .contract.engine_input import engine_input
from .contract.engine_spec import EngineSpec
from .contract.model_key import ModelKey
from .contract.registry import EngineRegistry
from .contract.segment import StreamingSegment
from .job import JobStream, StreamOptions
from .loading.lease import Lease
from .loading.loader import ModelLoader
from .model_gate import ModelGate
from .scheduling.segment_task import SegmentTask


class _JobState:
    """The state of a running job."""

    def __init__(self) -> None:
        self.gates: dict[ModelKey | None, ModelGate] = {}
        self.specs: dict[str, EngineSpec] = {}
        """Engines with their interpreters, resolved once for the job."""
        self.keys: dict[ModelKey, SegmentKeys] = {}
        """Made once for the job: weights and voices may be replaced between two jobs, not within one."""
        self.writes: set[asyncio.Task[None]] = set()


class StreamingCoordinator:
    """Runs jobs. Lives on the runtime loop; one per process is enough."""

    def __init__(self, registry: EngineRegistry, loader: ModelLoader, cache: SegmentCache | None) -> None:
        self.registry = registry
        self.loader = loader
        self.cache = cache
        self._jobs: dict[JobStream, _JobState] = {}

    @property
    def jobs(self) -> list[JobStream]:
        """The running jobs."""
        return list(self._jobs)

    def stream(
        self, segments: Iterable[StreamingSegment] | AsyncIterator[StreamingSegment], options: StreamOptions
    ) -> JobStream:
        """Start a job. An iterable is read as far as the look-ahead, in a thread unless it is a sequence."""
        job = JobStream(self, _as_async(segments), options)
        self._jobs[job] = _JobState()
        return job

    def new_task(self, job: JobStream, segment: StreamingSegment) -> SegmentTask:
        """Return a task for a segment. UnknownEngineError for an unknown engine."""
        return SegmentTask(job, segment, self.registry.get(segment.engine))

    async def begin(self, task: SegmentTask, job: JobStream) -> None:
        """Complete the task from the cache, or queue it for its model's workers."""
        try:
            spec = await self._resolved(job, task.spec)
            self.registry.check_language(spec, task.segment.language, task.segment.model if spec.models else "")
            task.segment = engine_input(task.segment, spec)
            model_key = task.model_key = self.loader.key_of(spec, task.segment.model)
            key = (await self._keys_of(job, spec, model_key)).key(task.segment)
        except Exception as error:  # noqa: BLE001  missing weights, too, fail the segments that need them
            task.fail(str(error) or type(error).__name__)
            return
        # A voice is measured once, and the figure is kept, not the sample sentences.
        if self.cache is not None and job.options.use_cache and key is not None and task.index >= 0:
            task.key = key
            cached = await asyncio.to_thread(self.cache.get, key)
            if cached is not None:
                task.complete_from_cache(cached)
                return
        if task.cancelled:
            return
        state = self._jobs[job]
        gate = state.gates.get(model_key)
        if gate is None:
            gate = state.gates[model_key] = ModelGate(job, functools.partial(self._lease, job, spec, model_key))
        gate.submit(task)

    def abandon(self, task: SegmentTask) -> None:
        """Stop a task wherever it is."""
        job = task.owner
        assert isinstance(job, JobStream)
        gate = self._jobs[job].gates.get(task.model_key)
        if gate is not None:
            gate.discard(task)
        else:
            task.cancel()

    def on_look_ahead_full(self, job: JobStream) -> None:
        """Release revoked models that nothing in flight needs: no further segment begins for now."""
        for gate in self._jobs[job].gates.values():
            gate.release_if_done()

    def task_over(self, task: SegmentTask, job: JobStream) -> None:
        """Cache the segment if a worker completed it and it may be cached."""
        gate = self._jobs[job].gates.get(task.model_key)
        if gate is None:
            return
        self._write_to_cache(task, job, gate)
        gate.task_over(task)

    def _write_to_cache(self, task: SegmentTask, job: JobStream, gate: ModelGate) -> None:
        cached = task.to_cache()
        cache, key = self.cache, task.key
        if cached is None or cache is None or key is None or not gate.identified:
            return

        async def write() -> None:
            await asyncio.to_thread(cache.put, key, cached)

        writes = self._jobs[job].writes
        writing = asyncio.get_running_loop().create_task(write())
        writes.add(writing)
        writing.add_done_callback(writes.discard)

    async def finish(self, job: JobStream) -> None:
        """Wait for the job's cache entries and release its models."""
        state = self._jobs[job]
        if state.writes:
            await asyncio.gather(*state.writes, return_exceptions=True)
        unload = job.options.unload_after
        for gate in state.gates.values():
            await gate.close(unload=unload)
        if unload:
            # Also models that were released between two groups of segments.
            for key in state.gates:
                if key is not None:
                    self.loader.unload_idle(key)
        del self._jobs[job]

    async def _resolved(self, job: JobStream, spec: EngineSpec) -> EngineSpec:
        known = self._jobs[job].specs
        if spec.name not in known:
            known[spec.name] = await self.loader.source.resolved(spec)
        return known[spec.name]

    async def _keys_of(self, job: JobStream, spec: EngineSpec, key: ModelKey) -> SegmentKeys:
        known = self._jobs[job].keys
        keys = known.get(key)
        if keys is None:
            progress = functools.partial(job.loading, key.engine, key.model)
            keys = known[key] = SegmentKeys(spec, await self.loader.source.identity(spec, key, on_progress=progress))
        return keys

    async def _lease(self, job: JobStream, spec: EngineSpec, key: ModelKey, gate: ModelGate) -> Lease:
        progress = functools.partial(job.loading, key.engine, key.model)
        return await self.loader.acquire(spec, key, workers=job.options.workers, on_progress=progress, holder=gate)


async def _as_async(
    segments: Iterable[StreamingSegment] | AsyncIterator[StreamingSegment],
) -> AsyncIterator[StreamingSegment]:
    if isinstance(segments, AsyncIterator):
        async for segment in segments:
            yield segment
    elif isinstance(segments, Sequence):
        for segment in segments:
            yield segment
    else:
        iterator: Iterator[StreamingSegment] = iter(segments)
        while (following := await asyncio.to_thread(next, iterator, None)) is not None:
            yield following
