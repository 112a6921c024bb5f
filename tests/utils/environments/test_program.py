"""Programs that build environments: every line is reported as it is printed, and no process remains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streaming_kit import eventually, is_running

from voxweft.utils.environments import program
from voxweft.utils.environments.program import LINE_CHARACTERS, TAIL_BYTES, ProgramResult, run
from voxweft.utils.streaming.worker.process import worker_environment

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
# A grandchild: prints its process id, then runs longer than any test.
# In one write: an unbuffered print writes each word, and two processes would mix theirs.
SLEEPER = "import os, time; os.write(1, b'pid %d\\n' % os.getpid()); time.sleep(300)"


class Ran:
    """Runs Python programs in a folder, and keeps their lines and the process ids that they print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.pids: list[int] = []

    def __call__(self, code: str, *, then=None) -> ProgramResult:
        def keep(line: str) -> None:
            self.lines.append(line)
            if line.startswith("pid "):
                self.pids.append(int(line.split()[1]))
            if then is not None:
                then(line)

        arguments = [sys.executable, "-X", "utf8", "-c", code]
        environment = worker_environment(sys.executable)
        return run(arguments, environment=environment, folder=self.folder, on_line=keep)


@pytest.fixture
def ran(tmp_path: Path) -> Iterator[Ran]:
    it = Ran(tmp_path)
    yield it
    for pid in it.pids:
        if is_running(pid):
            psutil.Process(pid).kill()


def reading() -> bool:
    """Return whether a thread still reads the output of a program."""
    return any(thread.name == "program output" for thread in threading.enumerate())


def raise_on(beginning: str, error: BaseException):
    def then(line: str) -> None:
        if line.startswith(beginning):
            raise error

    return then


def test_lines_of_every_kind_in_the_order_of_printing(ran: Ran) -> None:
    code = r"""
import os
os.write(1, b"one\ntwo\r\n10 %\r20 %\r")
os.write(2, "drei, größer\n".encode())
os.write(1, b"\nbad \xff\xfe byte\nno end \xe2\x82")
"""
    assert ran(code) == ProgramResult(0, "one\ntwo\n10 %\n20 %\ndrei, größer\n\nbad \ufffd\ufffd byte\nno end \ufffd")
    assert ran.lines == ["one", "two", "10 %", "20 %", "drei, größer", "", "bad \ufffd\ufffd byte", "no end \ufffd"]


@given(
    st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", "ü€😀".encode(), b"\xff", b"\x85", b"\xe2\x80\xa8"])),
    st.data(),
)
def test_lines_do_not_depend_on_how_the_bytes_arrive(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    lines: list[str] = []
    output = program._Output(lines.append)
    while whole:
        length = data.draw(st.integers(1, len(whole)))
        output.feed(whole[:length])
        whole = whole[length:]
    output.close()
    expected = b"".join(pieces).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert lines == (expected if expected[-1] else expected[:-1])


def test_a_line_is_reported_while_the_program_runs(ran: Ran) -> None:
    seen = ran.folder / "seen"
    code = """
import pathlib, sys, time
sys.stdout.write("half\\r"); sys.stdout.flush()
while not pathlib.Path("seen").exists():
    time.sleep(0.01)
print("seen")
"""
    assert ran(code, then=lambda _: seen.touch()).code == 0
    assert ran.lines == ["half", "seen"]


def test_all_output_is_reported_and_its_end_is_kept(ran: Ran) -> None:
    result = ran("import sys; sys.stdout.writelines(f'line {number}\\n' for number in range(300_000))")
    assert ran.lines == [f"line {number}" for number in range(300_000)]
    tail = result.tail.splitlines()
    assert TAIL_BYTES - 20 < len(result.tail) <= TAIL_BYTES
    assert tail == ran.lines[-len(tail) :]


def test_a_line_without_an_end_is_split(ran: Ran) -> None:
    result = ran("import sys; sys.stdout.write('0123456789' * 100_000)")
    assert "".join(ran.lines) == "0123456789" * 100_000
    assert len(ran.lines) > 1
    assert max(map(len, ran.lines)) <= 3 * LINE_CHARACTERS
    assert result.tail == "".join(ran.lines)[-TAIL_BYTES:]


def test_a_failure_has_its_exit_code_and_the_last_output(ran: Ran) -> None:
    code, tail = ran("print('begun', flush=True); raise SystemExit('no space left')")
    assert (code, tail) == (1, "begun\nno space left")
    assert ran("import os; os._exit(42)") == ProgramResult(42, "")


@POSIX
def test_a_death_by_signal_is_a_negative_code(ran: Ran) -> None:
    assert ran("import os; os.kill(os.getpid(), 9)").code == -9


def test_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "nothing")], environment={}, folder=tmp_path)


