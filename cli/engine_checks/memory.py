"""Checks of memory: flat over many segments, and back after an unload."""

from __future__ import annotations

import contextlib
import time

import psutil

from ...utils.models.layout import mib
from .errors import FaultError
from .subject import Subject

N_SEGMENTS = 50
N_QUICK = 20
N_WARM_UP = 10
GROWTH = 0.05
GROWTH_BYTES = 32 << 20
LEFT = 0.05
LIMIT_S = 60.0
"""A slow engine makes fewer segments."""
CHILD_LIMIT_S = 5.0


def memory(subject: Subject) -> str:
    """Make many short segments: the memory of the worker and its children stays, within a tolerance."""
    n_segments = N_QUICK if subject.choices.quick else N_SEGMENTS
    segments = [subject.segment(2 - number % 2, voice=number // 2 % 2) for number in range(4)]
    began = time.monotonic()
    for number in range(N_WARM_UP):
        subject.make_one(segments[number % len(segments)])
    each_s = (time.monotonic() - began) / N_WARM_UP
    n_segments = max(min(n_segments, round(LIMIT_S / each_s)), N_WARM_UP)
    before, before_bytes = subject.pids, _own_bytes(subject)
    for number in range(n_segments):
        subject.make_one(segments[number % len(segments)])
    after, after_bytes = subject.pids, _own_bytes(subject)
    allowed = max(GROWTH_BYTES, round(GROWTH * before_bytes))
    said = f"{mib(before_bytes)} to {mib(after_bytes)} in {n_segments} segments"
    if before != after:
        raise FaultError(f"its worker died and was replaced within {n_segments} segments")
    if after_bytes - before_bytes > allowed:
        raise FaultError(f"the memory grew from {said} (tolerance: {mib(allowed)})")
    return f"{said} (tolerance: {mib(allowed)})"


def unload(subject: Subject) -> str:
    """Unload the engine: its processes and their children end, and their memory is released."""
    subject.make_one()
    children = [child for pid in subject.pids for child in psutil.Process(pid).children(recursive=True)]
    released = subject.unload()
    assert released is not None, "it was loaded"
    _, left = psutil.wait_procs(children, timeout=CHILD_LIMIT_S)
    for child in left:
        child.kill()
    if left:
        what = "1 process that it started is" if len(left) == 1 else f"{len(left)} processes that it started are"
        raise FaultError(f"{what} left after an unload; end them in unload()")
    if released.after_bytes > LEFT * released.before_bytes:
        raise FaultError(f"{mib(released.after_bytes)} of {mib(released.before_bytes)} are left after an unload")
    return f"{mib(released.released_bytes)} of {mib(released.before_bytes)} released"


def _own_bytes(subject: Subject) -> int:
    """Return the memory that no other process shares: the share of a library changes with its other users."""
    total = 0
    for pid in subject.pids:
        worker = psutil.Process(pid)
        for process in (worker, *worker.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().uss
    return total
