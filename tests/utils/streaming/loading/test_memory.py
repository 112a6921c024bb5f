"""Memory: that of a process and all its children, and none for ended ones."""

from __future__ import annotations

import subprocess
import sys

from voxweft.utils.streaming.loading.memory import tree_bytes

_ALLOCATE = """
import subprocess, sys
depth, n_bytes = int(sys.argv[1]), int(sys.argv[2])
child = None
if depth:
    child = subprocess.Popen([sys.executable, "-c", sys.argv[3], str(depth - 1), str(n_bytes), sys.argv[3]],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
held = bytearray(b"x") * n_bytes
print("ready", flush=True)
sys.stdin.read()
if child:
    child.communicate()
"""


def measure(depth: int, n_bytes: int) -> int:
    command = [sys.executable, "-c", _ALLOCATE, str(depth), str(n_bytes), _ALLOCATE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        measured = tree_bytes(process.pid)
        process.communicate()
    assert tree_bytes(process.pid) == 0, "gone"
    return measured


def test_the_memory_of_a_process_tree() -> None:
    size = 64 << 20
    nothing = measure(0, 1)
    assert 0 < nothing < 32 << 20
    assert 0.9 * size < measure(0, size) - nothing < 1.2 * size
    assert 1.8 * size < measure(1, size) - nothing < 2.6 * size


def test_a_zombie_has_no_memory() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()  # it has ended or is ending, and its exit status wasn't read
        if sys.platform == "linux":
            import os

            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            assert tree_bytes(process.pid) == 0
