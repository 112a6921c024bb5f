"""What the tests of jobs and commands share: the real command in a process of its own, and WAV files as arrays."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import psutil
import pytest
import typer
from numpy.typing import NDArray
from streaming_kit import ENGINES, eventually

from voxweft.cli import app

LIMIT_S = 60
# A test run in the background ignores SIGINT, and so would every command that it starts.
_FRESH_SIGNALS = (
    "import os, signal, sys\n"
    "for name in ('SIGINT', 'SIGTERM', 'SIGHUP'):\n"
    "    if hasattr(signal, name):\n"
    "        signal.signal(getattr(signal, name), signal.SIG_DFL)\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Finished(NamedTuple):
    """A command that is over."""

    code: int
    out: str
    err: str


class Command:
    """`python -m voxweft` in a folder and with a cache of its own; the test engines are known to it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        # An unbuffered stdout would hide what is left in the buffer when its reader leaves.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("VOXWEFT_") and name != "PYTHONUNBUFFERED"
        }
        self.environment = kept | {
            "VOXWEFT_CACHE_DIR": str(self.cache),
            "VOXWEFT_ENGINES": str(ENGINES),
            "COLUMNS": "160",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            **environment,
        }

    def __call__(self, *arguments: str | bytes, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "voxweft", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            timeout=LIMIT_S,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    def fine(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it to its end, which must be a good one."""
        done = self(*arguments, stdin=stdin, **environment)
        assert done.code == 0, done.err
        return done

    def here(self, *arguments: str | bytes, stdin: bytes = b"", **environment: str) -> Finished:
        """Run the same in this process, which saves the start of an interpreter: for what is only said and returned."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        before, stdin_before = Path.cwd(), sys.stdin
        command = typer.main.get_command(app)
        os.chdir(self.folder)
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
        try:
            with (
                mock.patch.dict(os.environ, self.environment | environment, clear=True),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as left,
            ):
                command.main([os.fsdecode(argument) for argument in arguments], "voxweft")
        finally:
            os.chdir(before)
            sys.stdin = stdin_before
        return Finished(left.value.code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    def fine_here(self, *arguments: str, **environment: str) -> Finished:
        """As `here`, to a good end."""
        done = self.here(*arguments, **environment)
        assert done.code == 0, done.err
        return done

    def fine_bytes(self, *arguments: str) -> bytes:
        """Run it to a good end and return what it wrote to stdout, as bytes."""
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
        """Start it as the head of a process group, as a shell does; whatever is left at the end is killed."""
        process = subprocess.Popen(
            [sys.executable, "-c", _FRESH_SIGNALS, "-m", "voxweft", *arguments],
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
        """The files of the cache's entries."""
        return {file.name: file.read_bytes() for file in self.cache.glob("v1/*/*.seg")}

    def files(self) -> set[str]:
        """What lies in the folder beside the cache, hidden files too."""
        return {file.name for file in self.folder.iterdir()} - {"cache"}


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that a running command has started; waits until there is one."""
    parent = psutil.Process(process.pid)
    eventually(lambda: bool(parent.children(recursive=True)), "a worker is started", LIMIT_S)
    return parent.children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> None:
    """Assert that none of the processes outlives its command by much."""
    eventually(lambda: not any(process.is_running() for process in processes), "every worker is gone", 2.0)


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the command and its workers, as a terminal does."""
    os.killpg(process.pid, number)


def read_wav(path: Path) -> tuple[int, NDArray[np.int16]]:
    """The rate and the samples of a 16-bit mono WAV file, as the standard library reads it."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")


def to_pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples as a 16-bit WAV file holds them."""
    return np.clip(np.rint(samples.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)


def onset(samples: NDArray[np.float32], threshold: float = 0.01) -> int:
    """The first sample that can be heard."""
    return int(np.argmax(np.abs(samples) > threshold))
