"""Files of tensors, read without running code from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from .errors import WeightsError


def read_tensors(path: Path) -> Any:
    """Read a file of tensors. WeightsError if it is missing, damaged, or holds anything but tensors.

    Its content tells whether it is one of safetensors or of torch: users rename files.
    """
    try:
        with path.open("rb") as file:
            is_safetensors = file.read(9)[8:] == b"{"  # the header, behind its length
        if is_safetensors:
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path.name} is missing from {path.parent}; copy it there, or download the model again"
        ) from error
    except Exception as error:
        # torch's own message recommends to run the code in the file.
        raise WeightsError(f"{path} isn't a file of tensors, or is damaged; download it again") from error


def filled(module: Any, path: Path) -> Any:
    """Fill a module with the tensors of a file, and return it in evaluation mode, without gradients.

    Every parameter must be there; a buffer is as it was built. Numbers of another precision become the module's.
    WeightsError names the file that doesn't fit.
    """
    state: dict[str, Any] = read_tensors(path)
    try:
        own = module.state_dict()
        for name, tensor in state.items():
            if name in own and tensor.is_floating_point():
                state[name] = tensor.to(own[name].dtype)
        # The file's own memory becomes the module's: half the peak of a copy.
        missing, _ = module.load_state_dict(state, strict=False, assign=True)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise WeightsError(f"{path} doesn't fit this model ({misfit(error)}); download it again") from error
    missing = sorted(set(missing) & {name for name, _ in module.named_parameters()})
    if missing:
        raise WeightsError(f"{path} isn't of this model: it has no '{missing[0]}'; download it again")
    return module.eval().requires_grad_(False)


def misfit(error: Exception) -> str:
    """Return the first tensor that doesn't fit, from torch's message, whose first line only names the module."""
    lines = str(error).strip().splitlines()
    return lines[min(1, len(lines) - 1)].strip()
