"""The errors of a download."""

from __future__ import annotations

import errno

from ...utils.streaming.contract.errors import DownloadError


class TransientDownloadError(DownloadError):
    """A failure after which a retry may succeed; the message gives the reason."""


def disk_error(error: OSError, folder: str) -> DownloadError:
    """Return the error for a folder that can't be written to."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(
            f"no space is left in {folder}: free some, or set VOXWEFT_MODELS_HOME to another folder; "
            "what was downloaded is kept"
        )
    return DownloadError(
        f"can't write to {folder} ({error.strerror or error}): fix that, or set VOXWEFT_MODELS_HOME to another folder"
    )
