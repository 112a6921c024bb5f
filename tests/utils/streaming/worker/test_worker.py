"""A worker process: handshake, faults of every kind, cancel, stop. All with real processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from streaming_kit import child_pids, is_running, speak, tone_samples

from voxweft.utils.streaming import TranscriptUpdate, Word
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.errors import EngineRequestError, EngineStartError, FrameError, WorkerDiedError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.worker import protocol
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.frames import MAX_HEADER_BYTES
from voxweft.utils.streaming.worker.process import LOG_TAIL_BYTES, worker_environment
from voxweft.utils.streaming.worker.worker import Worker

MINUTES = {"start_timeout_s": 300.0, "load_timeout_s": 300.0, "stall_timeout_s": 300.0, "ping_timeout_s": 300.0}
BUNCH = 1 << 30


class Sink:
    """Keeps a worker's events of one segment."""

    def __init__(self) -> None:
        self.chunks: list[NDArray[np.float32]] = []
        self.words: list[Word] = []
        self.ended = False
        self.failure: tuple[str, str] | None = None
        self.some = asyncio.Event()

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        assert sample_rate == 24000
        assert not self.ended
        self.chunks.append(samples)
        self.words.extend(words)
        self.some.set()

    def on_note(self, text: str) -> None:
        raise AssertionError(f"no engine here has notes: {text}")

    def on_transcript(self, update: TranscriptUpdate) -> None:
        raise AssertionError(update)

    def on_end(self) -> None:
        assert not self.ended
        self.ended = True

    def on_failed(self, message: str, log_tail: str) -> None:
        self.failure = message, log_tail

    @property
    def samples(self) -> NDArray[np.float32]:
        return np.concatenate(self.chunks)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run a scenario, and check that no process and no zombie remains."""
    before = child_pids()
    asyncio.run(scenario)
    assert child_pids() <= before


def limited(spec: EngineSpec, **limits: float) -> EngineSpec:
    return msgspec.structs.replace(spec, limits=msgspec.structs.replace(spec.limits, **(MINUTES | limits)))


async def started(spec: EngineSpec, model: str = "") -> Worker:
    worker = Worker(spec, BlobStore())
    try:
        await worker.start()
        await worker.load(model=model)
    except BaseException:
        await worker.stop()
        raise
    return worker


async def logged(worker: Worker, words: str) -> None:
    """Wait until the worker's log contains a text."""
    for _ in range(4000):
        if words in worker._process.log_tail():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(worker._process.log_tail())


async def speak_with(worker: Worker, text: str, **params: object) -> Sink:
    sink = Sink()
    await worker.run(speak([text], **params), [sink], BUNCH).finished
    return sink