def test_the_program_gets_the_folder_and_the_environment(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ.get('MARK'), sep='|')"
    environment = {**worker_environment(sys.executable), "MARK": "here"}
    result = run([sys.executable, "-c", code], environment=environment, folder=tmp_path)
    assert result == ProgramResult(0, f"{tmp_path.resolve()}|here")


def test_the_standard_input_is_empty() -> None:
    """A program that asks a question must not wait for an answer, nor consume the user's input."""
    inner = "import sys; print('read', repr(sys.stdin.read()))"
    code = f"""
import os, pathlib, sys
from voxweft.utils.environments.program import run
print(run([sys.executable, "-c", {inner!r}], environment=dict(os.environ), folder=pathlib.Path.cwd()).tail)
print("left", sys.stdin.read())
"""
    done = subprocess.run([sys.executable, "-c", code], input="typed", capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["read ''", "left typed"]


def test_an_error_of_the_reader_ends_all_processes(ran: Ran) -> None:
    code = f"""
import subprocess, sys, time
children = [subprocess.Popen([sys.executable, "-c", {SLEEPER!r}], start_new_session=own) for own in (False, True)]
time.sleep(300)
"""

    def then(_: str) -> None:
        if len(ran.pids) == 2:
            ran.pids.append(psutil.Process(ran.pids[0]).ppid())
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        ran(code, then=then)
    assert len(ran.pids) == 3
    assert [pid for pid in ran.pids if is_running(pid)] == []


@POSIX
def test_an_orphan_is_ended_too(ran: Ran) -> None:
    """It has no ancestor any more, so only its process group identifies it."""
    middle = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])"
    code = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {middle!r}])
print("orphaned", flush=True)
time.sleep(300)
"""

    def then(_: str) -> None:
        if ran.pids and "orphaned" in ran.lines:
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        ran(code, then=then)
    (pid,) = ran.pids
    eventually(lambda: not is_running(pid), "the orphan is gone")


@POSIX
def test_sigterm_is_sent_before_sigkill(ran: Ran) -> None:
    code = """
import os, pathlib, signal, sys, time
def tidy(*_):
    pathlib.Path("tidied").touch()
    sys.exit()
signal.signal(signal.SIGTERM, tidy)
print("pid", os.getpid(), flush=True)
time.sleep(300)
"""
    with pytest.raises(ValueError, match="enough"):
        ran(code, then=raise_on("pid", ValueError("enough")))
    assert (ran.folder / "tidied").exists()
    assert not is_running(ran.pids[0])


@POSIX
def test_a_program_that_ignores_sigterm_is_killed(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_GRACE_S", 0.2)
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
    with pytest.raises(ValueError, match="enough"):
        ran(code, then=raise_on("pid", ValueError("enough")))
    assert not is_running(ran.pids[0])


@POSIX
def test_ctrl_c_interrupts_a_silent_program(ran: Ran) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        ran(SLEEPER, then=lambda _: timer.start())
    assert not is_running(ran.pids[0])


def test_an_error_with_unread_output_ends_the_reader(ran: Ran) -> None:
    with pytest.raises(ValueError, match="enough"):
        ran("print('x' * 100_000_000, end='')", then=raise_on("x", ValueError("enough")))
    eventually(lambda: not reading(), "its thread ends")


def test_a_detached_process_is_not_waited_for(ran: Ran) -> None:
    """A build may start a server (a compiler's cache), which keeps the pipe open while it runs."""
    server = """
import pathlib, time
while not pathlib.Path("speak").exists():
    time.sleep(0.01)
print("no reader is left", flush=True)
time.sleep(300)
"""
    result = ran(f"import subprocess, sys; print('pid', subprocess.Popen([sys.executable, '-c', {server!r}]).pid)")
    assert result.code == 0
    assert is_running(ran.pids[0])
    (ran.folder / "speak").touch()
    eventually(lambda: not reading(), "no thread reads its output")
    assert len(ran.lines) == 1
