"""Read and validate Kokoro's `config.json`, which gives the sizes of its layers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NoReturn

import msgspec

from ..common.errors import KokoroError

FILE_NAME = "config.json"
_MAX_BYTES = 1 << 20
_MAX_SIZE = 1 << 14
_MARKS = 2  # the start and the end mark
_HIDDEN, _STYLE = 512, 128  # all that the published network knows
SAMPLES_PER_FRAME = 600
"""25 ms at 24 kHz, the unit of durations."""


class Bert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sizes of the symbols' BERT. A setting that isn't known here would change what it computes."""

    hidden_size: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    num_hidden_layers: int
    dropout: float = 0.0  # of its training


class Vocoder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sizes of the vocoder."""

    upsample_kernel_sizes: list[int]
    upsample_rates: list[int]
    gen_istft_hop_size: int
    gen_istft_n_fft: int
    resblock_dilation_sizes: list[list[int]]
    resblock_kernel_sizes: list[int]
    upsample_initial_channel: int


class Shape(msgspec.Struct, frozen=True):
    """The sizes of the network, and its symbols. The file has more fields, which were for its training."""

    hidden_dim: int
    max_dur: int
    n_layer: int
    n_token: int
    style_dim: int
    text_encoder_kernel_size: int
    plbert: Bert
    istftnet: Vocoder
    vocab: dict[str, int]

    @property
    def max_symbols(self) -> int:
        """The longest text, in symbols."""
        return self.plbert.max_position_embeddings - _MARKS


def read_config(folder: Path) -> Shape:
    """Return a folder's configuration. KokoroError names the file and what is wrong with it."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise KokoroError(f"no configuration at '{path}' ({error.strerror}); put Kokoro's {FILE_NAME} there") from error
    if len(data) > _MAX_BYTES:
        raise KokoroError(f"'{path}' isn't Kokoro's configuration: maximum size {_MAX_BYTES >> 20} MiB")
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise KokoroError(f"'{path}' isn't JSON ({error}); download it again") from error
    try:
        shape = msgspec.convert(values, Shape)
    except msgspec.ValidationError as error:
        raise KokoroError(f"'{path}' isn't Kokoro's configuration{_other_model(values)}: {error}") from error
    _check(shape, path)
    return shape


def _other_model(values: object) -> str:
    """Return ", but that of another model" with its name; '' if the values don't name one."""
    for key in ("_class_name", "model_type", "architectures"):
        if isinstance(values, dict) and values.get(key):
            return f", but that of another model ({key}: {str(values[key])[:80]})"
    return ""


def _check(shape: Shape, path: Path) -> None:
    vocoder, bert = shape.istftnet, shape.plbert
    rates, kernels = vocoder.upsample_rates, vocoder.resblock_kernel_sizes
    sizes = [bert.hidden_size, bert.num_attention_heads, bert.intermediate_size, bert.max_position_embeddings]
    sizes += [bert.num_hidden_layers, shape.max_dur, shape.n_layer, shape.n_token, vocoder.upsample_initial_channel]
    sizes += [vocoder.gen_istft_hop_size, vocoder.gen_istft_n_fft, shape.text_encoder_kernel_size]
    sizes += [*rates, *vocoder.upsample_kernel_sizes, *kernels]
    sizes += [dilation for row in vocoder.resblock_dilation_sizes for dilation in row]
    if not all(0 < size < _MAX_SIZE for size in sizes):
        _refuse(path, f"sizes must be between 1 and {_MAX_SIZE - 1}")
    if (shape.hidden_dim, shape.style_dim) != (_HIDDEN, _STYLE):
        _refuse(path, f"hidden_dim must be {_HIDDEN} and style_dim {_STYLE}")
    if bert.hidden_size % bert.num_attention_heads:
        _refuse(path, "hidden_size must be a multiple of num_attention_heads")
    if bert.max_position_embeddings <= _MARKS:
        _refuse(path, f"max_position_embeddings must be greater than {_MARKS}")
    if not all(size % 2 for size in (*kernels, shape.text_encoder_kernel_size)):
        _refuse(path, "kernel sizes can't be even")
    if not kernels or [len(row) for row in vocoder.resblock_dilation_sizes] != [3] * len(kernels):
        _refuse(path, "each of resblock_kernel_sizes needs three dilations")
    if len(rates) != len(vocoder.upsample_kernel_sizes) or any(
        size < rate or (size - rate) % 2 for size, rate in zip(vocoder.upsample_kernel_sizes, rates, strict=True)
    ):
        _refuse(path, "each of upsample_rates needs a kernel that is longer by an even number")
    if 2 * vocoder.gen_istft_hop_size * math.prod(rates) != SAMPLES_PER_FRAME:
        _refuse(path, f"a frame must have {SAMPLES_PER_FRAME} samples (twice the hop size times the upsample_rates)")
    if vocoder.upsample_initial_channel % (1 << len(rates)):
        _refuse(path, "upsample_initial_channel can't be halved for each of upsample_rates")
    if not shape.vocab or not all(
        len(symbol) == 1 and 0 < number < shape.n_token for symbol, number in shape.vocab.items()
    ):
        _refuse(path, "vocab must map single characters to numbers from 1 to below n_token")


def _refuse(path: Path, fault: str) -> NoReturn:
    raise KokoroError(f"'{path}' isn't Kokoro's configuration: {fault}")
