"""The end of a file that FFmpeg writes to: what it gives arrives whole, and what goes wrong comes back as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

_T = TypeVar("_T")

if sys.platform == "win32":

    def _appends(file: BinaryIO) -> bool:  # Windows has no such state of a descriptor
        return False

else:
    import fcntl

    def _appends(file: BinaryIO) -> bool:
        """Whether the descriptor appends: the shell's `>>` leaves no trace of that in our standard output's object."""
        try:
            descriptor = file.fileno()
        except (OSError, AttributeError):  # in memory
            return False
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)


def can_patch(file: BinaryIO) -> bool:
    """Whether earlier bytes can be overwritten: not in a pipe, nor in append mode, where all writes go to the end.

    A file needs to have no more than `write`.
    """
    seekable = getattr(file, "seekable", None)
    return seekable is not None and seekable() and "a" not in str(getattr(file, "mode", "")) and not _appends(file)


def write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write all of it: an unbuffered pipe takes what fits. A file whose `write` returns nothing takes everything."""
    view = memoryview(data)
    while view:
        n_bytes = file.write(view)
        view = view[n_bytes:] if isinstance(n_bytes, int) else view[len(view) :]


def flush(file: BinaryIO) -> None:
    """Flush a file that has anything to flush."""
    flush_it = getattr(file, "flush", None)
    if flush_it is not None:
        flush_it()


class Sink:
    """What PyAV writes into, from where the file stands. `dead`: nothing more reaches the file.

    An exception can't cross FFmpeg's C code, and PyAV swallows a KeyboardInterrupt there: it waits in `error`, which
    whoever called FFmpeg raises with `check`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start_bytes = file.tell() if can_patch(file) else None
        self.dead = False
        self.error: BaseException | None = None

    def seekable(self) -> bool:
        """Whether FFmpeg can put right what stands earlier in the file."""
        return self._start_bytes is not None

    def writable(self) -> bool:
        """Always, for PyAV."""
        return True

    def write(self, data: bytes) -> int:
        """Write all of it."""
        if not self.dead:
            self._guarded(lambda: write_all(self._file, data))
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place that is counted from where the file stood at first."""
        start_bytes = self._start_bytes
        if start_bytes is None:
            raise OSError("this file can't be sought in")
        if self.dead:
            return offset
        origin = start_bytes if whence == os.SEEK_SET else 0
        return self._guarded(lambda: self._file.seek(origin + offset, whence)) - start_bytes

    def tell(self) -> int:
        """The place in the file, counted from where it stood at first."""
        return self._file.tell() - (self._start_bytes or 0)

    def check(self) -> None:
        """Raise what went wrong in the file, once; from then on the sink is dead."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _guarded(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except BaseException as error:  # noqa: BLE001  kept for `check`
            self.dead = True
            self.error = error
            raise OSError("the file failed") from None
