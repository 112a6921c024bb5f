"""The parent's handle of a worker process: start, load, requests, watchdog, stop. Lives on the runtime loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from ...timeouts import within
from ..contract.adapter import LoadedModel, OnProgress, VoiceInfo
from ..contract.engine_spec import EngineLimits, EngineSpec
from ..contract.errors import (
    EngineRequestError,
    EngineStartError,
    StartInterruptedError,
    WorkerDiedError,
    with_details,
)
from ..contract.helper import WorkerSpec
from ..contract.segment import ParamValue, StreamingSegment
from . import protocol
from .blobs import BlobStore
from .frames import Frame, encode_prefix
from .process import ChildProcess
from .request import SegmentSink, WorkerRequest, request_ids

ReplyT = TypeVar("ReplyT", bound=msgspec.Struct)

ESTIMATE_CHARACTERS = 10_000
"""An estimate may take the stall limit once more for this many characters, counted once for each speed."""

_log = logging.getLogger(__name__)


class _Question(NamedTuple):
    """A request that isn't a segment, and how many times the stall limit its answer may take."""

    answer: asyncio.Future[protocol.ToParent]
    n_limits: float


class Worker:
    """One worker process of an engine or a helper. Use `start`, then `load`, then any of the rest.

    `on_refused` gets a message for each connection that the process was refused. `on_crash` is called if it ends, and
    nobody has stopped it.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        blobs: BlobStore,
        on_refused: Callable[[str], None] = lambda _message: None,
        on_crash: Callable[[], None] = lambda: None,
    ) -> None:
        self.spec = spec
        self.hello: protocol.Hello | None = None
        self.model: LoadedModel | None = None
        self.dead: WorkerDiedError | None = None
        self._blobs = blobs
        self._on_refused = on_refused
        self._on_crash = on_crash
        self._process = ChildProcess(self._on_frame, self._on_death)
        self._hello: asyncio.Future[protocol.Hello] = asyncio.get_running_loop().create_future()
        self._requests: dict[int, WorkerRequest] = {}
        self._questions: dict[int, _Question] = {}
        self._listeners: dict[int, OnProgress] = {}
        self._cancelled_calls: dict[int, asyncio.TimerHandle] = {}
        self.heard_at = time.monotonic()
        """The time of the last message from the process."""
        self.answers_due_from = self.heard_at
        """The time since which it could work on its open questions (requests other than segments)."""
        self._watchdog: _Watchdog | None = None
        self._stopping = False

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def runs_on(self) -> str:
        """The Python and the packages that it runs on, as text; empty before its hello."""
        return self.hello.runs_on if self.hello is not None else ""

    @property
    def alive(self) -> bool:
        """Whether the process is running and takes requests."""
        return self.dead is None and not self._stopping and not self._process.exited.done()

    @property
    def running(self) -> WorkerRequest | None:
        """The segments that it is working on; requests are run in order."""
        return next(iter(self._requests.values()), None)

    @property
    def stall_limits(self) -> float:
        """How many times the stall limit the answer that it works on may take; 0 if it works on none.

        It works in the order of the requests' ids. Loading isn't a question: it has its own limit.
        """
        number = next(iter(self._questions), None)
        running = self.running
        if number is None or self.model is None or (running is not None and running.id < number):
            return 0.0
        return self._questions[number].n_limits

    async def start(self) -> protocol.Hello:
        """Start the process. EngineStartError, with the log's tail, if it fails or takes too long."""
        spec = self.spec
        interpreter = spec.interpreter or sys.executable
        try:
            await self._process.start(interpreter, spec.overlay)
        except OSError as error:
            raise EngineStartError(f"{spec.label}: {interpreter}: {error}") from error
        self.send(
            protocol.Start(
                protocol.PROTOCOL_VERSION,
                spec.folder,
                spec.adapter if isinstance(spec, EngineSpec) else spec.program,
                spec.name,
                spec.label,
                spec.deciding_distributions,
                spec.network,
            )
        )
        try:
            hello = await within(asyncio.shield(self._hello), spec.limits.start_timeout_s)
        except asyncio.TimeoutError:
            self._process.kill("did not start in time")
            message = f"the worker of {spec.label} did not start within {spec.limits.start_timeout_s:g} s"
            raise EngineStartError(self._with_log(message)) from None
        except WorkerDiedError as error:
            raise StartInterruptedError(str(error)) from error
        except BaseException:
            self._stopping = True
            self._process.kill("is not needed any more")
            raise
        if hello.protocol != protocol.PROTOCOL_VERSION:
            self._process.kill("has another protocol version")
            raise EngineStartError(
                f"{spec.label}: protocol version {hello.protocol} instead of {protocol.PROTOCOL_VERSION}"
            )
        self.hello = hello
        self._watchdog = _Watchdog(self, spec.limits)
        return hello

    async def load(
        self,
        *,
        model: str = "",
        model_path: str = "",
        device: str = "",
        dtype: str = "",
        params: dict[str, ParamValue] | None = None,
        on_progress: OnProgress | None = None,
    ) -> LoadedModel:
        """Load a model, or get a helper ready. EngineStartError with the program's own message if it can't."""
        request = next(request_ids)
        message = protocol.Load(request, model, model_path, device, dtype, params or {})
        name = self.spec.label + (f", model '{model}'" if model else "")
        try:
            answer = await within(self._ask(request, message, on_progress), self.spec.limits.load_timeout_s)
        except asyncio.TimeoutError:
            self.kill("did not load in time")
            raise EngineStartError(
                self._with_log(f"{name}: not loaded within {self.spec.limits.load_timeout_s:g} s")
            ) from None
        except WorkerDiedError as error:
            raise StartInterruptedError(f"{name}: {error}") from error
        except EngineRequestError as error:
            logged = asyncio.Event()
            self._process.after_log(logged.set)
            await logged.wait()
            self.kill("could not load its model")
            raise EngineStartError(self._with_log(f"{name}: {error}")) from error
        except BaseException:
            self._stopping = True
            self.kill("is not needed any more")
            raise
        assert isinstance(answer, protocol.Loaded)
        self.model = answer.model
        return answer.model

    def run(
        self, segments: Sequence[StreamingSegment], sinks: Sequence[SegmentSink], credit_bytes: int
    ) -> WorkerRequest:
        """Start a request for segments, one sink each. Several segments only for an engine that batches.

        FrameError for segments over the size limit of a frame.
        """
        request = WorkerRequest(self, sinks, credit_bytes, self.spec.cancel_grace_s)
        if self.dead is not None:
            request.close(self.dead)
            return request
        self.send(protocol.Run(request.id, tuple(segments), credit_bytes))
        self._requests[request.id] = request
        return request

    async def voices(self) -> tuple[VoiceInfo, ...]:
        """Return the engine's voices. EngineRequestError with its message if it can't."""
        request = next(request_ids)
        answer = await self._ask(request, protocol.ListVoices(request))
        assert isinstance(answer, protocol.Voices)
        return answer.voices

    async def forget_voices(self) -> int:
        """Drop what the engine keeps of recordings, and return its size in bytes."""
        request = next(request_ids)
        answer = await self._ask(request, protocol.ForgetVoices(request))
        assert isinstance(answer, protocol.Forgotten)
        return answer.n_bytes

    async def estimate(
        self, segments: Sequence[StreamingSegment], speeds: Sequence[float]
    ) -> tuple[tuple[float, ...], ...]:
        """Return durations in seconds: a row for each segment, a column for each speed.

        The worker sends nothing before it has all of them, so the time that it may take grows with the text.
        """
        request = next(request_ids)
        n_characters = sum(len(segment.text) for segment in segments) * len(speeds)
        answer = await self._ask(
            request,
            protocol.Estimate(request, tuple(segments), tuple(speeds)),
            n_limits=1 + n_characters / ESTIMATE_CHARACTERS,
        )
        assert isinstance(answer, protocol.Estimates)
        return answer.durations_s

    async def call(
        self, body: msgspec.Struct, reply_type: type[ReplyT], *, on_progress: OnProgress | None = None
    ) -> ReplyT:
        """Return a helper's reply. EngineRequestError with its message if it can't give one.

        If the call is cancelled, the helper has `cancel_grace_s` to answer before it is killed.
        """
        request = next(request_ids)
        try:
            answer = await self._ask(request, protocol.Call(request, msgspec.msgpack.encode(body)), on_progress)
        except asyncio.CancelledError:
            # The answer may have come just before the cancel: then no other one follows.
            if self.dead is None and request in self._questions:
                grace_s = self.spec.cancel_grace_s
                self.send(protocol.Cancel(request, 0))
                self._cancelled_calls[request] = asyncio.get_running_loop().call_later(
                    grace_s, self.kill, f"did not stop within {grace_s:g} s of a cancel"
                )
            raise
        assert isinstance(answer, protocol.Reply)
        return msgspec.msgpack.decode(answer.body, type=reply_type)

    async def stop(self) -> None:
        """Let the worker unload and exit, and kill it after `cancel_grace_s`. Returns when the process is gone."""
        self._stopping = True
        if self.dead is None and self.pid:
            self.send(protocol.Stop())
            try:
                await within(asyncio.shield(self._process.exited), self.spec.cancel_grace_s)
            except asyncio.TimeoutError:
                self.kill("did not stop in time")
        await self.wait_gone()
        if self._watchdog is not None:
            self._watchdog.cancel()

    async def wait_gone(self) -> None:
        """Wait until the process is gone and its pipes were read to the end."""
        if self.pid:
            await self._process.reaped

    def kill(self, reason: str) -> None:
        """Kill the process."""
        self._process.kill(reason)

    def send(self, message: protocol.ToWorker, payload: bytes = b"") -> None:
        """Send a message; dropped if the worker is dead, which is reported separately."""
        head = encode_prefix(protocol.encoder.encode(message), len(payload))
        self._process.write(head, payload)

    def _with_log(self, message: str) -> str:
        return message + with_details(self._process.log_tail(), self.runs_on)

    async def _ask(
        self,
        request: int,
        message: protocol.ToWorker,
        on_progress: OnProgress | None = None,
        *,
        n_limits: float = 1.0,
    ) -> protocol.ToParent:
        if self.dead is not None:
            raise self.dead
        future: asyncio.Future[protocol.ToParent] = asyncio.get_running_loop().create_future()
        self._questions[request] = _Question(future, n_limits)
        if on_progress is not None:
            self._listeners[request] = on_progress
        self.answers_due_from = time.monotonic()
        try:
            self.send(message)
            return await future
        finally:
            # The question of a cancelled caller stays open: its worker works on it nevertheless.
            self._listeners.pop(request, None)

    def _on_frame(self, frame: Frame) -> None:
        self.heard_at = time.monotonic()
        message = protocol.to_parent_decoder.decode(frame.header)
        if isinstance(message, protocol.Chunk):
            request = self._requests.get(message.request)
            if request is not None:
                request.last_event_at = self.heard_at
                request.spent(len(frame.payload))
                samples = np.frombuffer(frame.payload, dtype="<f4")
                request.sink(message.position).on_chunk(samples, message.sample_rate, message.words)
        elif isinstance(message, protocol.RunEvent) and (request := self._requests.get(message.request)):
            request.last_event_at = self.heard_at
            self._on_run_event(request, message)
        else:
            self._on_answer(message)

    def _on_run_event(self, request: WorkerRequest, message: protocol.RunEvent) -> None:
        if isinstance(message, protocol.Finished):
            del self._requests[request.id]
            self.answers_due_from = self.heard_at
            if self.running is not None:
                self.running.last_event_at = self.heard_at
            if request.failed:
                self._process.after_log(request.close)  # after the failure, which waits for the log, too
            else:
                request.close()
            return
        sink = request.sink(message.position)
        if isinstance(message, protocol.SegmentEnd):
            request.ended(message.position)
            sink.on_end()
        elif isinstance(message, protocol.Failed):
            request.ended(message.position)
            request.failed = True
            failure = message.message

            def report() -> None:
                if not request.finished.done():
                    sink.on_failed(failure, self._process.log_tail())

            self._process.after_log(report)
        elif isinstance(message, protocol.Note):
            sink.on_note(message.text)
        else:
            sink.on_transcript(message.update)

    def _on_answer(self, message: protocol.ToParent) -> None:
        if isinstance(message, protocol.Hello):
            if not self._hello.done():
                self._hello.set_result(message)
        elif isinstance(message, protocol.Progress):
            self.answers_due_from = self.heard_at
            if (listener := self._listeners.get(message.request)) is not None:
                listener(message.message, message.fraction)
        elif isinstance(message, protocol.Refused):
            self._on_refused(message.message)
        elif isinstance(message, protocol.GetBlob):
            blob = self._blobs.get(message.digest)
            answer = protocol.BlobData(message.digest, blob is not None, blob.sample_rate if blob else 0)
            self.send(answer, blob.data if blob else b"")
        elif isinstance(message, protocol.Answer):
            question = self._questions.pop(message.request, None)
            self.answers_due_from = self.heard_at
            if self.running is not None:
                self.running.last_event_at = self.heard_at
            if (timer := self._cancelled_calls.pop(message.request, None)) is not None:
                timer.cancel()
            if question is None or question.answer.done():
                return
            if isinstance(message, protocol.Failed):
                question.answer.set_exception(EngineRequestError(message.message))
            else:
                question.answer.set_result(message)

    def _on_death(self, reason: str) -> None:
        self.dead = WorkerDiedError(self.spec.label, reason, self._process.log_tail(), self.runs_on)
        if not self._stopping:
            self._on_crash()
            fields = {"event": "worker_died", "engine": self.spec.name, "pid": self.pid, "reason": reason}
            extra = {"voxweft": fields}
            _log.warning("the worker of %s (pid %d) %s", self.spec.label, self.pid, reason, extra=extra)
        if self._watchdog is not None:
            self._watchdog.cancel()
        if not self._hello.done():
            self._hello.set_exception(self.dead)
            self._hello.exception()  # it may never be awaited
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_exception(self.dead)
        for timer in self._cancelled_calls.values():
            timer.cancel()
        requests = list(self._requests.values())
        self._requests.clear()
        for request in requests:
            request.close(self.dead)


