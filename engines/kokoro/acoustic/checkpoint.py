"""Load a checkpoint from disk into the kokoro package's modules, without executing anything in it."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..common.errors import KokoroError
from .config import Config, read_config

WEIGHTS_NAME = "kokoro-v1_0.pth"
PARTS = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
_PREFIX = "module."
_UNUSED = ("pooler.", "embeddings.position_ids", "embeddings.token_type_ids")
_MAX_BYTES = 1 << 30

Progress = Callable[[str, float | None], None]
Network = Any
"""A module of the kokoro package; its attributes have no types."""


class Checkpoint:
    """The five parts as modules of the kokoro package (CPU, float32, weight norm folded), and their configuration."""

    def __init__(self, config: Config, parts: Mapping[str, Network]) -> None:
        self.config = config
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
    config = read_config(folder)
    path = find_weights(folder)
    progress("reading Kokoro's weights", 0.0)
    states = _read(path)
    modules = _build(config, folder)
    found = {name: _checked(module, states.pop(name), f"'{path}', part '{name}'") for name, module in modules.items()}
    for number, (name, module) in enumerate(modules.items()):
        _fill(module, found.pop(name), f"'{path}', part '{name}'")
        _fold(module)
        progress("reading Kokoro's weights", (number + 1) / len(modules))
    return Checkpoint(config, modules)


def _build(config: Config, folder: Path) -> dict[str, nn.Module]:
    """Create the modules without memory for their weights, which skips a random initialization."""
    values = config.values
    try:
        # torch warns about the package's old weight_norm and about dropout in single LSTM layers; some of the package's
        # imports warn as well.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from kokoro.istftnet import Decoder
            from kokoro.modules import CustomAlbert, ProsodyPredictor, TextEncoder
            from transformers import AlbertConfig
        with warnings.catch_warnings(), torch.device("meta"):
            warnings.simplefilter("ignore")
            settings = AlbertConfig(vocab_size=values["n_token"], **values["plbert"])
            bert = CustomAlbert(settings, add_pooling_layer=False)  # nothing reads the pooled output
            parts = {
                "bert": bert,
                "bert_encoder": nn.Linear(bert.config.hidden_size, values["hidden_dim"]),
                "predictor": ProsodyPredictor(
                    style_dim=values["style_dim"],
                    d_hid=values["hidden_dim"],
                    nlayers=values["n_layer"],
                    max_dur=values["max_dur"],
                    dropout=values["dropout"],
                ),
                "text_encoder": TextEncoder(
                    channels=values["hidden_dim"],
                    kernel_size=values["text_encoder_kernel_size"],
                    depth=values["n_layer"],
                    n_symbols=values["n_token"],
                ),
                "decoder": Decoder(
                    dim_in=values["hidden_dim"],
                    style_dim=values["style_dim"],
                    dim_out=values["n_mels"],
                    **values["istftnet"],
                ),
            }
    except (TypeError, ValueError, RuntimeError, LookupError, AttributeError) as error:
        raise KokoroError(f"the configuration in '{folder}' is invalid: {error}; download it again") from error
    return {name: part.eval().requires_grad_(False) for name, part in parts.items()}


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


def _checked(module: Network, state: Any, where: str) -> dict[str, torch.Tensor]:
    """Check a module's values in the file and return them, without allocating new tensors."""
    wanted = module.state_dict()
    found = _named(state, where)
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
    for key, value in values.items():
        shape = tuple(wanted[key].shape)
        if tuple(value.shape) != shape:
            raise KokoroError(f"{where}: '{key}' has the shape {tuple(value.shape)}; it must be {shape}")
        if not value.is_floating_point() or value.layout != torch.strided:
            raise KokoroError(f"{where}: '{key}' holds {value.dtype} ({value.layout}), not dense real numbers")
    return values


def _fill(module: Network, values: dict[str, torch.Tensor], where: str) -> None:
    filled: dict[str, torch.Tensor] = {}
    for key in list(values):
        filled[key] = values.pop(key).to(torch.float32).contiguous()
        if not math.isfinite(float(filled[key].sum(dtype=torch.float64))):
            raise KokoroError(f"{where}: '{key}' contains numbers that aren't finite; download it again")
    module.load_state_dict(filled, assign=True)
    if hasattr(module, "embeddings"):  # buffers that aren't in the file
        positions = torch.arange(module.config.max_position_embeddings).unsqueeze(0)
        module.embeddings.position_ids = positions
        module.embeddings.token_type_ids = torch.zeros_like(positions)


def _named(state: Any, where: str) -> dict[str, torch.Tensor]:
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise KokoroError(f"{where}: not a dictionary of tensors")
    if all(str(key).startswith(_PREFIX) for key in state):  # added by training on several devices
        return {str(key).removeprefix(_PREFIX): value for key, value in state.items()}
    return {str(key): value for key, value in state.items()}


def _norm_defaults(module: Network) -> dict[str, torch.Tensor]:
    # In the published weights, instance norms have no weights.
    return {
        f"{name}.{leaf}": make(norm.num_features)
        for name, norm in module.named_modules()
        if isinstance(norm, nn.InstanceNorm1d)
        for leaf, make in (("weight", torch.ones), ("bias", torch.zeros))
    }


def _fold(module: Network) -> None:
    """Replace each weight norm's two factors by their product."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's old weight_norm, which the package uses
        for part in module.modules():
            if hasattr(part, "weight_g"):
                nn.utils.remove_weight_norm(part)
                part.weight.requires_grad_(False)
