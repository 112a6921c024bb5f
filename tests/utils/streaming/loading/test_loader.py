"""The loader: concurrent callers share one load, and all memory is released."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from streaming_kit import MakeRuntime, collect, eventually, is_running, sentences, speak

from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.contract.errors import EngineStartError, SegmentError
from voxweft.utils.streaming.contract.model_key import ModelKey
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.loading.lease import Lease
from voxweft.utils.streaming.runtime import Runtime


@pytest.fixture
def load_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which the tone engine appends its process id at each load."""
    log = tmp_path / "loads"
    log.touch()
    monkeypatch.setenv("TONE_LOAD_LOG", str(log))
    return log


def loaded_pids(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()]


def acquire(runtime: Runtime, model: str = "") -> Lease:
    async def on_loop() -> Lease:
        return await runtime.loader.acquire(runtime.registry.get("tone"), ModelKey("tone", model))

    return runtime.run(on_loop())


def release(runtime: Runtime, lease: Lease, *, unload: bool = False) -> None:
    async def on_loop() -> None:
        lease.release(unload=unload)

    runtime.run(on_loop())


def users(runtime: Runtime) -> list[int]:
    return [model.users for model in runtime.run(runtime.stats())]


def test_two_hundred_concurrent_callers_share_one_load(runtime: Runtime, load_log: Path) -> None:
    spec, key = runtime.registry.get("tone"), ModelKey("tone", "slow")

    async def crowd() -> list[Lease]:
        return list(await asyncio.gather(*(runtime.loader.acquire(spec, key) for _ in range(200))))

    leases = runtime.run(crowd())
    assert len(loaded_pids(load_log)) == 1
    assert runtime.loader.loads == 1
    assert len({id(lease.pool) for lease in leases}) == 1
    assert users(runtime) == [200]
    for number, lease in enumerate(leases):
        release(runtime, lease)
        release(runtime, lease)  # releasing again has no effect
        if number == 99:
            assert users(runtime) == [100]
    assert users(runtime) == [0]
    assert is_running(loaded_pids(load_log)[0]), "it idles"


def test_jobs_and_questions_share_one_load(runtime: Runtime, load_log: Path) -> None:
    async def crowd() -> None:
        async def job(number: int) -> None:
            async for _ in runtime.stream(speak(sentences(2, str(number)), chunks=1), StreamOptions(use_cache=False)):
                pass

        async def question() -> None:
            assert await runtime.arun(runtime.voices("tone"))

        await asyncio.gather(*(job(number) for number in range(20)), *(question() for _ in range(20)))

    asyncio.run(crowd())
    assert len(loaded_pids(load_log)) == 1


def test_a_failed_load_is_shared_and_then_tried_again(runtime: Runtime, load_log: Path) -> None:
    spec, key = runtime.registry.get("tone"), ModelKey("tone", "raises")

    async def crowd() -> list[object]:
        return await asyncio.gather(*(runtime.loader.acquire(spec, key) for _ in range(50)), return_exceptions=True)

    first = runtime.run(crowd())
    assert {type(error) for error in first} == {EngineStartError}
    assert len({id(error) for error in first}) == 1, "one load, one error"
    assert "these weights are not for me" in str(first[0])
    (second,) = {id(error): error for error in runtime.run(crowd())}.values()
    assert second is not first[0], "tried again"
    assert runtime.run(runtime.stats()) == []
    release(runtime, acquire(runtime))
    assert len(loaded_pids(load_log)) == 1


def test_idle_models_are_unloaded(make_runtime: MakeRuntime, load_log: Path) -> None:
    runtime = make_runtime(idle_timeout_s=0.3)
    one, two = acquire(runtime), acquire(runtime)
    (pid,) = loaded_pids(load_log)
    release(runtime, one)
    eventually(lambda: users(runtime) == [1], "one user is left")
    assert not runtime.loader.releases
    release(runtime, two)
    eventually(lambda: bool(runtime.loader.releases), "it was unloaded")
    assert not is_running(pid)
    assert runtime.loader.releases[0].reason == "idle"
    release(runtime, acquire(runtime))
    assert len(loaded_pids(load_log)) == 2, "and can be loaded again"


def test_a_time_out_of_zero_unloads_at_once(make_runtime: MakeRuntime, load_log: Path) -> None:
    runtime = make_runtime(idle_timeout_s=0.0)
    for _ in range(3):
        collect(runtime.stream(speak(["x"]), StreamOptions(use_cache=False)))
    eventually(lambda: len(runtime.loader.releases) == 3, "each was unloaded")
    assert len(loaded_pids(load_log)) == 3


def test_unload_after_the_job(runtime: Runtime, load_log: Path) -> None:
    collect(runtime.stream(speak(["x"]), StreamOptions(unload_after=True)))
    eventually(lambda: len(runtime.loader.releases) == 1, "it was unloaded")
    assert not is_running(loaded_pids(load_log)[0])


