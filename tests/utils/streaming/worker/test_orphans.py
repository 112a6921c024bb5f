"""Workers end with their parent, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from streaming_kit import ENGINES, eventually, is_running

pytestmark = [
    pytest.mark.linux,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

_PARENT = """
import os, signal, sys, time
from pathlib import Path
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import AudioChunk, StreamingSegment, TextPayload
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

# A test run in a shell's background has its children ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
ending, folder, engines = sys.argv[1:]
runtime = Runtime(Settings(cache_dir=Path(folder), engine_folders=(Path(engines),)))

def segments(count, **params):
    return [StreamingSegment(index=i, payload=TextPayload(f"text {i}"), engine="tone", params=params)
            for i in range(count)]

# Two workers: one busy for as long as it takes, one that may be idle.
stream = iter(runtime.stream(segments(40, chunks=2000, chunk_samples=100, delay_s=0.01), StreamOptions(workers=2)))
chunk = next(event for event in stream if isinstance(event, AudioChunk))
deadline = time.monotonic() + 20
while len(pids := [pid for model in runtime.run(runtime.stats()) for pid in model.pids]) < 2:
    assert time.monotonic() < deadline
    time.sleep(0.01)
print(*pids, flush=True)
if ending == "wait":
    for event in stream:
        pass
if ending == "raise":
    raise RuntimeError("the parent's own trouble")
if ending == "exit":
    sys.exit(3)
if ending == "close":
    runtime.close()
if ending == "os-exit":
    os._exit(4)
"""


@pytest.fixture
def parent(tmp_path: Path) -> type:
    """A parent process with two workers, to be ended in some way."""

    class Parent:
        def __init__(self, ending: str) -> None:
            command = [sys.executable, "-c", _PARENT, ending, str(tmp_path / "cache"), str(ENGINES)]
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
            )
            assert self.process.stdout is not None
            self.pids = [int(pid) for pid in self.process.stdout.readline().split()]
            assert len(self.pids) == 2, self.process.communicate()

        def ended(self) -> tuple[int, str]:
            """Wait for the parent, then for its workers; return its exit code and its error messages."""
            _, complaints = self.process.communicate(timeout=30)
            for pid in self.pids:
                eventually(lambda pid=pid: not is_running(pid), f"worker {pid} is gone", within_s=2.0)
            return self.process.returncode, complaints

    return Parent


def test_killed(parent: type) -> None:
    it = parent("wait")
    assert all(is_running(pid) for pid in it.pids)
    it.process.kill()
    assert it.ended() == (-signal.SIGKILL, "")


@pytest.mark.parametrize(("ending", "code"), [("end", 0), ("close", 0), ("exit", 3), ("os-exit", 4)])
def test_ended_quietly(parent: type, ending: str, code: int) -> None:
    assert parent(ending).ended() == (code, "")


def test_ended_by_an_exception(parent: type) -> None:
    code, complaints = parent("raise").ended()
    assert code == 1
    assert complaints.count("Traceback") == 1
    assert complaints.endswith("RuntimeError: the parent's own trouble\n")


def test_interrupted(parent: type) -> None:
    it = parent("wait")
    it.process.send_signal(signal.SIGINT)
    code, complaints = it.ended()
    assert code in (-signal.SIGINT, 130)
    assert complaints.count("Traceback") == 1
    assert complaints.rstrip().endswith("KeyboardInterrupt")


def test_a_whole_group_interrupted(parent: type) -> None:
    # As a terminal does at Ctrl-C: the workers get the signal too, and ignore it; the parent decides.
    import os

    it = parent("wait")
    os.killpg(it.process.pid, signal.SIGINT)
    code, complaints = it.ended()
    assert code in (-signal.SIGINT, 130)
    assert complaints.rstrip().endswith("KeyboardInterrupt")


def test_terminated(parent: type) -> None:
    it = parent("wait")
    it.process.terminate()
    assert it.ended() == (-signal.SIGTERM, "")
