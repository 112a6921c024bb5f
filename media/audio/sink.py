"""Write data to files completely, and pass a file's errors through FFmpeg."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

_T = TypeVar("_T")

if sys.platform == "win32":

    def _appends(file: BinaryIO) -> bool:  # Windows descriptors have no append mode
        return False

else:
    import fcntl

    def _appends(file: BinaryIO) -> bool:
        """Return whether the descriptor is in append mode; sys.stdout doesn't show this after the shell's `>>`."""
        try:
            descriptor = file.fileno()
        except (OSError, AttributeError):  # in memory
            return False
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)


def can_patch(file: BinaryIO) -> bool:
    """Return whether earlier bytes of a file can be overwritten: not in a pipe, and not in append mode.

    The file needs only `write`.
    """
    seekable = getattr(file, "seekable", None)
    return seekable is not None and seekable() and "a" not in str(getattr(file, "mode", "")) and not _appends(file)


def write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write all data. An unbuffered pipe may accept only a part; a `write` that returns None accepts everything."""
    view = memoryview(data)
    while view:
        n_bytes = file.write(view)
        view = view[n_bytes:] if isinstance(n_bytes, int) else view[len(view) :]


def flush(file: BinaryIO) -> None:
    """Flush a file if it has `flush`."""
    method = getattr(file, "flush", None)
    if method is not None:
        method()


class Sink:
    """The file object for PyAV. It starts at the file's current position. If `dead`, it writes nothing more.

    Exceptions can't pass through FFmpeg's C code, and PyAV drops a KeyboardInterrupt there. So the sink stores an
    exception in `error`, and the caller of FFmpeg raises it with `check`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start_bytes = file.tell() if can_patch(file) else None
        self.dead = False
        self.error: BaseException | None = None

    def seekable(self) -> bool:
        """Return whether FFmpeg can overwrite earlier bytes."""
        return self._start_bytes is not None

    def writable(self) -> bool:
        """Return true, for PyAV."""
        return True

    def write(self, data: bytes) -> int:
        """Write all data."""
        if not self.dead:
            self._guarded(lambda: write_all(self._file, data))
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position, relative to the start position."""
        start_bytes = self._start_bytes
        if start_bytes is None:
            raise OSError("the file is not seekable")
        if self.dead:
            return offset
        origin = start_bytes if whence == os.SEEK_SET else 0
        return self._guarded(lambda: self._file.seek(origin + offset, whence)) - start_bytes

    def tell(self) -> int:
        """Return the position, relative to the start position."""
        return self._file.tell() - (self._start_bytes or 0)

    def check(self) -> None:
        """Raise the file's error, once. After an error the sink is dead."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _guarded(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except BaseException as error:  # noqa: BLE001  kept for `check`
            self.dead = True
            self.error = error
            raise OSError("writing to the file failed") from None
