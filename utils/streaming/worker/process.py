"""A child process as the runtime loop sees it: frames in, bytes out, the end of its log, and its death at once."""

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

from .frames import Frame, FrameDecoder, FrameError

LOG_TAIL_BYTES = 8 << 10
_LAST_WORDS_S = 0.05
"""How long after a death its last frames and log lines may still arrive."""
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
        self._burial: asyncio.TimerHandle | None = None
        self._killed = False
        self.exited = asyncio.get_running_loop().create_future()
        """Set once the operating system says that the process is gone."""
        self.buried = asyncio.get_running_loop().create_future()
        """Set once its last words were read too and its pipes are closed."""

    async def start(self, interpreter: str) -> None:
        """Start a worker under that interpreter. OSError if it can't be run."""
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
            env=worker_environment(interpreter),
            creationflags=flags,
        )

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return (self._transport.get_pid() or 0) if self._transport is not None else 0

    def log_tail(self) -> str:
        """Return the end of what the process and its libraries printed."""
        return b"".join(self._log)[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()

    def after_log(self, call: Callable[[], None]) -> None:
        """Call back once everything has been read that was printed before the frame at hand was sent.

        It was in its pipe before the frame was in the other, so the loop's next look finds it: one turn until that, and
        one more in which asyncio hands it over. Without this, an error's frame may overtake the log that explains it.
        """
        call_soon = asyncio.get_running_loop().call_soon
        call_soon(call_soon, call_soon, call)

    def write(self, *pieces: bytes | memoryview) -> None:
        """Send bytes; dropped if the process is dead, whose death is reported anyway."""
        if self._stdin is not None and not self._stdin.is_closing():
            self._stdin.writelines(pieces)

    def kill(self, reason: str) -> None:
        """End the process now; `reason` is what its death is reported with."""
        self._killed = True
        if self._reason is None:
            self._reason = reason
        if self._transport is not None and not self.exited.done():
            with contextlib.suppress(ProcessLookupError):
                self._transport.kill()

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the pipes over."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        stdin = transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        self._stdin = stdin

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take frames or log lines in."""
        if fd == 2:
            self._keep_log(data)
            return
        if self.buried.done() or self._killed:
            return
        try:
            for frame in self._decoder.feed(data):
                self._on_frame(frame)
        except (FrameError, ValueError) as error:  # msgspec's errors are ValueErrors
            self.kill(f"sent something that is no message: {error}")

    def _keep_log(self, data: bytes) -> None:
        self._log.append(data)
        self._log_bytes += len(data)
        while self._log_bytes - len(self._log[0]) >= LOG_TAIL_BYTES:
            self._log_bytes -= len(self._log.popleft())

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Notice that the process closed a pipe, which usually means that it is dying."""
        self._open_pipes.discard(fd)
        if fd == 1 and self._reason is None and not self.exited.done():
            # A worker without its pipe is useless; usually it is dying and its exit code arrives in a moment.
            loop = asyncio.get_running_loop()
            loop.call_later(_LAST_WORDS_S, self.kill, "closed its pipe")
        self._bury_if_silent()

    def process_exited(self) -> None:
        """Notice the end of the process (the exit sentinel)."""
        assert self._transport is not None
        if self._reason is None:
            self._reason = _exit_reason(self._transport.get_returncode())
        if not self.exited.done():
            self.exited.set_result(None)
        # A grandchild may hold the pipes open for ever, so silence is not waited for long.
        self._burial = asyncio.get_running_loop().call_later(_LAST_WORDS_S, self._bury)
        self._bury_if_silent()

    def _bury_if_silent(self) -> None:
        if self.exited.done() and not self._open_pipes:
            self._bury()

    def _bury(self) -> None:
        if self.buried.done():
            return
        self.buried.set_result(None)
        if self._burial is not None:
            self._burial.cancel()
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


def worker_environment(interpreter: str) -> dict[str, str]:
    """Return the environment of a worker under that interpreter."""
    environment = dict(os.environ)
    if interpreter != sys.executable:
        # Settings that make the host's packages visible would break another interpreter's own. And uv leaves it to the
        # first import to compile packages: forbidden, every start would do that again, and take twice as long.
        for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
    return environment
