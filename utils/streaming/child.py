"""Inside a worker: frames in, the adapter's events out.

Two threads: the reader takes every frame as it comes (credits, cancels and pings are answered while the adapter works);
the main thread runs the adapter, one request after the other.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import queue
import signal
import sys
import threading
import traceback
from importlib.machinery import ModuleSpec
from pathlib import Path

from ..offline import refuse_egress
from . import protocol
from .adapter import AdapterContext, StreamingAdapter
from .child_blobs import BlobClient
from .child_link import ParentGoneError, ParentLink
from .child_request import RequestRunner, RunState

_WORK = (protocol.Load, protocol.Run, protocol.Estimate, protocol.ListVoices, protocol.Stop)


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
        # An engine's library gave up; its code is all that it says.
        traceback.print_exc()
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001  the process ends here; the log is all that remains
        traceback.print_exc()
    sys.stderr.flush()
    # Libraries' exit handlers and threads have nothing to add, and some hang.
    os._exit(code)


def _die_with_parent() -> None:
    # Ctrl-C reaches the whole foreground group; the parent decides what it means for workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
        # If the parent died before that call, the pipe's end of file ends this process instead.


class _Child:
    def __init__(self, link: ParentLink) -> None:
        self._link = link
        self._work: queue.SimpleQueue[protocol.ToWorker] = queue.SimpleQueue()
        self._blobs = BlobClient(link.send)
        self._states: dict[int, RunState] = {}
        self._adapter: StreamingAdapter | None = None

    def run(self) -> None:
        start = self._link.receive_first()
        versions = {name: _version(name) for name in start.distributions}
        self._link.send(
            protocol.Hello(
                protocol.PROTOCOL_VERSION, os.getpid(), sys.version.split()[0], sys.executable, sys.prefix, versions
            )
        )
        if not start.network:
            refuse_egress(f"the worker of engine '{start.engine}'")
        threading.Thread(target=self._read, name="voxweft-reader", daemon=True).start()
        runner = RequestRunner(self._link)
        while True:
            message = self._work.get()
            if isinstance(message, protocol.Load):
                self._load(start, message)
            elif isinstance(message, protocol.Run):
                runner.run(self._ready(), message, self._states[message.request])
                del self._states[message.request]
            elif isinstance(message, protocol.Estimate):
                runner.estimate(self._ready(), message)
            elif isinstance(message, protocol.ListVoices):
                runner.voices(self._ready(), message)
            elif isinstance(message, protocol.Stop):
                if self._adapter is not None:
                    self._adapter.unload()
                return

    def _ready(self) -> StreamingAdapter:
        assert self._adapter is not None, "the parent asks for work only after Loaded"
        return self._adapter

    def _load(self, start: protocol.Start, load: protocol.Load) -> None:
        def progress(message: str, fraction: float | None = None) -> None:
            self._link.send(protocol.Loading(load.request, message, fraction))

        try:
            adapter = _adapter_class(start)()
            model = adapter.load(
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
        except Exception as error:  # noqa: BLE001  whatever the engine raises is the user's message
            traceback.print_exc()
            self._link.send(protocol.Failed(load.request, -1, str(error) or type(error).__name__))
            return
        self._adapter = adapter
        self._link.send(protocol.Loaded(load.request, model))

    def _read(self) -> None:
        try:
            for message, payload in self._link.receive():
                if isinstance(message, _WORK):
                    if isinstance(message, protocol.Run):
                        self._states[message.request] = RunState(message.credit_bytes)
                    elif isinstance(message, protocol.Stop):
                        for state in list(self._states.values()):
                            state.cancel(-1)
                    self._work.put(message)
                elif isinstance(message, protocol.Ping):
                    self._link.send(protocol.Pong(message.number))
                elif isinstance(message, (protocol.Credit, protocol.Cancel)):
                    state_of = self._states.get(message.request)
                    if state_of is None:
                        continue  # It ended while the message was under way.
                    if isinstance(message, protocol.Credit):
                        state_of.grant(message.n_bytes)
                    else:
                        state_of.cancel(message.position)
                elif isinstance(message, protocol.BlobData):
                    self._blobs.deliver(message, bytes(payload))
        except BaseException as error:  # noqa: BLE001  without its reader a worker can only end
            if not isinstance(error, ParentGoneError):
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _adapter_class(start: protocol.Start) -> type[StreamingAdapter]:
    """Import the adapter from its folder: a built-in one under its own name, a stranger's as a package of its own."""
    module_name, _, class_name = start.adapter.partition(":")
    folder = Path(start.folder).resolve()
    root = Path(__file__).resolve().parents[2]
    if folder.parent in (root / "engines", root / "utils" / "models", root / "utils" / "live"):
        package = ".".join(("voxweft", *folder.relative_to(root).parts))
    else:
        package = f"voxweft_engine_{start.engine}"
        _place_stranger(package, folder)
    adapter = getattr(importlib.import_module(f"{package}.{module_name}"), class_name)
    if not (isinstance(adapter, type) and issubclass(adapter, StreamingAdapter)):
        raise TypeError(f"{start.adapter} of engine '{start.engine}' is no StreamingAdapter")
    return adapter


def _place_stranger(package: str, folder: Path) -> None:
    """Make a folder importable as a package, so that its adapter may import its other modules relatively."""
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
