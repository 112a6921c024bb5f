"""Helper programs: typed requests and replies, progress, cancel and errors, with a real process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from voxweft.utils.streaming.contract.engine_spec import EngineLimits
from voxweft.utils.streaming.contract.errors import EngineRequestError, EngineStartError, WorkerDiedError
from voxweft.utils.streaming.contract.helper import HelperSpec
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.frames import Frame
from voxweft.utils.streaming.worker.worker import Worker

pytestmark = pytest.mark.usefixtures("no_hang")

_PROGRAM = """
import os, time
import msgspec
from voxweft.utils.streaming.contract.helper import HelperProgram

class Request(msgspec.Struct):
    data: bytes
    what: str = "double"

class Reply(msgspec.Struct):
    data: bytes
    calls: int

class Doubler(HelperProgram[Request, Reply]):
    request_type = Request
    calls = 0

    def run(self, request, progress, cancelled):
        self.calls += 1
        progress("begun", 0.5)
        if request.what == "fail":
            raise ValueError("can't double that")
        if request.what == "exit":
            os._exit(7)
        while request.what == "wait" and not cancelled():
            time.sleep(0.01)
        while request.what == "hang":
            time.sleep(0.01)
        return Reply(request.data * 2, self.calls)

class Broken(Doubler):
    def load(self):
        raise FileNotFoundError("its data is missing")
"""


class Request(msgspec.Struct):
    data: bytes
    what: str = "double"


class Reply(msgspec.Struct):
    data: bytes
    calls: int


@pytest.fixture
def spec(tmp_path: Path) -> HelperSpec:
    (tmp_path / "program.py").write_text(_PROGRAM)
    limits = EngineLimits(stall_timeout_s=1.0)
    return HelperSpec(name="doubler", program="program:Doubler", folder=str(tmp_path), limits=limits)


async def started(spec: HelperSpec) -> Worker:
    worker = Worker(spec, BlobStore())
    await worker.start()
    await worker.load()
    return worker


def test_a_call_is_answered_with_progress(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = await started(spec)
        progress: list[tuple[str, float | None]] = []
        reply = await worker.call(Request(b"\0\xff"), Reply, on_progress=lambda *step: progress.append(step))
        assert reply == Reply(b"\0\xff\0\xff", 1)
        assert progress == [("begun", 0.5)]
        await worker.stop()

    asyncio.run(scenario())


def test_an_error_ends_its_call_only(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = await started(spec)
        with pytest.raises(EngineRequestError, match="can't double that"):
            await worker.call(Request(b"", "fail"), Reply)
        assert (await worker.call(Request(b"a"), Reply)).calls == 2
        await worker.stop()

    asyncio.run(scenario())


def test_a_cancelled_call_stops_and_the_next_one_is_answered(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = await started(spec)
        begun = asyncio.Event()
        call = asyncio.ensure_future(worker.call(Request(b"", "wait"), Reply, on_progress=lambda *_: begun.set()))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await worker.call(Request(b"a"), Reply)).data == b"aa"
        await worker.stop()

    asyncio.run(scenario())


def test_a_call_that_is_cancelled_as_its_answer_comes_waits_for_no_other_answer(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = await started(spec)
        call = asyncio.ensure_future(worker.call(Request(b"a"), Reply))
        on_frame = worker._on_frame

        def cancel_after(frame: Frame) -> None:
            on_frame(frame)
            if not worker._questions:
                call.cancel()

        worker._process._on_frame = cancel_after
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not worker._cancelled_calls  # a timer that would kill the worker
        await worker.stop()

    asyncio.run(scenario())


def test_a_helper_that_ignores_a_cancel_is_killed(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = await started(msgspec.structs.replace(spec, limits=EngineLimits(), cancel_grace_s=0.2))
        begun = asyncio.Event()
        call = asyncio.ensure_future(worker.call(Request(b"", "hang"), Reply, on_progress=lambda *_: begun.set()))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(worker.wait_gone(), 10)
        assert "did not stop within 0.2 s of a cancel" in str(worker.dead)
        await worker.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(("what", "reason"), [("exit", "helper 'doubler' exited with code 7"), ("hang", "hung")])
def test_a_helper_that_dies_or_hangs_fails_its_call(spec: HelperSpec, what: str, reason: str) -> None:
    async def scenario() -> None:
        worker = await started(spec)
        with pytest.raises(WorkerDiedError, match=reason):
            await worker.call(Request(b"", what), Reply)
        await worker.stop()

    asyncio.run(scenario())


def test_a_helper_that_can_not_be_loaded(spec: HelperSpec) -> None:
    async def scenario() -> None:
        worker = Worker(msgspec.structs.replace(spec, program="program:Broken"), BlobStore())
        await worker.start()
        with pytest.raises(EngineStartError, match="helper 'doubler': its data is missing"):
            await worker.load()
        await worker.stop()

    asyncio.run(scenario())
