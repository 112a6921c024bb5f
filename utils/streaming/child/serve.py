"""Inside a worker: frames in, the events of an adapter or the replies of a helper out.

Two threads: the reader takes every frame at once (credit, cancels and pings are handled while the adapter works); the
main thread runs the adapter, one request after the other.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ...offline import refuse_egress
from ..contract.adapter import AdapterContext, LoadedModel, StreamingAdapter
from ..contract.errors import ParentGoneError
from ..contract.events import AdapterEvent, AudioChunk, SegmentNote, TranscriptUpdate
from ..contract.helper import HelperProgram
from ..worker import protocol
from ..worker.credit import Credit
from .link import BlobClient, ParentLink


def serve(frames_in: int, frames_out: int) -> None:
    """Serve the parent on two descriptors; never returns."""
    _die_with_parent()
    link = ParentLink(frames_in, frames_out)
    code = 1
    try:
        _Child(link).run()
        code = 0
    except ParentGoneError:
        pass
    except SystemExit as leaving:
        # A library called exit. Only its exit code is known.
        traceback.print_exc()
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001  the process ends here, and only the log can explain why
        traceback.print_exc()
    sys.stderr.flush()
    # Exit handlers and threads of libraries aren't needed, and some hang.
    os._exit(code)


def _die_with_parent() -> None:
    # Ctrl-C reaches the whole foreground group; the parent decides whether workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
        # If the parent died before this call, the end of the pipe ends this process instead.


Helper = HelperProgram[Any, Any]


class _Child:
    def __init__(self, link: ParentLink) -> None:
        self._link = link
        self._work: queue.SimpleQueue[protocol.ToWorker] = queue.SimpleQueue()
        self._blobs = BlobClient(link.send)
        self._states: dict[int, RunState] = {}
        self._program: StreamingAdapter | Helper | None = None

    def run(self) -> None:
        start = self._link.receive_first()
        versions = {name: _version(name) for name in start.distributions}
        self._link.send(
            protocol.Hello(
                protocol.PROTOCOL_VERSION, os.getpid(), sys.version.split()[0], sys.executable, sys.prefix, versions
            )
        )
        if not start.network:
            refuse_egress(f"the worker of {start.label}", lambda message: self._link.send(protocol.Refused(message)))
        threading.Thread(target=self._read, name="voxweft-reader", daemon=True).start()
        runner = RequestRunner(self._link)
        while True:
            message = self._work.get()
            if isinstance(message, protocol.Load):
                self._load(start, message)
            elif isinstance(message, protocol.Run):
                runner.run(self._adapter(), message, self._states[message.request])
                del self._states[message.request]
            elif isinstance(message, protocol.Estimate):
                runner.estimate(self._adapter(), message)
            elif isinstance(message, protocol.ListVoices):
                runner.voices(self._adapter(), message)
            elif isinstance(message, protocol.ForgetVoices):
                runner.forget_voices(self._adapter(), message)
            elif isinstance(message, protocol.Call):
                assert isinstance(self._program, HelperProgram), "the parent calls helpers only"
                runner.call(self._program, message, self._states[message.request])
                del self._states[message.request]
            elif isinstance(message, protocol.Stop):
                if isinstance(self._program, StreamingAdapter):
                    self._program.unload()
                return

    def _adapter(self) -> StreamingAdapter:
        assert isinstance(self._program, StreamingAdapter), "the parent asks for work only after Loaded"
        return self._program

    def _load(self, start: protocol.Start, load: protocol.Load) -> None:
        def progress(message: str, fraction: float | None = None) -> None:
            self._link.send(protocol.Progress(load.request, message, fraction))

        try:
            program = _program_class(start)()
            if isinstance(program, HelperProgram):
                program.load()
                self._send_loaded(load, program, LoadedModel())
                return
            model = program.load(
                AdapterContext(
                    model=load.model,
                    model_path=Path(load.model_path) if load.model_path else None,
                    device=load.device,
                    dtype=load.dtype,
                    params=load.params,
                    progress=progress,
                    blob=self._blobs.get,
                )
            )
        except Exception as error:  # noqa: BLE001  the user gets the engine's own message
            traceback.print_exc()
            self._link.send(protocol.Failed(load.request, -1, str(error) or type(error).__name__))
            return
        self._send_loaded(load, program, model)

    def _send_loaded(self, load: protocol.Load, program: StreamingAdapter | Helper, model: LoadedModel) -> None:
        self._program = program
        self._link.send(protocol.Loaded(load.request, model))

    def _read(self) -> None:
        try:
            for message, payload in self._link.receive():
                if isinstance(message, protocol.MainThreadMessage):
                    if isinstance(message, protocol.Run):
                        self._states[message.request] = RunState(message.credit_bytes)
                    elif isinstance(message, protocol.Call):
                        self._states[message.request] = RunState(0)
                    elif isinstance(message, protocol.Stop):
                        for state in list(self._states.values()):
                            state.cancel(-1)
                    self._work.put(message)
                elif isinstance(message, protocol.Ping):
                    self._link.send(protocol.Pong(message.number))
                elif isinstance(message, (protocol.Grant, protocol.Cancel)):
                    run_state = self._states.get(message.request)
                    if run_state is None:
                        continue  # It ended while the message was in flight.
                    if isinstance(message, protocol.Grant):
                        run_state.grant(message.n_bytes)
                    else:
                        run_state.cancel(message.position)
                elif isinstance(message, protocol.BlobData):
                    self._blobs.deliver(message, bytes(payload))
        except BaseException as error:  # noqa: BLE001  a worker can't work without its reader
            if not isinstance(error, ParentGoneError):
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _program_class(start: protocol.Start) -> type[StreamingAdapter] | type[Helper]:
    """Import the program from its folder: a built-in one by its name in this package, another as its own package."""
    module_name, _, class_name = start.program.partition(":")
    folder = Path(start.folder).resolve()
    root = Path(__file__).resolve().parents[3]
    if folder.parent in (root / "engines", root / "helpers"):
        package = ".".join(("voxweft", *folder.relative_to(root).parts))
    else:
        package = f"voxweft_engine_{start.name}"
        _add_package(package, folder)
    program = getattr(importlib.import_module(f"{package}.{module_name}"), class_name)
    if not (isinstance(program, type) and issubclass(program, (StreamingAdapter, HelperProgram))):
        raise TypeError(f"{start.program} of {start.label} is not a StreamingAdapter")
    return program


def _add_package(package: str, folder: Path) -> None:
    """Make a folder importable as a package, so that its adapter can import its other modules relatively."""
    init = folder / "__init__.py"
    if init.is_file():
        spec = importlib.util.spec_from_file_location(package, init, submodule_search_locations=[str(folder)])
        assert spec is not None
    else:
        spec = ModuleSpec(package, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)


class RunState:
    """Credit and cancels of a running request, set by the reader thread."""

    def __init__(self, credit_bytes: int) -> None:
        self._credit = Credit(credit_bytes)
        self._cancelled: set[int] = set()
        self._changed = threading.Condition()

    def grant(self, n_bytes: int) -> None:
        """Let the request send `n_bytes` more bytes of samples."""
        with self._changed:
            self._credit.grant(n_bytes)
            self._changed.notify_all()

    def cancel(self, position: int) -> None:
        """Stop one position of the request, or all of it (-1)."""
        with self._changed:
            self._cancelled.add(position)
            self._changed.notify_all()

    def cancelled(self, position: int) -> bool:
        """Whether this position was cancelled."""
        cancelled = self._cancelled
        return bool(cancelled) and (position in cancelled or -1 in cancelled)

    def spend(self, n_bytes: int, position: int) -> bool:
        """Wait for credit and spend `n_bytes` of it; false if the position was cancelled instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._credit.is_open or self.cancelled(position))
            if self.cancelled(position):
                return False
            self._credit.spend(n_bytes)
            return True


