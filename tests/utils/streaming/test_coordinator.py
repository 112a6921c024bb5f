"""The coordinator with real workers: order, bounds, cancel, failures, the cache."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from streaming_kit import EventLog, MakeRuntime, child_pids, collect, eventually, sentences, speak, tone_samples

from voxweft.utils.streaming import AudioChunk, SegmentDone, SegmentFailed, StreamingSegment
from voxweft.utils.streaming.contract.errors import JobCancelledError, SegmentError, UnknownEngineError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority

FRESH = StreamOptions(use_cache=False)


def first_chunk(events: Iterator[object]) -> AudioChunk:
    return next(event for event in events if isinstance(event, AudioChunk))


@pytest.mark.parametrize("workers", [1, 3])
def test_in_order_and_exactly_once(runtime: Runtime, workers: int) -> None:
    texts = sentences(20)
    segments = speak(texts)
    # Of uneven length, so that several workers finish out of order.
    for index in range(0, 20, 4):
        segments[index] = msgspec.structs.replace(segments[index], params={"delay_s": 0.02})
    heard = collect(runtime.stream(segments, StreamOptions(workers=workers)))
    heard.all_exact(texts)
    assert all(event.request == heard.done[0].request for event in heard.events)
    assert [event.message for event in heard.loading if event.message != "loading"] == ["starting the worker", "ready"]
    pids = {done.stats.worker for done in heard.done.values()}
    assert len(pids) == workers
    assert pids == {pid for model in runtime.run(runtime.stats()) for pid in model.pids}
    for done in heard.done.values():
        figures = done.stats
        assert figures.attempts == 1
        assert figures.audio_s == pytest.approx(4.0)
        assert 0 < figures.queue_s <= figures.first_chunk_s <= figures.total_s


def test_an_empty_job_and_empty_segments(runtime: Runtime) -> None:
    assert collect(runtime.stream([])).events == []
    heard = collect(runtime.stream(speak(["nothing to hear", "b"], chunks=0)))
    assert heard.samples(0).size == 0
    assert sorted(heard.done) == [0, 1]
    again = collect(runtime.stream(speak(["nothing to hear", "b"], chunks=0)))
    assert again.done[1].stats.cache_hit


def test_look_ahead_is_bounded(runtime: Runtime) -> None:
    n_taken = 0

    def endless() -> Iterator[StreamingSegment]:
        nonlocal n_taken
        for segment in speak(sentences(1000), chunks=1):
            n_taken += 1
            yield segment

    with runtime.stream(endless(), StreamOptions(use_cache=False, look_ahead=3, window_bytes=48_000)) as stream:
        events = iter(stream)
        first_chunk(events)
        time.sleep(0.3)  # long enough to read hundreds of segments, if nothing limits it
        assert n_taken <= 3 + 3
        for event in events:
            if isinstance(event, SegmentDone) and event.index == 20:
                break
        assert 20 < n_taken <= 20 + 6


def test_a_slow_consumer_bounds_memory_and_delays_no_other_job(runtime: Runtime) -> None:
    collect(runtime.stream(speak(["warm"]), FRESH))
    process = psutil.Process()
    before_bytes = process.memory_info().rss
    options = StreamOptions(use_cache=False, window_bytes=256_000)
    # 200 segments of 3.84 MB: without a bound, they would take 768 MB.
    slow_texts = sentences(200, "slow")
    slow = iter(runtime.stream(speak(slow_texts, chunks=20, chunk_samples=48_000), options))
    heard = EventLog()
    heard.take(next(slow))
    quick_texts = sentences(10, "quick")
    quick: list[EventLog] = []
    other = threading.Thread(target=lambda: quick.append(collect(runtime.stream(speak(quick_texts), FRESH))))
    other.start()
    for _ in range(20):
        time.sleep(0.02)  # the worker makes a chunk in a fraction of a millisecond
        heard.take(next(slow))
    other.join(30)
    quick[0].all_exact(quick_texts)
    assert process.memory_info().rss - before_bytes < 64 << 20
    held = sum(
        event.samples.nbytes
        for job in runtime.coordinator.jobs
        for task in list(job._tasks)
        for event in list(task.buffer._events)
        if isinstance(event, AudioChunk)
    )
    assert held < 5 * (4 << 20) + (1 << 20)
    for event in slow:
        heard.take(event)
        if isinstance(event, SegmentDone) and event.index == 3:
            break
    for index in range(4):
        assert np.array_equal(heard.samples(index), tone_samples(slow_texts[index], 20, 48_000)), (
            "whole, once it is taken"
        )


def test_a_stalled_listener_stalls_only_itself(runtime: Runtime) -> None:
    options = StreamOptions(use_cache=False, window_bytes=48_000)
    stalled = iter(runtime.stream(speak(sentences(3, "stalled"), chunks=50), options))
    first = first_chunk(stalled)
    for number in range(3):
        texts = sentences(2, f"other {number}")
        collect(runtime.stream(speak(texts), options)).all_exact(texts)
    rest = collect(stalled)
    assert np.array_equal(np.concatenate([first.samples, rest.samples(0)]), tone_samples("stalled number 0", 50))
    assert np.array_equal(rest.samples(2), tone_samples("stalled number 2", 50))


def test_live_before_batch(runtime: Runtime) -> None:
    long = runtime.stream(speak(sentences(30, "long"), chunks=1, delay_s=0.03), FRESH)
    events = iter(long)
    first_chunk(events)
    live = StreamOptions(use_cache=False, priority=Priority.LIVE)
    collect(runtime.stream(speak(sentences(5, "live"), chunks=1), live)).all_exact(sentences(5, "live"), 1)
    (job,) = runtime.coordinator.jobs
    assert len(job._tasks) > 0, "the long job is still at it"
    # Five live segments had to wait for the rest of one long segment, and for no other segment.
    taken = sum(isinstance(event, SegmentDone) for event in list(job.events._items))
    assert taken < 10
    long.close()


def test_jobs_take_turns(runtime: Runtime) -> None:
    order: list[str] = []
    lock = threading.Lock()

    def listen(name: str) -> None:
        for event in runtime.stream(speak(sentences(12, name), chunks=1, delay_s=0.01), FRESH):
            if isinstance(event, SegmentDone):
                with lock:
                    order.append(name)

    collect(runtime.stream(speak(["warm"]), FRESH))
    threads = [threading.Thread(target=listen, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(order) == sorted(["one"] * 12 + ["two"] * 12 + ["three"] * 12)
    for name in ("one", "two", "three"):
        assert name in order[:9], "none waits for another's end"
    assert max(order[:18].count(name) for name in ("one", "two", "three")) <= 9


def test_cancel_during_a_chunk(runtime: Runtime) -> None:
    texts = sentences(4)
    segments = speak(texts)
    segments[2] = msgspec.structs.replace(segments[2], params={"chunks": 2000, "delay_s": 0.005})
    stream = runtime.stream(segments)
    seen = []
    for event in stream:
        seen.append(event)
        if isinstance(event, AudioChunk) and event.index == 2:
            stream.close()
    assert seen[-1].index == 2, "no event after the cancel"
    assert list(stream) == []
    stream.wait_closed(20)
    assert runtime.coordinator.jobs == []
    assert runtime.cache is not None
    assert runtime.cache.stats().entries == 2, "what was finished is kept, what wasn't isn't"
    (model,) = runtime.run(runtime.stats())
    again = collect(runtime.stream(speak(texts)))
    again.all_exact(texts)
    assert [again.done[index].stats.cache_hit for index in range(4)] == [True, True, False, False]
    assert {again.done[index].stats.worker for index in (2, 3)} == set(model.pids), "the worker is as good as before"
    assert runtime.run(runtime.stats())[0].restarts == 0


def test_leaving_early_cancels(runtime: Runtime) -> None:
    for event in runtime.stream(speak(["long"], chunks=5000, delay_s=0.01), FRESH):
        if isinstance(event, AudioChunk):
            break
    eventually(lambda: not runtime.coordinator.jobs, "the job is over")


def test_a_poll_that_raises_stops_the_job(runtime: Runtime) -> None:
    class HostInterruptError(BaseException):
        """An exception like that of a host."""

    polls = 0

    def poll() -> None:
        nonlocal polls
        polls += 1
        if polls > 5:
            raise HostInterruptError

    with pytest.raises(HostInterruptError):
        collect(runtime.stream(speak(["long"], chunks=50, delay_s=0.2), FRESH, poll=poll))
    eventually(lambda: not runtime.coordinator.jobs, "the job is over")


def test_a_worker_that_ignores_a_cancel_is_replaced(runtime: Runtime) -> None:
    stream = runtime.stream(speak(["deaf"], fault="hang"), FRESH)
    events = iter(stream)  # dropped, it would close the stream
    first_chunk(events)
    (model,) = runtime.run(runtime.stats())
    (entry,) = runtime.loader._entries.values()
    eventually(lambda: "hanging" in entry.pool.workers[0]._process.log_tail(), "it hangs")
    stream.close()
    heard = collect(runtime.stream(speak(["next"]), FRESH))
    heard.all_exact(["next"])
    assert heard.done[0].stats.worker not in model.pids
    assert heard.done[0].stats.attempts == 1, "the other's hang is not this one's fault"


def test_other_waiting_consumers_get_a_cancelled_error(runtime: Runtime) -> None:
    caught: list[BaseException] = []
    stream = runtime.stream(speak(["long"], chunks=5000, delay_s=0.05), FRESH)
    started = threading.Event()

    def listen() -> None:
        try:
            for event in stream:
                if isinstance(event, AudioChunk):
                    started.set()
        except JobCancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    assert started.wait(20)
    stream.close()
    thread.join(20)
    assert len(caught) == 1


def test_closing_the_runtime_cancels_its_jobs(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    events = iter(runtime.stream(speak(sentences(9), chunks=100, delay_s=0.01), FRESH))
    first_chunk(events)
    runtime.close()
    with pytest.raises(JobCancelledError):
        list(events)


def test_a_failure_raises_with_message_log_and_text(runtime: Runtime) -> None:
    segments = speak(sentences(4))
    segments[1] = msgspec.structs.replace(segments[1], params={"fault": "raise"})
    heard = EventLog()
    with pytest.raises(SegmentError) as caught:
        heard.take_all(runtime.stream(segments))
    assert sorted(heard.done) == [0]
    failure = caught.value.failure
    assert (failure.index, failure.engine, failure.text) == (1, "tone", "sentence number 1")
    assert failure.message == "this is the engine's own message"
    assert "Traceback" in failure.log_tail
    assert failure.delivered_samples == 4 * 12000
    for part in ("segment 1", "'sentence number 1'", "'tone'", "this is the engine's own message", "Traceback"):
        assert part in str(caught.value)


def test_an_error_never_overtakes_its_log(runtime: Runtime) -> None:
    texts = sentences(40)
    heard = collect(runtime.stream(speak(texts, fault="raise", chunks=2), StreamOptions(on_failure="report")))
    for index, text in enumerate(texts):
        assert heard.failed[index].log_tail.count(f"trouble with {text}\n") == 1
        assert heard.failed[index].log_tail.endswith("ValueError: this is the engine's own message")


def test_a_failure_is_reported_and_the_job_continues(runtime: Runtime) -> None:
    texts = sentences(6)
    segments = speak(texts)
    for index, fault in ((1, "raise"), (2, "other-rate"), (4, "kill")):
        segments[index] = msgspec.structs.replace(segments[index], params={"fault": fault})
    heard = collect(runtime.stream(segments, StreamOptions(on_failure="report", workers=2)))
    assert sorted(heard.failed) == [1, 2, 4]
    assert heard.failed[1].message == "this is the engine's own message"
    assert "12000 Hz" in heard.failed[2].message
    assert "SIGKILL" in heard.failed[4].message
    assert "the last words of a worker" in heard.failed[4].log_tail
    assert heard.failed[4].attempts == 2
    assert np.array_equal(heard.samples(4), tone_samples(texts[4])[: 4 * 12000]), "what was heard of it, once"
    for index in (0, 3, 5):
        assert np.array_equal(heard.samples(index), tone_samples(texts[index]))
    again = collect(runtime.stream(segments, StreamOptions(on_failure="report")))
    assert sorted(again.failed) == [1, 2, 4], "a failure is not kept"
    assert all(done.stats.cache_hit for done in again.done.values())


def test_a_failed_sample_of_a_voice_does_not_end_the_job(runtime: Runtime) -> None:
    sample, segment = speak(["sample", "text"])
    sample = msgspec.structs.replace(sample, index=-1, params={"fault": "raise"})
    with runtime.stream([sample, segment]) as events:
        ended = [event for event in events if isinstance(event, (SegmentDone, SegmentFailed))]
    assert [(event.index, type(event)) for event in ended] == [(-1, SegmentFailed), (1, SegmentDone)]


def test_a_failure_before_more_output_than_the_window(runtime: Runtime) -> None:
    # The worker must be asked to stop the rest of the segment.
    segments = speak(sentences(2), chunks=400, fault="other-rate")
    heard = collect(runtime.stream(segments, StreamOptions(on_failure="report", window_bytes=48_000)))
    assert sorted(heard.failed) == [0, 1]


def test_a_wrong_parameter_fails_its_segment_by_name(runtime: Runtime) -> None:
    with pytest.raises(SegmentError, match=r"no parameter 'chunkz'.*chunks"):
        collect(runtime.stream(speak(["x"], chunkz=3)))
    with pytest.raises(SegmentError, match="'delay_s' is"):
        collect(runtime.stream(speak(["x"], delay_s=-1.0), FRESH))


def test_an_unknown_engine(runtime: Runtime) -> None:
    with pytest.raises(UnknownEngineError, match="'tonne'; did you mean 'tone"):
        collect(runtime.stream(speak(["x"], engine="tonne")))


def test_the_cache_does_not_depend_on_how_a_job_is_run(runtime: Runtime) -> None:
    texts = sentences(6)
    first = collect(runtime.stream(speak(texts), StreamOptions(window_bytes=10_000)))
    first.all_exact(texts)
    for options in (StreamOptions(), StreamOptions(workers=3, window_bytes=1 << 22), StreamOptions(look_ahead=1)):
        again = collect(runtime.stream(speak(texts), options))
        again.all_exact(texts)
        assert again.words == first.words, "times and places of the words, too"
        assert all(done.stats.cache_hit and done.stats.attempts == 0 for done in again.done.values())


def test_changing_cached_samples_does_not_change_the_cache(runtime: Runtime) -> None:
    for _ in range(3):
        heard = collect(runtime.stream(speak(["keep me"])))
        heard.all_exact(["keep me"])
        for event in heard.events:
            if isinstance(event, AudioChunk) and event.samples.flags.writeable:
                event.samples[:] = 0


def test_without_the_cache(runtime: Runtime, make_runtime: MakeRuntime) -> None:
    assert runtime.cache is not None
    collect(runtime.stream(speak(["x"]), FRESH))
    assert runtime.cache.stats().entries == 0
    collect(runtime.stream(speak(["x"])))
    assert not collect(runtime.stream(speak(["x"]), FRESH)).done[0].stats.cache_hit
    off = make_runtime(cache_bytes=0)
    assert off.cache is None
    collect(off.stream(speak(["x"]))).all_exact(["x"])


def test_a_random_seed_is_never_cached(runtime: Runtime) -> None:
    segments = [msgspec.structs.replace(segment, seed=None) for segment in speak(["x"])]
    for _ in range(2):
        assert not collect(runtime.stream(segments)).done[0].stats.cache_hit
    assert runtime.cache is not None
    assert runtime.cache.stats().entries == 0


def test_the_output_of_an_unexpected_worker_is_not_cached(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        heard = collect(runtime.stream(speak(["x"], model="mislabelled")))
        heard.all_exact(["x"])
        assert not heard.done[0].stats.cache_hit
    assert runtime.cache is not None
    assert runtime.cache.stats().entries == 0
    assert "its output is not cached" in caplog.text


def test_a_model_of_another_rate_than_declared_is_refused(runtime: Runtime) -> None:
    with pytest.raises(SegmentError, match=r"has 12000 Hz, but its engine.toml says 24000"):
        collect(runtime.stream(speak(["x"], model="half-rate")))


class SourceError(Exception):
    """An exception of a source."""


def test_a_source_that_raises(runtime: Runtime) -> None:
    def source() -> Iterator[StreamingSegment]:
        yield from speak(["x"])
        raise SourceError("the text ran out")

    with pytest.raises(SourceError, match="the text ran out"):
        collect(runtime.stream(source()))
    collect(runtime.stream(speak(["fine"]))).all_exact(["fine"])


def test_a_live_source_and_an_async_consumer(runtime: Runtime) -> None:
    texts = sentences(5)

    async def source() -> AsyncIterator[StreamingSegment]:
        for segment in speak(texts):
            await asyncio.sleep(0.01)
            yield segment

    async def broken() -> AsyncIterator[StreamingSegment]:
        yield speak(["x"])[0]
        raise SourceError("the microphone fell")

    async def listen() -> None:
        heard = EventLog()
        async for event in runtime.stream_live(source()):
            heard.take(event)
        heard.all_exact(texts)
        with pytest.raises(SourceError, match="microphone"):
            async for _ in runtime.stream_live(broken()):
                pass

    for _ in range(2):  # each time in another loop, as a host does it
        asyncio.run(listen())


def test_an_async_consumer_that_is_cancelled(runtime: Runtime) -> None:
    async def listen(started: asyncio.Event) -> None:
        async for event in runtime.stream(speak(["long"], chunks=5000, delay_s=0.01), FRESH):
            if isinstance(event, AudioChunk):
                started.set()

    async def scenario() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(listen(started))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(20):  # also one that is cancelled before it has begun
            early = asyncio.create_task(listen(started))
            await asyncio.sleep(0)
            early.cancel()
            with pytest.raises(asyncio.CancelledError):
                await early

    asyncio.run(scenario())
    eventually(lambda: not runtime.coordinator.jobs, "no job is left")


def test_several_jobs_at_once(runtime: Runtime) -> None:
    async def scenario() -> None:
        async def one(number: int) -> None:
            texts = sentences(6, f"job {number}")
            heard = EventLog()
            async for event in runtime.stream(speak(texts), StreamOptions(workers=2)):
                heard.take(event)
            heard.all_exact(texts)

        await asyncio.gather(*(one(number) for number in range(8)))

    asyncio.run(scenario())
    assert runtime.loader.loads == 1


def test_a_broken_model_fails_only_its_own_segments(runtime: Runtime) -> None:
    segments = speak(sentences(4))
    for index in (1, 2):
        segments[index] = msgspec.structs.replace(segments[index], model="raises")
    heard = collect(runtime.stream(segments, StreamOptions(on_failure="report")))
    assert sorted(heard.failed) == [1, 2]
    assert "these weights are not for me" in heard.failed[1].message
    assert sorted(heard.done) == [0, 3]


def test_after_the_runtime_is_closed(make_runtime: MakeRuntime, tmp_path: Path) -> None:
    runtime = make_runtime()
    stream = runtime.stream(speak(["x"]))
    collect(stream)
    before = child_pids()
    runtime.close()
    runtime.close()
    stream.close()
    assert runtime.closed
    assert len(child_pids()) < len(before)
    with pytest.raises(RuntimeError):
        runtime.stream(speak(["x"]))
