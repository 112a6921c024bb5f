"""Helpers for tests of jobs and commands: run the command in this or another process, and read WAV files."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import signal
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import psutil
import pytest
import typer
from numpy.typing import NDArray
from streaming_kit import ENGINES, child_pids, eventually

from voxweft.cli import app

LIMIT_S = 60


class Finished(NamedTuple):
    """The result of a command."""

    code: int
    out: str
    err: str


@contextmanager
def no_global_state() -> Iterator[None]:
    """Restore the global state that a command changes: logging, and its workers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = [logger for logger in logging.Logger.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    levels = {logger: logger.level for logger in loggers}
    children = child_pids()
    # With pytest's handlers, `logging.basicConfig` would not write to stderr.
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:], root.level = handlers, level
        for logger in list(logging.Logger.manager.loggerDict.values()):
            if isinstance(logger, logging.Logger):
                logger.setLevel(levels.get(logger, logging.NOTSET))
    eventually(lambda: child_pids() <= children, "every process that the command started is gone", 5.0)


@functools.cache
def _built() -> typer.core.TyperGroup:
    """Return the command. Its construction from the functions' signatures takes as long as most runs of it."""
    return typer.main.get_command(app)


class Command:
    """The command `voxweft` with a working folder, a separate cache and the test engines.

    `here` runs it in this process, about 20 times as fast as a call, which starts an interpreter. Use a call (or
    `started`) only if the test needs a separate process: for pipes, signals, terminals, encodings, offline mode.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        # An unbuffered stdout would hide data left in the buffer when the reader of a pipe ends.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("VOXWEFT_") and name != "PYTHONUNBUFFERED"
        }
        self.environment = kept | {
            "VOXWEFT_CACHE_DIR": str(self.cache),
            "VOXWEFT_ENGINES": str(ENGINES),
            "VOXWEFT_LEVEL": "off",
            "COLUMNS": "400",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            **environment,
        }

    def __call__(
        self, *arguments: str | bytes, stdin: bytes = b"", limit_s: float = LIMIT_S, **environment: str
    ) -> Finished:
        """Run it in a separate process."""
        done = subprocess.run(
            [sys.executable, "-m", "voxweft", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            timeout=limit_s,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    def fine(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it in a separate process, and assert that it succeeds."""
        done = self(*arguments, stdin=stdin, **environment)
        assert done.code == 0, done.err
        return done

    def here(self, *arguments: str | bytes, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it in this process, and restore the global state."""
        variables = self.environment | environment
        assert "VOXWEFT_OFFLINE" not in variables, "offline mode lasts until its process ends"
        before, stdin_before = Path.cwd(), sys.stdin
        # Files, because audio is written to the descriptor of stdout.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            streams = [io.TextIOWrapper(file, "utf-8", write_through=True) for file in (out, err)]
            os.chdir(self.folder)
            sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
            try:
                with (
                    no_global_state(),
                    mock.patch.dict(os.environ, variables, clear=True),
                    contextlib.redirect_stdout(streams[0]),
                    contextlib.redirect_stderr(streams[1]),
                    pytest.raises(SystemExit) as exited,
                ):
                    _built().main([os.fsdecode(argument) for argument in arguments], "voxweft")
            finally:
                os.chdir(before)
                sys.stdin = stdin_before
            outputs = []
            for file in (out, err):
                file.seek(0)
                outputs.append(file.read().decode())
        return Finished(exited.value.code, *outputs)

    def fine_here(self, *arguments: str | bytes, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it in this process, and assert that it succeeds."""
        done = self.here(*arguments, stdin=stdin, **environment)
        assert done.code == 0, done.err
        return done

    def fine_bytes(self, *arguments: str) -> bytes:
        """Run it in a separate process, assert that it succeeds, and return the bytes that it wrote to a pipe."""
        done = subprocess.run(
            [sys.executable, "-m", "voxweft", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start it as the leader of a process group, like a shell. Kill it at the end if it still runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "voxweft", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(LIMIT_S)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def entries(self) -> dict[str, bytes]:
        """Return the files of the cache's entries."""
        return {file.name: file.read_bytes() for file in self.cache.glob("v1/*/*.seg")}

    def files(self) -> set[str]:
        """Return the names of the files in the folder, including hidden ones, without the cache."""
        return {file.name for file in self.folder.iterdir()} - {"cache"}


def wait_for(process: subprocess.Popen[bytes], condition: Callable[[], bool], description: str) -> None:
    """Wait until a running command meets a condition. Fail immediately if the command ends first."""
    eventually(lambda: condition() or process.poll() is not None, description, LIMIT_S)
    if not condition():
        assert process.stderr is not None
        raise AssertionError(f"the command ended first: {description}\n{process.stderr.read().decode()}")


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Wait until a running command has started a process, and return its processes."""
    parent = psutil.Process(process.pid)
    eventually(lambda: bool(parent.children(recursive=True)), "a worker is started", LIMIT_S)
    return parent.children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> None:
    """Assert that the processes end with their command."""
    eventually(lambda: not any(process.is_running() for process in processes), "every worker is gone", 2.0)


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the command and its workers, like a terminal."""
    os.killpg(process.pid, number)


def read_wav(path: Path) -> tuple[int, NDArray[np.int16]]:
    """Return the rate and the samples of a 16-bit mono WAV file, read by the standard library."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")


def to_pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return samples in the values of a 16-bit WAV file."""
    return np.clip(np.rint(samples.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)


def onset(samples: NDArray[np.float32], threshold: float = 0.01) -> int:
    """Return the index of the first audible sample."""
    return int(np.argmax(np.abs(samples) > threshold))