def test_an_explicit_unload_is_measured_and_fails_running_segments(runtime: Runtime, load_log: Path) -> None:
    events = iter(runtime.stream(speak(["cut short", "never begun"], chunks=5000, delay_s=0.01)))
    next(event for event in events if isinstance(event, AudioChunk))
    (pid,) = loaded_pids(load_log)
    (model,) = runtime.run(runtime.stats())
    assert (model.engine, model.pids, model.users, model.idle_s) == ("tone", (pid,), 1, None)
    assert model.memory_bytes > 1 << 20
    assert runtime.run(runtime.unload("espeak")) == []
    (released,) = runtime.run(runtime.unload("tone"))
    assert not is_running(pid)
    assert released.engine == "tone"
    assert released.released_bytes > 1 << 20
    assert released.after_bytes == 0
    assert runtime.loader.releases == [released]
    with pytest.raises(SegmentError, match=r"'cut short'.*engine 'tone' was unloaded"):
        list(events)
    assert runtime.run(runtime.stats()) == []


def test_unload_while_a_worker_is_being_started_again(runtime: Runtime) -> None:
    # The restart never ends, but the segment that waits for it must end.
    events = iter(runtime.stream(speak(["killed"], fault="kill"), StreamOptions(use_cache=False)))
    next(event for event in events if isinstance(event, AudioChunk))
    runtime.run(runtime.unload())
    with pytest.raises(SegmentError):
        list(events)


def test_unload_while_it_loads(runtime: Runtime) -> None:
    events = iter(runtime.stream(speak(["waits"], model="hangs")))
    assert "starting" in next(events).message
    (released,) = runtime.run(runtime.unload())
    with pytest.raises(SegmentError, match="unloaded while it was being loaded"):
        list(events)
    assert released.after_bytes == 0


def test_two_unloads_at_once_both_wait(runtime: Runtime, load_log: Path) -> None:
    release(runtime, acquire(runtime))
    (pid,) = loaded_pids(load_log)

    async def both() -> list[int]:
        first = asyncio.create_task(runtime.loader.unload())
        await asyncio.sleep(0)
        second = await runtime.loader.unload()
        assert not is_running(pid), "the second call also returns when the processes are gone"
        return [len(await first), len(second)]

    assert runtime.run(both()) == [1, 0]


def test_the_budget_evicts_the_least_recently_used_model(make_runtime: MakeRuntime) -> None:
    probe = make_runtime(cache_bytes=0)
    for model in ("one", "two"):
        release(probe, acquire(probe, model))
    # Pages that all workers share count in part for each; a worker's own allocations count in full.
    two = sum(model.memory_bytes for model in probe.run(probe.stats()))
    probe.close()
    runtime = make_runtime(cache_bytes=0, memory_bytes=round(two * 1.12))
    for model in ("one", "two", "one", "three"):
        release(runtime, acquire(runtime, model))
    assert {model.model for model in runtime.run(runtime.stats())} == {"one", "three"}
    assert [(gone.model, gone.reason) for gone in runtime.loader.releases] == [("two", "its memory was needed")]
    held = acquire(runtime, "one"), acquire(runtime, "three")
    release(runtime, acquire(runtime, "four"))
    assert {"one", "three"} <= {model.model for model in runtime.run(runtime.stats())}, "what is in use stays"
    for lease in held:
        release(runtime, lease)


def test_an_idle_model_is_used_without_another_load(runtime: Runtime, load_log: Path) -> None:
    release(runtime, acquire(runtime))
    assert len(loaded_pids(load_log)) == 1
    assert users(runtime) == [0]
    heard = collect(runtime.stream(speak(["x"])))
    assert heard.loading == []
    assert len(loaded_pids(load_log)) == 1


def test_load_progress_arrives(runtime: Runtime) -> None:
    heard = collect(runtime.stream(speak(["x"], model="slow")))
    assert [(event.message, event.fraction) for event in heard.loading] == [
        ("starting the worker", None),
        ("loading", 0.5),
        ("ready", 1.0),
    ]
    assert {(event.engine, event.model) for event in heard.loading} == {("tone", "slow")}


def test_questions_restart_a_dead_worker_once(runtime: Runtime, load_log: Path) -> None:
    import os
    import signal

    lease = acquire(runtime)
    os.kill(loaded_pids(load_log)[0], signal.SIGKILL)
    eventually(lambda: not lease.pool.workers, "the death is noticed")

    async def crowd() -> None:
        await asyncio.gather(*(runtime.arun(runtime.voices("tone")) for _ in range(5)))

    asyncio.run(crowd())
    collect(runtime.stream(speak(["x"]))).all_exact(["x"])
    assert len(loaded_pids(load_log)) == 2
    release(runtime, lease)
