"""Load a checkpoint from disk into the network's modules, without executing anything in it."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..common.errors import KokoroError
from .config import Shape, read_config
from .layers import make_parts

WEIGHTS_NAME = "kokoro-v1_0.pth"
PARTS = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
_PREFIX = "module."
_UNUSED = ("pooler.", "embeddings.position_ids", "embeddings.token_type_ids")
_MAX_BYTES = 1 << 30

Progress = Callable[[str, float | None], None]
Network = Any
"""A module of `layers`; the attributes of modules have no types."""


class Checkpoint:
    """The five parts as modules (CPU, float32), and their sizes."""

    def __init__(self, shape: Shape, parts: Mapping[str, Network]) -> None:
        self.shape = shape
        self.bert: Network = parts["bert"]
        self.bert_encoder: Network = parts["bert_encoder"]
        self.predictor: Network = parts["predictor"]
        self.text_encoder: Network = parts["text_encoder"]
        self.decoder: Network = parts["decoder"]


def find_weights(folder: Path) -> Path:
    """Return the weights file in a folder: `kokoro-v1_0.pth`, else the only `*.pth`. KokoroError if there is none."""
    named = folder / WEIGHTS_NAME
    if named.is_file():
        return named
    found = sorted(path for path in folder.glob("*.pth") if path.is_file())
    if len(found) == 1:
        return found[0]
    if not found:
        raise KokoroError(f"no weights in '{folder}'; put {WEIGHTS_NAME} there")
    names = ", ".join(path.name for path in found)
    raise KokoroError(f"several weights files in '{folder}' ({names}); rename one of them {WEIGHTS_NAME}")


def load_checkpoint(folder: Path, progress: Progress) -> Checkpoint:
    """Load a folder's checkpoint. KokoroError names the file that is missing, damaged or of another model."""
    shape = read_config(folder)
    path = find_weights(folder)
    progress("reading Kokoro's weights", 0.0)
    states = _read(path)
    with torch.device("meta"):
        modules = {name: part.eval().requires_grad_(False) for name, part in make_parts(shape).items()}
    found = {name: _checked(module, states.pop(name), f"'{path}', part '{name}'") for name, module in modules.items()}
    for number, (name, module) in enumerate(modules.items()):
        _fill(module, found.pop(name), f"'{path}', part '{name}'")
        progress("reading Kokoro's weights", (number + 1) / len(modules))
    return Checkpoint(shape, modules)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                size = max(size, sum(item.file_size for item in archive.infolist()))
    except (OSError, zipfile.BadZipFile) as error:
        raise KokoroError(f"'{path}' can't be read ({error}); download it again") from error
    if size > _MAX_BYTES:
        raise KokoroError(f"'{path}' has {size >> 20} MiB; maximum {_MAX_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about kinds of tensors that are rejected below
            states = torch.load(path, map_location="cpu", weights_only=True)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # torch can raise anything for a damaged or hostile file
        raise KokoroError(
            f"'{path}' is damaged or not a weights file ({type(error).__name__}); no code in it was run; "
            "download it again"
        ) from error
    if not isinstance(states, dict) or set(states) != set(PARTS):
        found = ", ".join(sorted(str(key) for key in states)[:8]) if isinstance(states, dict) else type(states).__name__
        raise KokoroError(f"'{path}' holds another model (found: {found}; Kokoro has: {', '.join(PARTS)})")
    return states


def _checked(module: Network, state: Any, where: str) -> dict[str, tuple[torch.Tensor, ...]]:
    """Check a module's values in the file, and return each as one tensor or as the factors of its weight norm."""
    wanted = module.state_dict()
    found = _joined(_named(state, where))
    defaults = _norm_defaults(module)
    missing = [key for key in wanted if key not in found and key not in defaults]
    extra = [key for key in found if key not in wanted and not key.startswith(_UNUSED)]
    if missing or extra:
        examples = ", ".join(
            [*(f"'{key}' is missing" for key in missing[:3]), *(f"'{key}' is new" for key in extra[:3])]
        )
        raise KokoroError(
            f"{where}: not the weights of this configuration ({len(missing) + len(extra)} names: {examples})"
        )
    available = {**defaults, **found}
    values = {key: available[key] for key in wanted}
    for key, tensors in values.items():
        shape = tuple(wanted[key].shape)
        for value, of_value in zip(tensors, (shape, (shape[0], *[1] * (len(shape) - 1))), strict=False):
            if tuple(value.shape) != of_value:
                raise KokoroError(f"{where}: '{key}' has the shape {tuple(value.shape)}; it must be {of_value}")
            if not value.is_floating_point() or value.layout != torch.strided:
                raise KokoroError(f"{where}: '{key}' holds {value.dtype} ({value.layout}), not dense real numbers")
    return values


def _fill(module: Network, values: dict[str, tuple[torch.Tensor, ...]], where: str) -> None:
    filled: dict[str, torch.Tensor] = {}
    for key in list(values):
        whole, *norm = (value.to(torch.float32).contiguous() for value in values.pop(key))
        filled[key] = torch._weight_norm(whole, norm[0]) if norm else whole  # noqa: SLF001  it has no public name
        if not torch.stack(filled[key].aminmax()).isfinite().all():
            raise KokoroError(f"{where}: '{key}' contains numbers that aren't finite; download it again")
    module.load_state_dict(filled, assign=True)


def _named(state: Any, where: str) -> dict[str, torch.Tensor]:
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise KokoroError(f"{where}: not a dictionary of tensors")
    if all(str(key).startswith(_PREFIX) for key in state):  # added by training on several devices
        return {str(key).removeprefix(_PREFIX): value for key, value in state.items()}
    return {str(key): value for key, value in state.items()}


def _joined(found: dict[str, torch.Tensor]) -> dict[str, tuple[torch.Tensor, ...]]:
    """Return each value, with the two factors of a weight norm under the name of their product."""
    joined: dict[str, tuple[torch.Tensor, ...]] = {}
    for key, value in found.items():
        name, _, factor = key.rpartition("_")
        if factor == "v" and f"{name}_g" in found:
            joined[name] = value, found[f"{name}_g"]
        elif factor != "g" or f"{name}_v" not in found:
            joined[key] = (value,)
    return joined


def _norm_defaults(module: Network) -> dict[str, tuple[torch.Tensor]]:
    # In the published weights, instance norms have no weights.
    return {
        f"{name}.{leaf}": (make(norm.num_features),)
        for name, norm in module.named_modules()
        if isinstance(norm, nn.InstanceNorm1d)
        for leaf, make in (("weight", torch.ones), ("bias", torch.zeros))
    }