class _Watchdog:
    """Pings a worker and kills it if it hangs: it doesn't answer, or its segment makes no progress."""

    def __init__(self, worker: Worker, limits: EngineLimits) -> None:
        self._worker = worker
        self._limits = limits
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def cancel(self) -> None:
        """Stop watching."""
        self._task.cancel()

    async def _watch(self) -> None:
        worker, limits = self._worker, self._limits
        interval_s = min(5.0, limits.ping_timeout_s / 4, limits.stall_timeout_s / 4)
        for number in itertools.count():
            worker.send(protocol.Ping(number))
            slept_at = time.monotonic()
            await asyncio.sleep(interval_s)
            now = time.monotonic()
            if now - slept_at > 2 * interval_s + 1:
                # This process itself didn't run (suspended, or without CPU time): the silence doesn't count.
                worker.heard_at = worker.answers_due_from = now
                if worker.running is not None:
                    worker.running.last_event_at = now
                continue
            reason = self._hang_reason(now)
            if reason is not None:
                worker.kill(f"hung: {reason}")
                return

    def _hang_reason(self, now: float) -> str | None:
        worker, limits = self._worker, self._limits
        if now - worker.heard_at > limits.ping_timeout_s:
            return f"no answer for {now - worker.heard_at:.1f} s"
        running = worker.running
        if worker.stall_limits:
            overdue_s = now - worker.answers_due_from
            if overdue_s > limits.stall_timeout_s * worker.stall_limits:
                return f"no answer to a request for {overdue_s:.1f} s"
        elif running is not None and not running.starved:
            silent_s = now - running.last_event_at
            if silent_s > limits.stall_timeout_s:
                return f"no output of its segment for {silent_s:.1f} s"
        return None
