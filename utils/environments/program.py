"""Run the programs that build environments and know Pythons: stream their lines, and leave no process running."""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import psutil

TAIL_BYTES = 8 << 10
"""How much of the end of a program's output is kept."""
LINE_CHARACTERS = 64 << 10
"""Longer lines are split, so that memory is bounded whatever a program prints."""
_CHUNK_BYTES = 64 << 10
_QUEUED_CHUNKS = 64
_POLL_S = 0.1
"""Longest single wait: Windows raises no KeyboardInterrupt while a thread waits."""
_DRAIN_S = 1.0
"""How long to read on after a program's exit if a descendant keeps the pipe open."""
_GRACE_S = 3.0
_REAP_S = 2.0
_LINE_END = re.compile(r"\r\n|\r|\n")


class ProgramResult(NamedTuple):
    """The exit code and the end of the output of a program.

    `code` is its exit code, negative for a signal. `tail` is the end of its output: at most `TAIL_BYTES`, cut to whole
    lines if the output was longer.
    """

    code: int
    tail: str


class ProgramAnswer(NamedTuple):
    """The exit code, stdout and stderr of a program that answers at once."""

    code: int
    output: str
    errors: str


def ask(arguments: Sequence[str], *, environment: Mapping[str, str], limit_s: float) -> ProgramAnswer:
    """Run a program without input in a folder that doesn't matter, and return its answer.

    Raises:
        TimeoutError: It didn't exit within `limit_s`; it was killed.
        OSError: It can't be started; FileNotFoundError if it doesn't exist.
    """
    try:
        done = subprocess.run(
            list(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=sys.base_prefix,
            env=dict(environment),
            timeout=limit_s,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"no answer within {limit_s:g} s") from error
    return ProgramAnswer(done.returncode, done.stdout, done.stderr)


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    on_line: Callable[[str], None] | None = None,
) -> ProgramResult:
    r"""Run a program until it exits. Any exception ends the program and its descendants before it propagates.

    Args:
        arguments: The program's path, then its arguments. Its standard input is empty.
        environment: All of its environment variables.
        folder: Its working directory.
        on_line: Called in this thread with each line of output (stdout and stderr merged, UTF-8 with replacements) as
            soon as it is complete. Lines end with "\n", "\r\n" or the "\r" of a progress bar, which is removed.

    Raises:
        OSError: It can't be started; FileNotFoundError if it doesn't exist.
    """
    output = _Output(on_line)
    process = _start(arguments, environment, folder)
    reader = _Reader(process)
    try:
        reader.follow(output)
        output.close()
    except BaseException:
        _end(process)
        raise
    finally:
        reader.stop()
    return ProgramResult(process.returncode, output.tail())


def _start(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        list(arguments),
        bufsize=0,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        creationflags=flags,
        # In its own session its descendants form one process group, and Ctrl-C reaches it only through us.
        start_new_session=True,
    )


class _Output:
    """Splits a program's output into lines, and keeps its tail."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._after_return = False
        self._tail = bytearray()
        self._n_bytes = 0

    def feed(self, data: bytes) -> None:
        """Add bytes, and report the lines that they complete."""
        self._n_bytes += len(data)
        self._tail += data
        if len(self._tail) > 16 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]
        self._add(self._decoder.decode(data))

    def close(self) -> None:
        """Report an unterminated last line."""
        self._add(self._decoder.decode(b"", final=True))
        if self._line:
            self._report(self._line)
            self._line = ""

    def tail(self) -> str:
        """Return the end of the output."""
        text = _LINE_END.sub("\n", self._tail[-TAIL_BYTES:].decode("utf-8", "replace"))
        if self._n_bytes > TAIL_BYTES:
            text = text.partition("\n")[2] or text
        return text.strip()

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._after_return:
            text = text.removeprefix("\n")  # the second half of a "\r\n"
        self._after_return = text.endswith("\r")
        *lines, self._line = _LINE_END.split(self._line + text)
        for line in lines:
            self._report(line)
        if len(self._line) > LINE_CHARACTERS:
            self._report(self._line)
            self._line = ""

    def _report(self, line: str) -> None:
        if self._on_line is not None:
            self._on_line(line)


class _Reader:
    """Reads a process's pipe in a daemon thread, since not every system can wait for a pipe with a timeout."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process = process
        self._chunks: queue.Queue[bytes] = queue.Queue(_QUEUED_CHUNKS)
        self._stopped = False
        threading.Thread(target=self._read, args=(process.stdout,), name="program output", daemon=True).start()

    def follow(self, output: _Output) -> None:
        """Forward the output until the process has ended."""
        ended_at: float | None = None
        open_ = True
        while open_ or self._process.returncode is None:
            data = self._next() if open_ else None
            if data:
                output.feed(data)
            elif data is not None:
                open_ = False
            if not open_:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_POLL_S)
            now = time.monotonic()
            if self._process.poll() is not None:
                ended_at = now if ended_at is None else ended_at
                if data is None and now - ended_at >= _DRAIN_S:
                    return

    def stop(self) -> None:
        """Tell the thread to end: it does after its next read, or when the last descendant closes the pipe."""
        self._stopped = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._chunks.get_nowait()

    def _next(self) -> bytes | None:
        try:
            return self._chunks.get(timeout=_POLL_S)
        except queue.Empty:
            return None

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while not self._stopped:
                data = pipe.read(_CHUNK_BYTES)
                self._chunks.put(data)
                if not data:
                    return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its descendants: SIGTERM first (except on Windows), SIGKILL after `_GRACE_S`."""
    family = _descendants(process.pid)
    try:
        if sys.platform != "win32":
            _signal_group(process.pid, signal.SIGTERM)
            for member in family:  # includes those that left our process group
                with contextlib.suppress(psutil.Error):
                    member.terminate()
            signalled_at = time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            psutil.wait_procs(family, max(0.0, signalled_at + _GRACE_S - time.monotonic()))
    finally:  # a second Ctrl-C only ends the grace period
        if sys.platform != "win32":
            _signal_group(process.pid, signal.SIGKILL)
        for member in family:
            with contextlib.suppress(psutil.Error):
                member.kill()
        process.kill()
        process.wait()
        psutil.wait_procs(family, _REAP_S)


def _descendants(pid: int) -> list[psutil.Process]:
    """Return all descendants, those in other sessions included. psutil identifies them by more than their pid."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _signal_group(pid: int, number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses if the leader is a zombie
            os.killpg(pid, number)