def test_hello_load_run_stop(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = Worker(msgspec.structs.replace(tone_spec, distributions=("numpy", "no-such-thing")), BlobStore())
        hello = await worker.start()
        assert hello.protocol == protocol.PROTOCOL_VERSION
        assert hello.pid == worker.pid
        assert hello.pid != os.getpid()
        assert hello.python == sys.version.split()[0]
        assert hello.prefix == sys.prefix
        assert hello.versions == {"numpy": np.__version__, "no-such-thing": ""}
        progress: list[tuple[str, float | None]] = []
        model = await worker.load(on_progress=lambda message, fraction: progress.append((message, fraction)))
        assert model.sample_rate == 24000
        assert progress == [("loading", 0.5)]
        sink = await speak_with(worker, "one two three")
        assert sink.ended
        assert np.array_equal(sink.samples, tone_samples("one two three"))
        assert [word.text for word in sink.words] == ["one", "two", "three"]
        assert [voice.name for voice in await worker.voices()] == ["noise"]
        assert await worker.estimate(speak(["x"]), (1.0, 2.0)) == ((4.0, 2.0),)
        assert worker.alive
        await worker.stop()
        assert not worker.alive
        assert not is_running(worker.pid)
        await worker.stop()

    run(scenario())


def test_large_chunks_are_sent_in_parts(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(tone_spec)
        sink = await speak_with(worker, "long", chunks=2, chunk_samples=300_000)
        assert np.array_equal(sink.samples, tone_samples("long", 2, 300_000))
        assert max(chunk.nbytes for chunk in sink.chunks) <= protocol.MAX_CHUNK_BYTES
        await worker.stop()

    run(scenario())


def test_credit_bounds_what_is_in_flight(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(tone_spec)
        sink = Sink()
        request = worker.run(speak(["held back"]), [sink], 100_000)
        await asyncio.wait({request.finished}, timeout=0.5)
        assert not request.finished.done()
        assert request.starved
        assert 100_000 <= sum(chunk.nbytes for chunk in sink.chunks) < 100_000 + 48_000
        request.lift_credit()
        await request.finished
        assert np.array_equal(sink.samples, tone_samples("held back"))
        await worker.stop()

    run(scenario())


def test_load_error_has_the_engines_message_and_log(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        with pytest.raises(
            EngineStartError, match="engine 'tone', model 'raises': these weights are not for me"
        ) as caught:
            await started(limited(tone_spec), "raises")
        assert "Traceback" in str(caught.value)

    run(scenario())


def test_exit_at_load_has_the_code_and_log(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        with pytest.raises(EngineStartError, match="exited with code 7") as caught:
            await started(limited(tone_spec), "exits")
        assert "about to leave" in str(caught.value)

    run(scenario())


def test_a_hang_at_load_times_out(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        with pytest.raises(EngineStartError, match=r"not loaded within 0\.3 s"):
            await started(limited(tone_spec, load_timeout_s=0.3), "hangs")

    run(scenario())


def test_start_timeout(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = Worker(limited(tone_spec, start_timeout_s=0.001), BlobStore())
        with pytest.raises(EngineStartError, match=r"did not start within 0\.001 s"):
            await worker.start()
        await worker.stop()
        assert not is_running(worker.pid)

    run(scenario())


def test_a_missing_interpreter(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = Worker(msgspec.structs.replace(tone_spec, interpreter="/nowhere/python"), BlobStore())
        with pytest.raises(EngineStartError, match="engine 'tone': /nowhere/python"):
            await worker.start()
        await worker.stop()

    run(scenario())


def test_an_interpreter_that_is_not_a_python(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = Worker(msgspec.structs.replace(limited(tone_spec), interpreter="/bin/echo"), BlobStore())
        with pytest.raises(EngineStartError, match=r"sent an invalid message|exited with code"):
            await worker.start()
        await worker.stop()

    run(scenario())


def test_a_class_that_is_not_an_adapter(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        for adapter, complaint in (("adapter:Word", "is not a StreamingAdapter"), ("adapter:Nothing", "Nothing")):
            with pytest.raises(EngineStartError, match=complaint):
                await started(msgspec.structs.replace(tone_spec, adapter=adapter))

    run(scenario())


def test_the_engines_own_error_ends_the_segment_only(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(tone_spec)
        sink = await speak_with(worker, "bad", fault="raise")
        assert sink.failure is not None
        assert sink.failure[0] == "this is the engine's own message"
        assert "Traceback" in sink.failure[1]
        assert np.array_equal((await speak_with(worker, "good")).samples, tone_samples("good"))
        await worker.stop()

    run(scenario())


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("not-a-number", "not numbers"),
        ("integers", "int16"),
        ("two-dimensional", r"shape \(1, 12000\)"),
        ("no-event", "yielded a str"),
    ],
)
def test_invalid_events_of_an_adapter_are_reported(tone_spec: EngineSpec, fault: str, complaint: str) -> None:
    async def scenario() -> None:
        worker = await started(tone_spec)
        sink = await speak_with(worker, "bad", fault=fault)
        assert sink.failure is not None
        assert re.search(complaint, sink.failure[0]), sink.failure
        assert (await speak_with(worker, "good")).ended
        await worker.stop()

    run(scenario())


def test_megabytes_on_stdout_do_no_harm(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(tone_spec)
        sink = await speak_with(worker, "chatty", fault="print")
        assert np.array_equal(sink.samples, tone_samples("chatty"))
        sink = await speak_with(worker, "bad", fault="raise")
        assert sink.failure is not None
        assert len(sink.failure[1]) <= LOG_TAIL_BYTES, "of all that, only a tail is kept"
        await worker.stop()

    run(scenario())


def test_garbage_on_the_pipe_ends_the_worker(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec))
        with pytest.raises(WorkerDiedError, match=r"sent an invalid message.*this is no fram"):
            await speak_with(worker, "noise", fault="garbage")
        assert not worker.alive
        await worker.stop()

    run(scenario())


@pytest.mark.linux
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("fault", "reason"), [("kill", "was ended by signal SIGKILL"), ("exit", "exited with code 9")])
def test_a_death_is_noticed_without_any_time_out(tone_spec: EngineSpec, fault: str, reason: str) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec))  # every limit is minutes
        with pytest.raises(WorkerDiedError, match=reason) as caught:
            await asyncio.wait_for(speak_with(worker, "last", fault=fault), 20)
        if fault == "kill":
            assert "the last words of a worker" in caught.value.log_tail
        assert not worker.alive
        with pytest.raises(WorkerDiedError):
            await worker.voices()
        with pytest.raises(WorkerDiedError):
            await speak_with(worker, "too late")
        await worker.stop()

    run(scenario())


@pytest.mark.linux
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_death_while_idle_is_noticed(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec))
        os.kill(worker.pid, signal.SIGKILL)
        for _ in range(2000):
            if not worker.alive:
                break
            await asyncio.sleep(0.005)
        assert not worker.alive
        await worker.stop()

    run(scenario())


@pytest.mark.linux
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_stopped_process_is_detected_by_the_ping(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec, ping_timeout_s=0.6))
        with pytest.raises(WorkerDiedError, match="hung: no answer"):
            await asyncio.wait_for(speak_with(worker, "stopped", fault="stop"), 20)
        await worker.stop()

    run(scenario())


def test_a_hang_is_detected_as_a_stall(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec, stall_timeout_s=0.6))
        with pytest.raises(WorkerDiedError, match="hung: no output of its segment"):
            await asyncio.wait_for(speak_with(worker, "hung", fault="hang"), 20)
        await worker.stop()

    run(scenario())


def test_a_stalled_listener_is_not_a_hang(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec, stall_timeout_s=0.3, ping_timeout_s=0.6))
        sink = Sink()
        request = worker.run(speak(["patience"]), [sink], 48_000)
        await asyncio.sleep(1.5)  # longer than both limits
        assert worker.alive
        request.lift_credit()
        await request.finished
        assert np.array_equal(sink.samples, tone_samples("patience"))
        await worker.stop()

    run(scenario())


def test_a_cancel_stops_the_segment(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec))
        sink = Sink()
        request = worker.run(speak(["never mind"], chunks=100_000, chunk_samples=10, delay_s=0.001), [sink], BUNCH)
        await sink.some.wait()
        request.cancel(0)
        await asyncio.wait_for(request.finished, 20)
        assert not sink.ended
        assert len(sink.chunks) < 100_000
        assert worker.alive
        assert np.array_equal((await speak_with(worker, "next")).samples, tone_samples("next"))
        await worker.stop()

    run(scenario())


def test_cancel_while_it_waits_for_credit(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec))
        sink = Sink()
        request = worker.run(speak(["never mind"], chunks=1000), [sink], 1)
        await sink.some.wait()
        request.cancel(0)
        await asyncio.wait_for(request.finished, 20)
        assert worker.alive
        await worker.stop()

    run(scenario())


