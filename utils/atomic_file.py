"""Atomic file output: a file appears complete or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_DISK_ERRORS = {errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Name the file in an error of writing that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.errno not in _DISK_ERRORS or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


@contextmanager
def atomic_output(path: Path | str) -> Iterator[BinaryIO]:
    """Open a binary file (readable, seekable) that replaces `path` when the block ends without an exception.

    The bytes go to a hidden temporary file in the same folder, are synced to disk, and renamed over the target. On any
    exception, KeyboardInterrupt included, the temporary file is deleted and an existing `path` is unchanged. A new file
    gets the umask's permissions, a replaced one keeps its own; a symbolic link is followed. A device or a named pipe is
    written to directly: renaming over /dev/null would destroy it.

    Raises:
        FileNotFoundError: The parent folder doesn't exist.
        IsADirectoryError: `path` is a folder.
        OSError: The disk is full or broken; it names `path`.
    """
    given = Path(path).expanduser()
    try:
        mode = given.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{given} is a directory, not a file")
    if mode is not None and not stat.S_ISREG(mode):  # unresolved: the pipe behind /dev/stdout has no path
        with naming(path), given.open("wb") as device:
            yield device
        return
    target = given.resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"no such directory: {target.parent}")
    # Not tempfile: it creates files with mode 0600, and reading the umask isn't thread-safe.
    # The name is shortened so that it stays within file systems' limits.
    temporary = target.parent / f".{target.name[:40]}.{secrets.token_hex(6)}.part"
    try:
        with naming(path), temporary.open("x+b") as file:
            yield file
            if not file.closed:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
