"""Return free memory of the C heap to the system between windows, for workers that run for hours."""

from __future__ import annotations

import ctypes
import sys
import time

_MAX_FREE_BYTES = 128 << 20
"""Every window needs about this much again; trimming below it would cost a few percent of the speed."""
_MAX_TIME_SHARE = 0.01
"""Maximum share of the time spent on trimming."""
_FIELDS = ["arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"]


class _Mallinfo2(ctypes.Structure):
    """glibc's statistics of all heaps; `fordblks` is the number of free bytes."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _FIELDS)


class Heap:
    """The heap of this process. Does nothing without glibc 2.33 or later."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None) if sys.platform == "linux" else None
        self._statistics = getattr(libc, "mallinfo2", None)
        self._next_s = 0.0
        if self._statistics is not None:
            self._statistics.restype = _Mallinfo2
            self._malloc_trim = getattr(libc, "malloc_trim")  # noqa: B009  not in the types of other systems

    def trim(self) -> None:
        """Return the free pages to the system if there are many.

        CTranslate2 frees the buffers of each window, but glibc keeps their memory; a window decoded repeatedly at
        higher temperatures adds a hundred MiB. The alternative, M_MMAP_THRESHOLD, costs a third of the speed or more.
        """
        began_s = time.perf_counter()
        if self._statistics is None or began_s < self._next_s:
            return
        if self._statistics().fordblks > _MAX_FREE_BYTES:
            self._malloc_trim(0)
        self._next_s = began_s + (time.perf_counter() - began_s) / _MAX_TIME_SHARE
