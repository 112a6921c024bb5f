"""The device that torch computes on."""

from __future__ import annotations

import torch

from .errors import DeviceError


def choose_device(name: str) -> torch.device:
    """Return the named device; without a name, or for `auto`, the fastest one here. DeviceError if it isn't there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    found = [kind for kind, is_available in available.items() if is_available]
    if name in ("", "auto"):
        return torch.device(found[0])
    if name not in found:
        raise DeviceError(f"no device '{name}' on this machine; torch finds: {', '.join(reversed(found))}")
    return torch.device(name)
