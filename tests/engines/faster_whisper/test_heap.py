"""The heap of a worker that recognises: what was freed goes back to the system, a little stays."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, importlib.util, json, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("heap", sys.argv[1])
heap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(heap)

def held():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) >> 10

def fragment(mib):
    # Blocks that glibc doesn't keep apart; one in ten stays.
    blocks = [libc.malloc(100 << 10) for _ in range(mib * 10)]
    for block in blocks:
        ctypes.memset(block, 1, 100 << 10)
    for number, block in enumerate(blocks):
        if number % 10:
            libc.free(block)

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
told = {"before": held()}
for mib in (80, 320):
    fragment(mib)
    told[f"freed_{mib}"] = held()
    heap.Heap().give_back()
    told[f"given_{mib}"] = held()
print(json.dumps(told))
"""


@pytest.mark.linux
def test_much_that_is_free_goes_back_and_a_little_stays():
    from voxweft.engines.faster_whisper import heap

    done = subprocess.run([sys.executable, "-c", PROGRAM, heap.__file__], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["freed_80"] - told["before"] > 60, "glibc keeps it"
    assert told["freed_80"] - told["given_80"] < 10
    assert told["freed_320"] - told["before"] > 150
    assert told["given_320"] - told["before"] < 80, "one block in ten, and pages that are free in part"
