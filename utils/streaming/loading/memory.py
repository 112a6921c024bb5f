"""The memory of a process and its children, measured."""

from __future__ import annotations

import psutil


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes, without its children's."""
    return int(psutil.Process().memory_info().rss)


def tree_bytes(pid: int) -> int:
    """Return the memory of a process and all its descendants in bytes; 0 for ended ones.

    On Linux this is the proportional set size (PSS), which divides shared pages among processes, so that sums are
    correct; elsewhere the unique set size, which excludes shared pages.
    """
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_own_bytes(member) for member in family)


def _own_bytes(process: psutil.Process) -> int:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return 0
        try:
            full = process.memory_full_info()
        except psutil.AccessDenied:
            return int(process.memory_info().rss)
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", 0) or full.uss)
