"""A dead worker costs one segment; for a deterministic engine the retry is inaudible."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from streaming_kit import EventLog, MakeRuntime, collect, eventually, sentences, speak, tone_samples

from voxweft.utils.streaming import AudioChunk, Word
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.errors import SegmentError, WorkerDiedError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority
from voxweft.utils.streaming.scheduling.pool import WorkerPool
from voxweft.utils.streaming.scheduling.segment_task import SegmentTask
from voxweft.utils.streaming.worker.request import WorkerRequest

pytestmark = [
    pytest.mark.linux,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]
FRESH = StreamOptions(use_cache=False)


class Killer(threading.Thread):
    """Kills workers at random moments, but never two under the same segment, which would fail it."""

    def __init__(self, runtime: Runtime, kills: int, seed: int) -> None:
        super().__init__()
        self._runtime = runtime
        self._random = random.Random(seed)
        self._wanted = kills
        self.kills = 0
        self.over = threading.Event()

    def run(self) -> None:
        while self.kills < self._wanted and not self.over.wait(self._random.uniform(0.0, 0.12)):
            self.kills += self._runtime.run(self._kill_one())

    async def _kill_one(self) -> int:
        for entry in list(self._runtime.loader._entries.values()):
            if not entry.ready.done():
                continue
            fresh = [
                request.link.pid
                for request, tasks in entry.pool._running.items()
                if all(task._deaths == 0 and task.outcome is None for task in tasks) and request.link.alive
            ]
            if fresh:
                try:
                    os.kill(self._random.choice(fresh), signal.SIGKILL)
                except ProcessLookupError:  # killed before, and reaped, but the loop doesn't know yet
                    return 0
                return 1
        return 0


@pytest.mark.parametrize(("workers", "seed"), [(1, 1), (3, 2)])
def test_killed_at_many_random_moments(runtime: Runtime, workers: int, seed: int) -> None:
    texts = sentences(70, "a sentence of five words or so")
    killer = Killer(runtime, 12, seed)
    killer.start()
    try:
        options = StreamOptions(use_cache=False, workers=workers, window_bytes=200_000)
        heard = collect(runtime.stream(speak(texts, delay_s=0.004), options))
    finally:
        killer.over.set()
        killer.join()
    heard.all_exact(texts)  # the samples of an uninterrupted run, bit for bit, and each word once
    assert killer.kills >= 10
    again = sum(done.stats.attempts - 1 for done in heard.done.values())
    # On a busy machine, a kill may come when the segment has just ended.
    assert again >= killer.kills / 2
    uninterrupted = collect(runtime.stream(speak(texts), FRESH))
    for index in range(len(texts)):
        assert np.array_equal(heard.samples(index), uninterrupted.samples(index))
        assert heard.words[index] == uninterrupted.words[index]


@pytest.mark.parametrize("fault", ["kill", "exit", "garbage", "hang", "stop"])
def test_every_kind_of_death_is_followed_by_a_retry(make_runtime: MakeRuntime, tmp_path: Path, fault: str) -> None:
    runtime = make_runtime(limits={"ping_timeout_s": 0.8, "stall_timeout_s": 0.8})
    fault_file = tmp_path / "once"
    fault_file.touch()
    texts = sentences(3)
    segments = speak(texts)
    segments[1] = msgspec.structs.replace(segments[1], params={"fault": fault, "fault_file": str(fault_file)})
    heard = collect(runtime.stream(segments))
    heard.all_exact(texts)
    assert [heard.done[index].stats.attempts for index in range(3)] == [1, 2, 1]
    assert runtime.cache is not None
    assert collect(runtime.stream(segments)).done[1].stats.cache_hit, "and it is kept whole"


def test_a_segment_that_kills_two_workers_is_reported(runtime: Runtime) -> None:
    with pytest.raises(SegmentError) as caught:
        collect(runtime.stream(speak(["fine", "the killer", "fine too"][1:2], fault="kill")))
    failure = caught.value.failure
    assert failure.text == "the killer"
    assert failure.attempts == 2
    assert "was ended by signal SIGKILL" in failure.message
    assert "and so did the one before" in failure.message
    assert "the last words of a worker" in failure.log_tail
    assert failure.delivered_samples == 4 * 12000
    collect(runtime.stream(speak(["next"]))).all_exact(["next"])


@pytest.mark.parametrize("kills", [1, 2])
def test_a_worker_killed_while_it_starts_is_replaced_once(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    left = tmp_path / "kills"
    left.write_bytes(b"x" * kills)
    monkeypatch.setenv("TONE_KILLS_AT_LOAD", str(left))
    stream = runtime.stream(speak(["one"]), FRESH)
    if kills == 1:
        collect(stream).all_exact(["one"])
    else:
        with pytest.raises(SegmentError, match="was ended by signal SIGKILL"):
            collect(stream)
    assert left.read_bytes() == b""


def test_an_estimate_is_asked_for_again_after_a_death(runtime: Runtime, tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    segments = tuple(speak(["one", "two"], fault="estimate: kill", fault_file=str(once)))
    assert runtime.run(runtime.estimate(segments, (1.0, 2.0))) == ((4.0, 2.0), (4.0, 2.0))
    assert not once.exists()
    with pytest.raises(WorkerDiedError, match="SIGKILL"):
        runtime.run(runtime.estimate(tuple(speak(["one"], fault="estimate: kill")), (1.0,)))


def test_the_time_for_an_estimate_grows_with_its_text(make_runtime: MakeRuntime, tmp_path: Path) -> None:
    """One that takes twice the stall limit is no hang, and nor is the segment that waits for the worker meanwhile."""
    runtime = make_runtime(limits={"stall_timeout_s": 0.5})
    begun = tmp_path / "once"
    begun.touch()
    long = tuple(speak(["word " * 6000], fault="estimate: slow", fault_file=str(begun)))
    estimated = asyncio.run_coroutine_threadsafe(runtime.estimate(long, (1.0,)), runtime._loop)
    eventually(lambda: not begun.exists(), "the estimate has begun")
    heard = collect(runtime.stream(speak(["behind it"])))
    assert estimated.result() == ((4.0,),)
    assert heard.done[0].stats.attempts == 1


def test_an_engine_that_is_not_deterministic_as_declared_is_detected(runtime: Runtime, tmp_path: Path) -> None:
    # Declared deterministic, but isn't: the outputs of two attempts must not be joined.
    spec = runtime.registry.get("random")
    runtime.registry.specs["random"] = msgspec.structs.replace(spec, deterministic=True)
    events = iter(runtime.stream(speak(["dice"], "random", chunks=40, delay_s=0.02), FRESH))
    next(event for event in events if isinstance(event, AudioChunk))
    kill_all(runtime)
    with pytest.raises(SegmentError, match="declared deterministic, gave other output on the retry"):
        list(events)


def kill_all(runtime: Runtime) -> None:
    for model in runtime.run(runtime.stats()):
        for pid in model.pids:
            os.kill(pid, signal.SIGKILL)


def test_random_speech_that_was_delivered_is_not_retried(runtime: Runtime) -> None:
    segments = speak(["heard in part", "the next"], "random", chunks=40, delay_s=0.02)
    stream = runtime.stream(segments, StreamOptions(use_cache=False, on_failure="report"))
    heard = EventLog()
    killed = False
    for event in stream:
        heard.take(event)
        if isinstance(event, AudioChunk) and not killed:
            killed = True
            kill_all(runtime)
    failure = heard.failed[0]
    assert "after part of the segment was delivered" in failure.message
    assert failure.attempts == 1
    assert 0 < heard.samples(0).size == failure.delivered_samples < 40 * 6000
    assert heard.samples(1).size == 40 * 6000
    assert heard.done[1].stats.attempts == 1


def test_random_speech_that_was_not_delivered_is_retried(runtime: Runtime) -> None:
    # The first segment fills the window: while the consumer doesn't take it, nothing of the second is delivered.
    options = StreamOptions(use_cache=False, window_bytes=72_000)
    segments = speak(["first", "second"], "random", chunks=3)
    segments[1] = msgspec.structs.replace(segments[1], params={"chunks": 5})
    events = iter(runtime.stream(segments, options))
    heard = EventLog()
    while not isinstance(heard.events[-1] if heard.events else None, AudioChunk):
        heard.take(next(events))

    def second_has_begun() -> bool:
        return any(
            task.segment.index == 1 and len(task.buffer) > 0 and task.outcome is None
            for job in runtime.coordinator.jobs
            for task in list(job._tasks)
        )

    eventually(second_has_begun, "the second segment is buffered")
    second = next(task for job in runtime.coordinator.jobs for task in job._tasks if task.segment.index == 1)
    kill_all(runtime)
    eventually(lambda: second._deaths == 1, "the death is noticed")
    for event in events:
        heard.take(event)
    assert heard.samples(1).size == 5 * 6000
    assert heard.done[1].stats.attempts == 2
    assert heard.done[0].stats.attempts == 1


# Order under any deaths and delays. Processes are too slow for hundreds of tries, so a typed fake takes the worker's
# place in the pool; `worker_contract` holds for the fake and for the real one.


class FakeWorker:
    """The part of `Worker` that a pool uses. Makes a segment in chunks; dies where its script has `die`."""

    pid = 4711
    runs_on = "a fake"

    def __init__(self, script: list[str]) -> None:
        self.alive = True
        self._script = script
        self._making: set[asyncio.Task[None]] = set()

    def run(self, segments: list[object], sinks: list[SegmentTask], credit_bytes: int) -> WorkerRequest:
        request = WorkerRequest(self, sinks, credit_bytes, 1.0)
        making = asyncio.get_running_loop().create_task(self._make(request, sinks))
        self._making.add(making)
        making.add_done_callback(self._making.discard)
        return request

    async def _make(self, request: WorkerRequest, sinks: list[SegmentTask]) -> None:
        for position, sink in enumerate(sinks):
            text = sink.segment.text
            samples = tone_samples(text, 4, 50)
            for number in range(4):
                step = self._script.pop() if self._script else "go"
                if step == "die":
                    self.alive = False
                    request.close(WorkerDiedError("engine 'tone'", "was ended by the script", ""))
                    return
                for _ in range(3 if step == "dawdle" else 0):
                    await asyncio.sleep(0)
                words = (Word(f"{text}/{number}", 0.0, 0.0),)
                request.spent(200)
                sink.on_chunk(samples[number * 50 : (number + 1) * 50], 24000, words)
                while request.starved:  # noqa: ASYNC110  there is no event to wait for: credit is granted by a call
                    await asyncio.sleep(0)
            request.ended(position)
            sink.on_end()
        request.close()

    def send(self, message: object, payload: bytes = b"") -> None: ...

    def kill(self, reason: str) -> None:
        self.alive = False

    async def stop(self) -> None:
        self.alive = False

    async def wait_gone(self) -> None: ...


class Owner:
    """A job that takes its segments in order, as `JobStream` does."""

    priority = Priority.BATCH

    def __init__(self, request: int, window_bytes: int) -> None:
        self.request = request
        self.window_bytes = window_bytes
        self.tasks: list[SegmentTask] = []
        self.taken: list[AudioChunk] = []
        self.over = asyncio.Event()
        self._head = 0

    def flush(self) -> None:
        while self._head < len(self.tasks):
            task = self.tasks[self._head]
            while (event := task.pop()) is not None:
                assert isinstance(event, AudioChunk)
                self.taken.append(event)
            if task.outcome is None:
                return
            self._head += 1
        self.over.set()

    def on_task_over(self, task: SegmentTask) -> None:
        self.flush()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jobs=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    workers=st.integers(1, 3),
    batch=st.integers(1, 3),
    window_bytes=st.sampled_from([1, 300, 1 << 20]),
    script=st.lists(st.sampled_from(["go", "go", "go", "dawdle", "dawdle", "die"]), max_size=60),
)
@example(
    jobs=[4], workers=2, batch=2, window_bytes=1, script=["die", "die"]
)  # two deaths at the same time don't change the order
def test_order_under_random_deaths_and_delays(
    tone_spec: EngineSpec, jobs: list[int], workers: int, batch: int, window_bytes: int, script: list[str]
) -> None:
    async def scenario() -> None:
        spec = msgspec.structs.replace(tone_spec, max_batch=batch)

        async def start() -> FakeWorker:
            await asyncio.sleep(0)
            return FakeWorker(script)

        pool = WorkerPool(spec, start)
        await pool.open()
        pool.allow_workers(workers)
        owners = [Owner(number, window_bytes) for number in range(len(jobs))]
        for owner, count in zip(owners, jobs, strict=True):
            owner.tasks = [
                SegmentTask(owner, segment, spec) for segment in speak(sentences(count, f"job {owner.request}"))
            ]
        for index in range(max(jobs)):
            for owner in owners:
                if index < len(owner.tasks):
                    pool.submit(owner.tasks[index])
        await asyncio.wait_for(asyncio.gather(*(owner.over.wait() for owner in owners)), 20)
        await pool.close()
        for owner in owners:
            indexes = [chunk.index for chunk in owner.taken]
            assert indexes == sorted(indexes)
            assert {chunk.request for chunk in owner.taken} <= {owner.request}
            for index, task in enumerate(owner.tasks):
                mine = [chunk for chunk in owner.taken if chunk.index == index]
                samples = np.concatenate([chunk.samples for chunk in mine] or [np.empty(0, np.float32)])
                words = [word.text for chunk in mine for word in chunk.words]
                assert words == [f"{task.segment.text}/{number}" for number in range(len(words))], "each once, in order"
                whole = tone_samples(task.segment.text, 4, 50)
                assert np.array_equal(samples, whole[: samples.size])
                failed = type(task.outcome).__name__ == "SegmentFailed"
                assert failed == (task._deaths == 2)
                assert failed or samples.size == 200

    asyncio.run(scenario())


def test_a_pool_is_closed_while_a_worker_starts_that_misses_the_cancel(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        started = asyncio.Event()

        async def start() -> FakeWorker:
            if started.is_set():
                return FakeWorker([])
            started.set()
            # As `asyncio.wait_for` does before Python 3.12, if the result arrives at the same moment.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(20)
            return FakeWorker([])

        pool = WorkerPool(tone_spec, start)
        owner = Owner(1, 1 << 20)
        owner.tasks = [SegmentTask(owner, segment, tone_spec) for segment in speak(["one", "two"])]
        pool._serve()
        for task in owner.tasks:
            pool.submit(task)
        await started.wait()
        await asyncio.wait_for(pool.close(), 10)
        assert [type(task.outcome).__name__ for task in owner.tasks] == ["SegmentFailed"] * 2

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_the_fake_worker_keeps_the_real_ones_contract(tone_spec: EngineSpec, tmp_path: Path, kind: str) -> None:
    from voxweft.utils.streaming.worker.blobs import BlobStore
    from voxweft.utils.streaming.worker.worker import Worker

    fault_file = tmp_path / "once"

    async def make() -> FakeWorker | Worker:
        if kind == "fake":
            return FakeWorker(["die"] if fault_file.exists() else [])
        worker = Worker(tone_spec, BlobStore())
        await worker.start()
        await worker.load()
        return worker

    async def scenario() -> None:
        for dies in (False, True):
            if dies:
                fault_file.touch()
            worker = await make()
            assert worker.alive
            owner = Owner(7, 1 << 20)
            params = {"chunks": 4, "chunk_samples": 50, "fault": "kill", "fault_file": str(fault_file)}
            owner.tasks = [SegmentTask(owner, speak(["x"], **params)[0], tone_spec)]
            request = worker.run([owner.tasks[0].segment], owner.tasks, 1 << 20)
            owner.tasks[0].begin(request, 0, worker.pid, worker.runs_on)
            if dies:
                with pytest.raises(WorkerDiedError) as caught:
                    await asyncio.wait_for(request.finished, 20)
                assert caught.value.reason.startswith("was ended by")
                assert not worker.alive
                assert owner.tasks[0].outcome is None
            else:
                await asyncio.wait_for(request.finished, 20)
                assert worker.alive
                assert owner.over.is_set()
                assert np.array_equal(np.concatenate([c.samples for c in owner.taken]), tone_samples("x", 4, 50))
            assert worker.pid > 0
            await worker.stop()
            await worker.wait_gone()
            assert not worker.alive

    asyncio.run(scenario())
