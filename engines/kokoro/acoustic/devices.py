"""Which device computes."""

from __future__ import annotations

import torch

from ..common.errors import KokoroError

AUTOMATIC = "auto"


def device_of(name: str) -> torch.device:
    """Return the device of a name, for `auto` the fastest kind there is. KokoroError for one that isn't here."""
    found = _found()
    if name == AUTOMATIC:
        return torch.device(found[0])
    if name not in found:
        raise KokoroError(f"there is no device '{name}' here; torch finds: {', '.join(reversed(found))}")
    return torch.device(name)


def _found() -> list[str]:
    """Return the kinds of device that torch can use here, the fastest first."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_there in there.items() if is_there]
