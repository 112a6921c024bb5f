"""The messages of the download helper."""

from __future__ import annotations

import msgspec

from ..streaming.contract.engine_spec import WeightFile


class TransferLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Timeouts and retries of a download.

    A server that sends less than 1 KiB/s for `stall_s` counts as stalled. After `attempts` consecutive failures without
    progress the download fails. The wait before a retry starts at `backoff_s` and doubles each time. Partial files are
    kept, and the next download resumes from them.
    """

    stall_s: float = 30.0
    attempts: int = 5
    backoff_s: float = 1.0


class DownloadOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a repository at a commit, to be downloaded into a folder under their own paths, in this order.

    The helper holds the file lock `lock` meanwhile. With `check`, existing files are also read, verified and replaced
    if damaged; otherwise their size is enough.
    """

    repo: str
    revision: str
    folder: str
    lock: str
    files: tuple[WeightFile, ...]
    check: bool
    limits: TransferLimits


class Downloaded(msgspec.Struct, frozen=True):
    """The reply to an order: every file of it is in its place."""
