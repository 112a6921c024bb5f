"""What a download fails with."""

from __future__ import annotations

import errno


class DownloadError(RuntimeError):
    """A download that can't go on; the message says what to do about it."""


def disk_error(error: OSError, folder: str) -> DownloadError:
    """Return what to say about a folder that can't be written to."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(
            f"no space is left in {folder}: make room there, or name another folder with VOXWEFT_MODELS_HOME; "
            "what came so far is kept"
        )
    return DownloadError(
        f"can't write to {folder} ({error.strerror or error}): mend that, or name another folder with "
        "VOXWEFT_MODELS_HOME"
    )
