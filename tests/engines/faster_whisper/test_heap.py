"""The heap of a recognition worker: free memory is returned to the system, except for a little."""

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

def resident_mib():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) >> 10

def fragment(mib):
    # Blocks from the same arena, of which one in ten stays allocated.
    blocks = [libc.malloc(100 << 10) for _ in range(mib * 10)]
    for block in blocks:
        ctypes.memset(block, 1, 100 << 10)
    for number, block in enumerate(blocks):
        if number % 10:
            libc.free(block)

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
report = {"before": resident_mib()}
for mib in (80, 320):
    fragment(mib)
    report[f"freed_{mib}"] = resident_mib()
    heap.Heap().trim()
    report[f"trimmed_{mib}"] = resident_mib()
print(json.dumps(report))
"""


@pytest.mark.linux
def test_much_free_memory_is_returned_to_the_system_and_a_little_is_kept():
    from voxweft.engines.faster_whisper import heap

    done = subprocess.run([sys.executable, "-c", PROGRAM, heap.__file__], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["freed_80"] - report["before"] > 60, "glibc must keep the freed memory"
    assert report["freed_80"] - report["trimmed_80"] < 10
    assert report["freed_320"] - report["before"] > 150
    assert report["trimmed_320"] - report["before"] < 80, (
        "one block in ten stays, and so do pages that are only partly free"
    )
