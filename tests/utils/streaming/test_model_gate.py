"""Models that don't fit into the budget together, with real workers: groups, order, number of loads, no deadlock."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from streaming_kit import EventLog, MakeRuntime, collect, eventually, sentences, speak, tone_samples

from voxweft.utils.streaming import AudioChunk, StreamingSegment
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.model_key import ModelKey
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority

FRESH = StreamOptions(use_cache=False)


@pytest.fixture
def load_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pids of the tone engine's loads, in order."""
    log = tmp_path / "loads"
    monkeypatch.setenv("TONE_LOAD_LOG", str(log))
    return log


def loads(log: Path) -> int:
    return len(log.read_text().split()) if log.exists() else 0


@pytest.fixture
def tight(make_runtime: MakeRuntime, load_log: Path) -> Runtime:
    """A runtime whose budget holds one of the tone engine's big models (64 MiB and a Python), but not two."""
    return make_runtime(memory_bytes=130 << 20)


def alternating(
    texts: Sequence[str], models: Sequence[str] = ("big-1", "big-2"), **params: object
) -> list[StreamingSegment]:
    """Segments whose models alternate."""
    segments = speak(texts, **params)
    return [
        msgspec.structs.replace(segment, model=models[index % len(models)]) for index, segment in enumerate(segments)
    ]


def test_models_that_all_fit_are_loaded_once(runtime: Runtime, load_log: Path) -> None:
    texts = sentences(9)
    heard = collect(runtime.stream(alternating(texts, ("big-1", "big-2", "big-3")), FRESH))
    heard.all_exact(texts)
    assert loads(load_log) == 3
    assert runtime.loader.releases == []


def test_the_next_model_loads_while_the_first_one_speaks(runtime: Runtime, load_log: Path) -> None:
    segments = speak(sentences(3), chunks=50, delay_s=0.02)
    segments[2] = msgspec.structs.replace(segments[2], model="big-2")
    heard = EventLog()
    for event in runtime.stream(segments, FRESH):
        if isinstance(event, AudioChunk) and event.index == 1 and 1 not in heard.words:
            assert loads(load_log) == 2, "before its turn has come"
        heard.take(event)
    assert sorted(heard.done) == [0, 1, 2]


def test_segments_run_in_groups_where_one_model_fits(tight: Runtime, load_log: Path) -> None:
    texts = sentences(8)
    heard, most = EventLog(), 0
    for event in tight.stream(alternating(texts), StreamOptions(use_cache=False, look_ahead=4)):
        heard.take(event)
        if isinstance(event, AudioChunk) and event.index >= 2:
            # Once their sizes are known, no two are loaded at the same time.
            most = max(most, len(tight.loader._entries))
    heard.all_exact(texts)
    assert most == 1
    # One after the other there would be eight. While one group runs, the look-ahead fills with the other model's.
    assert loads(load_log) <= 4
    assert tight.loader.loads == loads(load_log)
    assert {gone.reason for gone in tight.loader.releases} == {"its memory was needed"}
    assert len(tight.run(tight.stats())) == 1, "never two at the end"


def test_long_segments_of_a_later_group_wait_in_the_temporary_file(tight: Runtime, load_log: Path) -> None:
    """Each is larger than the window, so its worker would wait for a listener that waits for the other model."""
    texts = sentences(6)
    segments = alternating(texts, chunks=20, chunk_samples=48_000)
    heard = collect(tight.stream(segments, StreamOptions(use_cache=False, window_bytes=48_000)))
    heard.all_exact(texts, 20, 48_000)
    assert loads(load_log) <= 5


def test_cached_segments_load_no_model(tight: Runtime, load_log: Path) -> None:
    texts = sentences(4)
    collect(tight.stream(alternating(texts)))
    before = loads(load_log)
    heard = collect(tight.stream(alternating(texts)))
    heard.all_exact(texts)
    assert all(done.stats.cache_hit for done in heard.done.values())
    inserted = [*texts[:2], "one more", "and another", *texts[2:]]
    again = collect(tight.stream(alternating(inserted)))
    again.all_exact(inserted)
    assert [index for index, done in again.done.items() if not done.stats.cache_hit] == [2, 3]
    assert loads(load_log) - before <= 2


