"""Create the G2P libraries' temporary folders, and remove those that killed workers left."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

STALE_AFTER_S = 3600.0
"""A folder is in use for seconds on POSIX; on Windows the file of a loaded library can't be deleted."""
_PREFIX = "voxweft-g2p-"
_NAME = re.compile(rf"{_PREFIX}(\d+)-")


def make_folder() -> Path:
    """Create a temporary folder whose name contains the pid of its process."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def remove_stale_folders() -> None:
    """Remove the folders of processes that no longer exist.

    A folder is stale only if it is older than `STALE_AFTER_S` and its process doesn't exist. The age protects processes
    of other pid namespaces that share the folder; a reused pid only delays the removal.
    """
    now_s = time.time()
    try:
        entries = list(os.scandir(tempfile.gettempdir()))
    except OSError:
        return
    for entry in entries:
        match = _NAME.match(entry.name)
        try:
            if match and now_s - entry.stat().st_mtime > STALE_AFTER_S and not _exists(int(match[1])):
                shutil.rmtree(entry.path, ignore_errors=True)
        except OSError:  # removed by another process
            continue


if sys.platform == "win32":

    def _exists(pid: int) -> bool:
        # os.kill would end the process; and files in use can't be deleted anyway.
        return False

else:

    def _exists(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (ProcessLookupError, OverflowError):
            return False
        return True
