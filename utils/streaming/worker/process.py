"""A worker process: frames in, bytes out, the tail of its log, and immediate notice of its death."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ..contract.errors import FrameError
from .frames import Frame, FrameDecoder

LOG_TAIL_BYTES = 8 << 10
_DRAIN_S = 0.05
"""How long after a death its pipes are still read."""
OVERLAY_VARIABLE = "VOXWEFT_OVERLAY"
"""Names the overlay of a worker, for `child/main.py`; set for workers alone."""
WORKER_MAIN = Path(__file__).resolve().parents[1] / "child" / "main.py"


class ChildProcess(asyncio.SubprocessProtocol):
    """One worker process. Calls `on_frame` for each frame and `on_death(reason)` once, both on the loop."""

    def __init__(self, on_frame: Callable[[Frame], None], on_death: Callable[[str], None]) -> None:
        self._on_frame = on_frame
        self._on_death = on_death
        self._decoder = FrameDecoder()
        self._log: deque[bytes] = deque()
        self._log_bytes = 0
        self._transport: asyncio.SubprocessTransport | None = None
        self._stdin: asyncio.WriteTransport | None = None
        self._open_pipes = {1, 2}
        self._reason: str | None = None
        self._reap_timer: asyncio.TimerHandle | None = None
        self._killed = False
        self.exited = asyncio.get_running_loop().create_future()
        """Set once the operating system says that the process is gone."""
        self.reaped = asyncio.get_running_loop().create_future()
        """Set once its pipes were read to the end, too, and closed."""

    async def start(self, interpreter: str, overlay: str = "") -> None:
        """Start a worker with that interpreter, and the packages of an overlay. OSError if it can't be run."""
        loop = asyncio.get_running_loop()
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        await loop.subprocess_exec(
            lambda: self,
            interpreter,
            "-X",
            "utf8",
            str(WORKER_MAIN),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=worker_environment(interpreter, overlay),
            creationflags=flags,
        )

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return (self._transport.get_pid() or 0) if self._transport is not None else 0

    def log_tail(self) -> str:
        """Return the end of the process's output on stderr."""
        return b"".join(self._log)[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()

    def after_log(self, call: Callable[[], None]) -> None:
        """Call back once all output that was printed before the current frame has been read.

        Otherwise an error's frame may overtake the log that explains it. The log was in its pipe before the frame was
        in the other, so the loop's next poll finds it: one iteration until then, and one for asyncio to deliver it.
        """
        call_soon = asyncio.get_running_loop().call_soon
        call_soon(call_soon, call_soon, call)

    def write(self, *buffers: bytes | memoryview) -> None:
        """Send bytes; dropped if the process is dead, which is reported separately."""
        if self._stdin is not None and not self._stdin.is_closing():
            self._stdin.writelines(buffers)

    def kill(self, reason: str) -> None:
        """Kill the process; its death is reported with `reason`."""
        self._killed = True
        if self._reason is None:
            self._reason = reason
        if self._transport is not None and not self.exited.done():
            with contextlib.suppress(ProcessLookupError):
                self._transport.kill()

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the pipes."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        stdin = transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        self._stdin = stdin

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Receive frames or log output."""
        if fd == 2:
            self._keep_log(data)
            return
        if self.reaped.done() or self._killed:
            return
        try:
            for frame in self._decoder.feed(data):
                self._on_frame(frame)
        except (FrameError, ValueError) as error:  # msgspec's errors are ValueErrors
            self.kill(f"sent an invalid message: {error}")

    def _keep_log(self, data: bytes) -> None:
        self._log.append(data)
        self._log_bytes += len(data)
        while self._log_bytes - len(self._log[0]) >= LOG_TAIL_BYTES:
            self._log_bytes -= len(self._log.popleft())

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that the process closed a pipe, usually because it is ending."""
        self._open_pipes.discard(fd)
        if fd == 1 and self._reason is None and not self.exited.done():
            # A worker without its pipe is useless. Usually it is ending, and its exit code will arrive.
            loop = asyncio.get_running_loop()
            loop.call_later(_DRAIN_S, self.kill, "closed its pipe")
        self._reap_if_drained()

    def process_exited(self) -> None:
        """Note the end of the process."""
        assert self._transport is not None
        if self._reason is None:
            self._reason = _exit_reason(self._transport.get_returncode())
        if not self.exited.done():
            self.exited.set_result(None)
        # A grandchild may keep the pipes open, so their end isn't waited for long.
        self._reap_timer = asyncio.get_running_loop().call_later(_DRAIN_S, self._reap)
        self._reap_if_drained()

    def _reap_if_drained(self) -> None:
        if self.exited.done() and not self._open_pipes:
            self._reap()

    def _reap(self) -> None:
        if self.reaped.done():
            return
        self.reaped.set_result(None)
        if self._reap_timer is not None:
            self._reap_timer.cancel()
        assert self._transport is not None
        self._transport.close()
        self._on_death(self._reason or "ended")


def _exit_reason(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"was ended by signal {name}{hint}"
    return f"exited with code {code}"


def worker_environment(interpreter: str, overlay: str = "") -> dict[str, str]:
    """Return the environment variables for a worker with that interpreter, and the packages of an overlay."""
    # OpenMP's threads would spin while they wait for each other. On a busy machine that costs seven times the processor
    # time and ten times the waiting; sleeping instead costs nothing on an idle one.
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    environment.pop(OVERLAY_VARIABLE, None)
    if overlay:
        environment[OVERLAY_VARIABLE] = overlay
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # see below
    if interpreter != sys.executable:
        # The first three would make the host's packages visible to another interpreter. The last would forbid to keep
        # compiled modules, which uv leaves to the first import: every start would take twice as long.
        for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
    return environment
