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
    """Files of a model, to be downloaded into its folder under their own paths, in this order.

    The helper holds the file lock `lock` meanwhile. With `check`, existing files are also read, verified and replaced
    if damaged; otherwise their size is enough.

    Args:
        folder: The model's folder.
        home: The folder of all downloads; nothing is written outside of it, even through a link.
        hub_cache: The cache of the Hugging Face libraries, which is only read; empty for none.
        files: The files with their sources (`layout.with_source`).
        copies: By path of a file, other paths in `home` or `hub_cache` that may have the same content. A verified one
            is linked instead of downloaded.
    """

    folder: str
    home: str
    hub_cache: str = ""
    lock: str
    files: tuple[WeightFile, ...]
    copies: dict[str, tuple[str, ...]] = {}
    check: bool
    limits: TransferLimits


class Downloaded(msgspec.Struct, frozen=True):
    """The reply to an order: every file of it is in its place."""
