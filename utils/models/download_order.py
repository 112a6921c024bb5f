"""What the download helper is told to do, and how long it may wait."""

from __future__ import annotations

import msgspec

from ..streaming.contract.engine_spec import WeightFile


class TransferLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a download is.

    A server that sends less than a kibibyte a second for `stall_s` counts as stalled. After `attempts` failures in a
    row that brought nothing worth while, the download fails; before each new attempt it waits, from `backoff_s` on,
    twice as long every time. What came so far is kept, and the next download goes on from there.
    """

    stall_s: float = 30.0
    attempts: int = 5
    backoff_s: float = 1.0


class DownloadOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a repository at a commit, to be put into a folder under their own paths, in this order.

    `lock` is the file whose holder alone may do so. With `check`, files that are there already are read and compared
    too, and fetched anew if they are damaged; otherwise their size is enough.
    """

    repo: str
    revision: str
    folder: str
    lock: str
    files: tuple[WeightFile, ...]
    check: bool
    limits: TransferLimits