def test_a_worker_that_ignores_a_cancel_is_killed(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(msgspec.structs.replace(limited(tone_spec), cancel_grace_s=0.3))
        sink = Sink()
        request = worker.run(speak(["deaf"], fault="hang"), [sink], BUNCH)
        await logged(worker, "hanging")
        request.cancel(0)
        with pytest.raises(WorkerDiedError, match=r"did not stop within 0\.3 s of a cancel"):
            await asyncio.wait_for(request.finished, 20)
        await worker.stop()

    run(scenario())


def test_a_worker_that_will_not_stop_is_killed(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(msgspec.structs.replace(limited(tone_spec), cancel_grace_s=0.3))
        sink = Sink()
        request = worker.run(speak(["deaf"], fault="hang"), [sink], BUNCH)
        await logged(worker, "hanging")
        await asyncio.wait_for(worker.stop(), 20)
        assert not is_running(worker.pid)
        with pytest.raises(WorkerDiedError, match="did not stop in time"):
            await request.finished

    run(scenario())


def test_an_engine_without_voices_or_estimates_says_so(registry: EngineRegistry) -> None:
    async def scenario() -> None:
        worker = await started(registry.get("cloner"))
        assert await worker.voices() == ()
        with pytest.raises(EngineRequestError, match="NotImplementedError"):
            await worker.estimate(speak(["x"], "cloner"), (1.0,))
        await worker.stop()

    run(scenario())


def test_a_segment_over_the_size_limit_is_refused(tone_spec: EngineSpec) -> None:
    async def scenario() -> None:
        worker = await started(limited(tone_spec, stall_timeout_s=0.3))
        with pytest.raises(FrameError, match="over the limit"):
            worker.run(speak(["x" * (MAX_HEADER_BYTES + 1)]), [Sink()], BUNCH)
        await asyncio.sleep(1)  # longer than the limit
        assert worker.alive, "an unsent segment can't stall"
        await worker.stop()

    run(scenario())


def test_waiting_threads_of_a_worker_sleep_unless_the_user_decides_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert worker_environment(sys.executable)["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert worker_environment(sys.executable)["OMP_WAIT_POLICY"] == "ACTIVE"
