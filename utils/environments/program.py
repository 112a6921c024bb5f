"""Runs the programs that build environments and say what a Python is: their lines as they come, nothing left behind."""

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
"""A line that grows beyond this is given in pieces: memory is bounded whatever a program prints."""
_CHUNK_BYTES = 64 << 10
_WAITING_CHUNKS = 64
_LOOK_S = 0.1
"""How long is waited at a time: Windows raises no KeyboardInterrupt while a thread waits."""
_LAST_WORDS_S = 1.0
"""How long after a program's end its last lines may still be under way, where a descendant holds the pipe open."""
_GRACE_S = 3.0
_GONE_WITHIN_S = 2.0
_LINE_END = re.compile(r"\r\n|\r|\n")


class ProgramResult(NamedTuple):
    """How a program ended.

    `code` is its exit code, negative for a signal. `tail` is the end of what it printed: at most `TAIL_BYTES`, in whole
    lines where it was longer than that.
    """

    code: int
    tail: str


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    on_line: Callable[[str], None] | None = None,
    limit_s: float | None = None,
) -> ProgramResult:
    r"""Run a program in `folder` until it ends, and return its exit code and the end of its output.

    The first argument is its path. It reads nothing from standard input. What it prints to standard output and standard
    error is one stream of UTF-8, in which whatever isn't is replaced; `on_line` gets each line without its end, which
    may be "\n", "\r\n" or the "\r" of a progress bar, from this thread and as soon as it is there.

    Any exception, be it of `on_line` or raised by a signal, ends the program and its descendants before it goes on up.
    TimeoutError likewise after `limit_s` seconds. FileNotFoundError, or another OSError, if it can't be started.
    """
    output = _Output(on_line)
    process = _start(arguments, environment, folder)
    reader = _Reader(process)
    try:
        reader.follow(output, None if limit_s is None else time.monotonic() + limit_s)
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
        # A session of its own: its descendants are one group to signal, and Ctrl-C reaches it through us only.
        start_new_session=True,
    )


class _Output:
    """Cuts what a program prints into lines, and keeps its end."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._after_return = False
        self._tail = bytearray()
        self._n_bytes = 0

    def feed(self, data: bytes) -> None:
        """Take bytes, and give the lines that they complete."""
        self._n_bytes += len(data)
        self._tail += data
        if len(self._tail) > 16 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]
        self._take(self._decoder.decode(data))

    def close(self) -> None:
        """Give the last line, if the program didn't end it."""
        self._take(self._decoder.decode(b"", final=True))
        if self._line:
            self._give(self._line)
            self._line = ""

    def tail(self) -> str:
        """Return the end of the output."""
        text = _LINE_END.sub("\n", self._tail[-TAIL_BYTES:].decode("utf-8", "replace"))
        if self._n_bytes > TAIL_BYTES:
            text = text.partition("\n")[2] or text
        return text.strip()

    def _take(self, text: str) -> None:
        if not text:
            return
        if self._after_return:
            text = text.removeprefix("\n")  # of a "\r\n" that came in two
        self._after_return = text.endswith("\r")
        *lines, self._line = _LINE_END.split(self._line + text)
        for line in lines:
            self._give(line)
        if len(self._line) > LINE_CHARACTERS:
            self._give(self._line)
            self._line = ""

    def _give(self, line: str) -> None:
        if self._on_line is not None:
            self._on_line(line)


class _Reader:
    """Reads a process's pipe in a thread of its own, which may be left behind: pipes can't be waited for everywhere."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process = process
        self._chunks: queue.Queue[bytes] = queue.Queue(_WAITING_CHUNKS)
        self._stopped = False
        threading.Thread(target=self._read, args=(process.stdout,), name="program output", daemon=True).start()

    def follow(self, output: _Output, deadline: float | None) -> None:
        """Hand the output on until the process has ended; TimeoutError if `deadline` (monotonic) comes first."""
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
                    self._process.wait(_LOOK_S)
            now = time.monotonic()
            if self._process.poll() is not None:
                ended_at = now if ended_at is None else ended_at
                if data is None and now - ended_at >= _LAST_WORDS_S:
                    return
            elif deadline is not None and now >= deadline:
                raise TimeoutError("it didn't end in time")

    def stop(self) -> None:
        """Let the thread go: it ends with what it reads next, or when the last descendant closes the pipe."""
        self._stopped = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._chunks.get_nowait()

    def _next(self) -> bytes | None:
        try:
            return self._chunks.get(timeout=_LOOK_S)
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
    """End a process and its descendants: asked first where the system can ask, killed after `_GRACE_S`."""
    family = _descendants(process.pid)
    try:
        if sys.platform != "win32":
            _signal_group(process.pid, signal.SIGTERM)
            for member in family:  # those that are in no group of ours
                with contextlib.suppress(psutil.Error):
                    member.terminate()
            asked_at = time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            psutil.wait_procs(family, max(0.0, asked_at + _GRACE_S - time.monotonic()))
    finally:  # a second Ctrl-C ends the patience, not the ending
        if sys.platform != "win32":
            _signal_group(process.pid, signal.SIGKILL)
        for member in family:
            with contextlib.suppress(psutil.Error):
                member.kill()
        process.kill()
        process.wait()
        psutil.wait_procs(family, _GONE_WITHIN_S)


def _descendants(pid: int) -> list[psutil.Process]:
    """Return them, those included that began a session of their own; they are known by more than their number."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _signal_group(pid: int, number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses for one that isn't reaped yet
            os.killpg(pid, number)
