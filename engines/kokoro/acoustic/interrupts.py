"""What ends an utterance before its time: a cancel, or memory that ran out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from ..common.errors import KokoroError

Cancelled = Callable[[], bool]
Check = Callable[[], None]
"""Called between layers; raises `StoppedError` once nobody waits any more."""


class StoppedError(Exception):
    """Nobody waits for the result any more. Not an error for the user."""


class NoRoomError(KokoroError):
    """The device's memory is too small for this piece; a smaller one may fit."""


def check_of(cancelled: Cancelled) -> Check:
    """Return a function that raises StoppedError once `cancelled()` is true."""

    def check() -> None:
        if cancelled():
            raise StoppedError

    return check


@contextmanager
def room_on(device: torch.device) -> Iterator[None]:
    """Turn an allocation that failed in this block into NoRoomError, with the device's cache emptied."""
    full = False
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        full = True
    if not full:
        return
    # Out here: what failed holds its tensors until the handler is left.
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    raise NoRoomError(
        f"out of memory on '{device}': close other programs that use it, speak shorter sentences, or choose "
        "another device"
    )


def _is_out_of_memory(error: BaseException) -> bool:
    # CPU allocations fail with a plain RuntimeError ("can't allocate memory"), other devices with a class of their own.
    text = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in text or "allocate memory" in text
