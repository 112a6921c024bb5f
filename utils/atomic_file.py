"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_output(path: Path | str) -> Iterator[BinaryIO]:
    """Give a binary file (readable, seekable) that takes the place of `path` when the block ends well.

    The bytes go to a hidden temporary beside the target, are synced to disk, and are renamed over it; on any exception,
    KeyboardInterrupt included, the temporary is deleted and an older file at `path` stays as it was. A new file gets
    the permissions of the umask, a replaced one keeps its own; a symbolic link is followed. What exists and isn't a
    regular file (a device, a named pipe) is written to directly: renaming over /dev/null would destroy it.

    FileNotFoundError names a folder that doesn't exist; IsADirectoryError if `path` is a folder.
    """
    target = Path(path).expanduser().resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent}")
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{target} is a folder, not a file")
    if mode is not None and not stat.S_ISREG(mode):
        with target.open("wb") as device:
            yield device
        return
    # Not tempfile: it creates with 0600 whatever the umask says, and reading the umask isn't safe with threads.
    # The name's stem is cut so that a long name plus ours stays within what file systems take.
    temporary = target.parent / f".{target.name[:40]}.{secrets.token_hex(6)}.part"
    try:
        with temporary.open("x+b") as file:
            yield file
            if not file.closed:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
