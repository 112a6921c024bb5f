"""Resolve the device to compute on."""

from __future__ import annotations

import torch

from ..common.errors import KokoroError

AUTOMATIC = "auto"


def resolve_device(name: str) -> torch.device:
    """Return the named device; for `auto`, the fastest available one. KokoroError if it isn't available."""
    found = _found()
    if name == AUTOMATIC:
        return torch.device(found[0])
    if name not in found:
        raise KokoroError(f"no device '{name}' on this machine; torch finds: {', '.join(reversed(found))}")
    return torch.device(name)


def _found() -> list[str]:
    """Return the kinds of device that torch can use on this machine, fastest first."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_available in available.items() if is_available]