class RequestRunner:
    """Runs requests on an adapter, in the worker's main thread."""

    def __init__(self, link: ParentLink) -> None:
        self._link = link

    def run(self, adapter: StreamingAdapter, run: protocol.Run, state: RunState) -> None:
        """Run the segments of a request. The last message is always `Finished`."""
        open_positions = set(range(len(run.segments)))
        ended: set[int] = set()
        events = _events(adapter, run, state)
        try:
            for position, event in events:
                if position in ended or not 0 <= position < len(run.segments):
                    raise TypeError(
                        f"the adapter yielded an event for position {position}, which has ended or isn't one"
                    )
                if position in open_positions:
                    if event is None:
                        open_positions.discard(position)
                        ended.add(position)
                        self._link.send(protocol.SegmentEnd(run.request, position))
                    elif not self._emit(run.request, position, event, state):
                        open_positions.discard(position)
                if not open_positions or state.cancelled(-1):
                    break
        except Exception as error:  # noqa: BLE001  the user gets the engine's own message
            traceback.print_exc()
            for position in sorted(open_positions):
                if not state.cancelled(position):
                    self._link.send(protocol.Failed(run.request, position, str(error) or type(error).__name__))
            open_positions.clear()
        finally:
            _close(events)
        for position in sorted(open_positions):
            if not state.cancelled(position):
                self._link.send(protocol.SegmentEnd(run.request, position))
        self._link.send(protocol.Finished(run.request))

    def _emit(self, request: int, position: int, event: AdapterEvent, state: RunState) -> bool:
        """Send one event; false if the position was cancelled."""
        if state.cancelled(position):
            return False
        if isinstance(event, TranscriptUpdate):
            self._link.send(protocol.Transcript(request, position, event))
            return True
        if isinstance(event, SegmentNote):
            self._link.send(protocol.Note(request, position, event.text))
            return True
        if not isinstance(event, AudioChunk):
            raise TypeError(
                f"the adapter yielded a {type(event).__name__}, not an AudioChunk, TranscriptUpdate or SegmentNote"
            )
        if event.samples.dtype.kind != "f":
            raise TypeError(f"the adapter yielded samples of type {event.samples.dtype}, not floats in -1..1")
        samples = np.ascontiguousarray(event.samples, dtype="<f4")
        if samples.ndim != 1:
            raise TypeError(f"the adapter yielded samples of shape {samples.shape}, not [n_samples]")
        if not np.isfinite(samples).all():
            raise TypeError("the engine made samples that are not numbers (NaN or infinite)")
        # An empty view can't be cast.
        data = samples.data.cast("B") if samples.size else memoryview(b"")
        words = event.words
        for start in range(0, max(len(data), 1), protocol.MAX_CHUNK_BYTES):
            part = data[start : start + protocol.MAX_CHUNK_BYTES]
            if not state.spend(len(part), position):
                return False
            self._link.send(protocol.Chunk(request, position, event.sample_rate, words), part)
            words = ()
        return True

    def estimate(self, adapter: StreamingAdapter, message: protocol.Estimate) -> None:
        """Send the durations of segments at several speeds."""

        def durations() -> protocol.Estimates:
            rows = adapter.estimate_many(message.segments, message.speeds)
            return protocol.Estimates(message.request, tuple(map(tuple, rows)))

        self._answer(message.request, durations)

    def voices(self, adapter: StreamingAdapter, message: protocol.ListVoices) -> None:
        """Send the engine's voices."""
        self._answer(message.request, lambda: protocol.Voices(message.request, tuple(adapter.voices())))

    def forget_voices(self, adapter: StreamingAdapter, message: protocol.ForgetVoices) -> None:
        """Drop what the engine keeps of recordings, and send its size."""
        self._answer(message.request, lambda: protocol.Forgotten(message.request, adapter.forget_voices()))

    def call(self, program: Helper, message: protocol.Call, state: RunState) -> None:
        """Send a helper's reply to a request."""

        def progress(text: str, fraction: float | None) -> None:
            self._link.send(protocol.Progress(message.request, text, fraction))

        def reply() -> protocol.Reply:
            request = msgspec.msgpack.decode(message.body, type=program.request_type)
            result = program.run(request, progress, functools.partial(state.cancelled, 0))
            return protocol.Reply(message.request, msgspec.msgpack.encode(result))

        self._answer(message.request, reply)

    def _answer(self, request: int, make: Callable[[], protocol.ToParent]) -> None:
        try:
            answer = make()
        except Exception as error:  # noqa: BLE001  the user gets the engine's own message
            traceback.print_exc()
            answer = protocol.Failed(request, -1, str(error) or type(error).__name__)
        self._link.send(answer)


def _events(adapter: StreamingAdapter, run: protocol.Run, state: RunState) -> Iterator[tuple[int, AdapterEvent | None]]:
    checks = [functools.partial(state.cancelled, position) for position in range(len(run.segments))]
    if len(run.segments) > 1:
        return adapter.stream_many(run.segments, checks)
    return _with_position(adapter, run, checks[0])


def _with_position(
    adapter: StreamingAdapter, run: protocol.Run, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, AdapterEvent | None]]:
    events = adapter.stream(run.segments[0], cancelled)
    try:
        for event in events:
            yield 0, event
    finally:
        _close(events)


def _close(events: Iterator[object]) -> None:
    """Close an adapter's iterator if it can be closed, as a generator can."""
    close = getattr(events, "close", None)
    if close is not None:
        close()
