"""Interrupt a synthesis: after a cancel, or when memory runs out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from ...errors import CancelledError
from ..common.errors import KokoroMemoryError

Cancelled = Callable[[], bool]
Check = Callable[[], None]
"""Called between layers; raises `CancelledError` after a cancel."""


def cancellation_check(cancelled: Cancelled) -> Check:
    """Return a function that raises CancelledError once `cancelled()` is true."""

    def check() -> None:
        if cancelled():
            raise CancelledError

    return check


@contextmanager
def catch_out_of_memory(device: torch.device) -> Iterator[None]:
    """Turn a failed allocation in this block into KokoroMemoryError, after emptying the device's cache."""
    full = False
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        full = True
    if not full:
        return
    # Outside the handler, since the exception keeps the block's tensors alive.
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    raise KokoroMemoryError(
        f"out of memory on '{device}'; close other programs that use it, speak shorter sentences, or choose "
        "another device"
    )


def _is_out_of_memory(error: BaseException) -> bool:
    # CPU allocations fail with a plain RuntimeError ("can't allocate memory"), other devices with a class of their own.
    text = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in text or "allocate memory" in text
