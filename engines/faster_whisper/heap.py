"""The C heap of a worker that recognises for hours: much that is free in it goes back to the system between windows."""

from __future__ import annotations

import ctypes
import sys
import time

_MOST_FREE_BYTES = 128 << 20
"""Less is what every window needs again: given back each time, it costs some hundredths of the speed."""
_SHARE = 0.01
"""So much of the time may go into this."""
_FIELDS = ["arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"]


class _Mallinfo2(ctypes.Structure):
    """What glibc says of all its heaps; `fordblks` is the number of free bytes."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _FIELDS)


class Heap:
    """The heap of this process. Does nothing where there is no glibc 2.33 or later."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None) if sys.platform == "linux" else None
        self._look = getattr(libc, "mallinfo2", None)
        self._next_s = 0.0
        if self._look is not None:
            self._look.restype = _Mallinfo2
            self._trim = getattr(libc, "malloc_trim")  # noqa: B009  there is none in the types of other systems

    def give_back(self) -> None:
        """Return the free pages to the system if there are many.

        CTranslate2 frees the buffers of each window, and glibc keeps them; a window that is decoded again and again at
        higher temperatures leaves a hundred MiB more. To keep large blocks apart from the beginning (M_MMAP_THRESHOLD)
        avoids that as well, and costs a third of the speed and more.
        """
        began_s = time.perf_counter()
        if self._look is None or began_s < self._next_s:
            return
        if self._look().fordblks > _MOST_FREE_BYTES:
            self._trim(0)
        self._next_s = began_s + (time.perf_counter() - began_s) / _SHARE