def test_two_jobs_that_need_each_others_memory(tight: Runtime, load_log: Path) -> None:
    """Each job repeatedly holds the memory that the other one needs."""
    heard: dict[str, EventLog] = {}

    def listen(name: str, models: tuple[str, str]) -> None:
        heard[name] = collect(tight.stream(alternating(sentences(4, name), models), FRESH))

    threads = [
        threading.Thread(target=listen, args=("a", ("big-1", "big-2"))),
        threading.Thread(target=listen, args=("b", ("big-2", "big-1"))),
        threading.Thread(target=listen, args=("c", ("big-3", "big-3"))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    for name in ("a", "b", "c"):
        heard[name].all_exact(sentences(4, name))


def test_a_long_job_releases_its_model_for_another_job(tight: Runtime, load_log: Path) -> None:
    long = tight.stream(speak(sentences(60, "long"), model="big-1", chunks=1, delay_s=0.02), FRESH)
    events = iter(long)
    first = next(event for event in events if isinstance(event, AudioChunk))
    live = StreamOptions(use_cache=False, priority=Priority.LIVE)
    collect(tight.stream(speak(["live"], model="big-2", chunks=1), live)).all_exact(["live"], 1)
    assert len(tight.coordinator.jobs) == 1, "the long one is still at it"
    rest = EventLog()
    rest.take(first)
    rest.take_all(events)
    rest.all_exact(sentences(60, "long"), 1)
    assert loads(load_log) == 3


def test_a_job_whose_listener_stalls_holds_no_memory(tight: Runtime) -> None:
    options = StreamOptions(use_cache=False, window_bytes=48_000)
    stalled = iter(tight.stream(speak(sentences(3, "stalled"), model="big-1", chunks=50), options))
    first = next(event for event in stalled if isinstance(event, AudioChunk))
    collect(tight.stream(speak(["other"], model="big-2"), options)).all_exact(["other"])
    rest = collect(stalled)
    assert first.samples.size + rest.samples(0).size == tone_samples("stalled number 0", 50).size
    assert sorted(rest.done) == [0, 1, 2]


def test_no_job_waits_for_a_lease_outside_of_a_job(tight: Runtime) -> None:
    lease = tight.run(tight.loader.acquire(tight.registry.get("tone"), ModelKey("tone", "big-1")))
    collect(tight.stream(speak(["x"], model="big-2"), FRESH)).all_exact(["x"])

    async def on_release() -> None:
        lease.release()

    tight.run(on_release())


def test_cancel_while_it_waits_for_memory(tight: Runtime) -> None:
    slow = tight.stream(speak(["slow"], model="big-1", chunks=400, delay_s=0.01), FRESH)
    events = iter(slow)
    next(event for event in events if isinstance(event, AudioChunk))
    waiting = tight.stream(speak(["never"], model="big-2"), FRESH)
    progress = next(iter(waiting))
    assert "waiting for the memory of 'tone'" in progress.message
    waiting.close()
    waiting.wait_closed(20)
    assert len(tight.coordinator.jobs) == 1
    (entry,) = tight.loader._entries.values()
    eventually(lambda: not entry.revoked, "its lease isn't revoked any more")
    slow.close()
    slow.wait_closed(20)
    collect(tight.stream(speak(["next"], model="big-2"), FRESH)).all_exact(["next"])


def test_cancel_between_groups(tight: Runtime) -> None:
    stream = tight.stream(alternating(sentences(40), chunks=4, delay_s=0.01))
    for event in stream:
        if isinstance(event, AudioChunk) and event.index == 3:
            stream.close()
    stream.wait_closed(20)
    assert tight.coordinator.jobs == []
    assert all(not entry.users and not entry.holders for entry in tight.loader._entries.values())
    texts = sentences(2)
    collect(tight.stream(alternating(texts, chunks=4), FRESH)).all_exact(texts, 4)


def test_a_worker_that_dies_in_a_group_costs_one_segment(tight: Runtime, tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    texts = sentences(6)
    segments = alternating(texts)
    for index in (3, 4):
        segments[index] = msgspec.structs.replace(segments[index], params={"fault": "kill", "fault_file": str(once)})
    heard = collect(tight.stream(segments, FRESH))
    heard.all_exact(texts)
    assert sum(done.stats.attempts for done in heard.done.values()) == 7


def test_a_model_that_can_not_be_loaded_fails_its_own_segments(tight: Runtime) -> None:
    texts = sentences(4)
    heard = collect(
        tight.stream(alternating(texts, ("big-1", "raises")), StreamOptions(use_cache=False, on_failure="report"))
    )
    assert sorted(heard.failed) == [1, 3]
    assert sorted(heard.done) == [0, 2]
    with pytest.raises(SegmentError, match="these weights are not for me"):
        collect(tight.stream(alternating(texts, ("big-1", "raises")), FRESH))


def test_a_quiet_job_releases_its_model(tight: Runtime) -> None:
    async def scenario() -> None:
        go_on = asyncio.Event()

        async def arriving():
            for segment in speak(["first"], model="big-1"):
                yield segment
            await go_on.wait()
            yield msgspec.structs.replace(speak(["second"], model="big-1")[0], index=1)

        stream = tight.stream_live(arriving(), FRESH)
        heard = EventLog()
        async for event in stream:
            heard.take(event)
            if 0 in heard.done and 1 not in heard.done and not go_on.is_set():
                other = await asyncio.to_thread(lambda: collect(tight.stream(speak(["other"], model="big-2"), FRESH)))
                other.all_exact(["other"])
                go_on.set()
        heard.all_exact(["first", "second"])

    asyncio.run(scenario())


def test_unload_after_a_job_includes_models_released_earlier(make_runtime: MakeRuntime, load_log: Path) -> None:
    runtime = make_runtime(memory_bytes=1 << 40)
    texts = sentences(6)
    options = StreamOptions(use_cache=False, unload_after=True)
    collect(runtime.stream(alternating(texts), options)).all_exact(texts)
    eventually(lambda: len(runtime.loader.releases) == 2, "both are gone")
    assert loads(load_log) == 2, "the first waits for the second to be known, and stays"


def test_a_worker_killed_while_its_lease_is_revoked(tight: Runtime, load_log: Path) -> None:
    slow = tight.stream(speak(["slow", "slower"], model="big-1", chunks=100, delay_s=0.005), FRESH)
    events = iter(slow)
    heard = EventLog()
    heard.take(next(event for event in events if isinstance(event, AudioChunk)))
    done: list[EventLog] = []
    other = threading.Thread(target=lambda: done.append(collect(tight.stream(speak(["x"], model="big-2"), FRESH))))
    other.start()
    (entry,) = tight.loader._entries.values()
    eventually(lambda: entry.revoked, "its lease is revoked")
    os.kill(int(load_log.read_text().split()[0]), signal.SIGKILL)
    heard.take_all(events)
    heard.all_exact(["slow", "slower"], 100)
    other.join(30)
    done[0].all_exact(["x"])
