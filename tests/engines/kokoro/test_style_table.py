"""Kokoro voice files: accepted formats, and the rejection of damaged and hostile ones."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from voxweft.engines.kokoro.common.errors import KokoroVoiceError
from voxweft.engines.kokoro.style_table import MAX_FILE_BYTES, SHAPE, read_style_table


def saved(content: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*(shape or SHAPE), generator=torch.Generator().manual_seed(1))


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def repacked(archive: bytes, method: int, **replaced: bytes) -> bytes:
    """Return the archive packed again, with other content for some members (by the last part of their names)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", method) as new:
        for member in old.infolist():
            new.writestr(member.filename, replaced.get(Path(member.filename).stem, old.read(member)))
    return buffer.getvalue()


def test_a_voice_is_read_unchanged() -> None:
    styles = read_style_table(saved(noise()), "mine")
    assert styles.dtype == torch.float32
    assert np.array_equal(styles.numpy(), noise().numpy())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted(dtype: torch.dtype) -> None:
    styles = read_style_table(saved(noise().to(dtype)), "mine")
    assert styles.dtype == torch.float32
    assert torch.equal(styles, noise().to(dtype).to(torch.float32))


def test_a_trained_parameter_and_a_view_become_plain_tensors() -> None:
    parameter = read_style_table(saved(torch.nn.Parameter(noise())), "mine")
    assert type(parameter) is torch.Tensor
    assert not parameter.requires_grad
    view = read_style_table(saved(noise(1, 510, 256).transpose(0, 1)), "mine")
    assert view.is_contiguous()
    assert torch.equal(view, noise(1, 510, 256).transpose(0, 1))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (noise(511, 1, 256), r"shape is \[511, 1, 256\], not \[510, 1, 256\]"),
        (noise(510, 256), r"shape is \[510, 256\]"),
        (noise(1, 256), r"shape is \[1, 256\]"),
        (torch.tensor(1.0), r"shape is \[\]"),
        (torch.zeros(1).expand(100_000, 100_000), r"shape is \[100000, 100000\]"),
        (torch.zeros(SHAPE, dtype=torch.int16), "torch.int16"),
        (torch.zeros(SHAPE, dtype=torch.bool), "torch.bool"),
        (torch.zeros(SHAPE, dtype=torch.complex64), "torch.complex64"),
        (torch.zeros(SHAPE).to_sparse(), "sparse|torch can't read"),
        (torch.empty(SHAPE, device="meta"), "not dense real numbers"),
        (torch.full(SHAPE, torch.nan), "aren't finite"),
        (torch.full(SHAPE, 1e300, dtype=torch.float64), "aren't finite"),
        ({"voice": noise()}, "holds a dict, not a tensor"),
        (OrderedDict(), "holds a OrderedDict, not a tensor"),
        ([noise()], "holds a list, not a tensor"),
        (None, "holds a NoneType, not a tensor"),
        (np.zeros(SHAPE, np.float32), "torch can't read a tensor"),
    ],
)
def test_anything_else_is_rejected(content: Any, message: str) -> None:
    with pytest.raises(KokoroVoiceError, match=message) as caught:
        read_style_table(saved(content), "the voice tensor 00")
    assert str(caught.value).startswith("the voice tensor 00 ")


def test_a_single_number_that_is_not_finite_is_rejected() -> None:
    styles = noise()
    styles[509, 0, 255] = torch.inf
    with pytest.raises(KokoroVoiceError, match="aren't finite"):
        read_style_table(saved(styles), "mine")


@pytest.mark.parametrize("kind", ["archive", "legacy", "bare", "nested", "replaced"])
def test_a_pickle_bomb_is_not_executed(kind: str, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    bomb = Bomb(marker)
    data = {
        "archive": lambda: saved(bomb),
        "legacy": lambda: saved(bomb, _use_new_zipfile_serialization=False),
        "bare": lambda: pickle.dumps(bomb),
        "nested": lambda: saved([noise(), bomb]),
        "replaced": lambda: repacked(saved(noise()), zipfile.ZIP_STORED, data=pickle.dumps(bomb)),
    }[kind]()
    with pytest.raises(KokoroVoiceError):
        read_style_table(data, "mine")
    assert not marker.exists()
    # The bomb works: plain unpickling writes the file.
    pickle.loads(pickle.dumps(bomb))
    assert marker.exists()


def test_a_file_over_the_maximum_size_is_rejected_unread() -> None:
    with pytest.raises(KokoroVoiceError, match="maximum size 4 MiB"):
        read_style_table(b"x" * (MAX_FILE_BYTES + 1), "mine")


def test_a_compressed_file_is_rejected() -> None:
    data = repacked(saved(torch.zeros(SHAPE)), zipfile.ZIP_DEFLATED)
    assert len(data) < 10_000
    assert torch.equal(torch.load(io.BytesIO(data), weights_only=True), torch.zeros(SHAPE)), "torch itself unpacks it"
    with pytest.raises(KokoroVoiceError, match="compressed archive"):
        read_style_table(data, "mine")


@given(st.integers(0, len(saved(noise())) - 1), st.integers(0, 7))
@settings(max_examples=60)
def test_damage_is_detected_unless_the_voice_is_unchanged(place: int, bit: int) -> None:
    data = bytearray(saved(noise()))
    data[place] ^= 1 << bit
    try:
        styles = read_style_table(bytes(data), "mine")
    except KokoroVoiceError:
        return
    assert torch.equal(styles, noise())


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_flipped_bit_in_the_numbers_is_detected(part: float) -> None:
    data = bytearray(saved(noise()))
    data[int(part * len(data))] ^= 1
    assert torch.load(io.BytesIO(data), weights_only=True).shape == SHAPE, "torch itself reads it"
    with pytest.raises(KokoroVoiceError, match=r"^mine is damaged \(wrong checksum of '.*/data/0'\)"):
        read_style_table(bytes(data), "mine")


@pytest.mark.parametrize(
    "content", [b"", b"x", b"PK\x03\x04", saved(noise())[:1000], saved(noise())[:-1], b"\x80\x02."]
)
def test_files_not_written_by_torch_save_are_rejected(content: bytes) -> None:
    with pytest.raises(KokoroVoiceError, match=r"^mine isn't a voice"):
        read_style_table(content, "mine")


def test_a_torchscript_file_is_rejected() -> None:
    class Doubler(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Doubler()), buffer)
    with pytest.raises(KokoroVoiceError, match=r"^mine isn't a voice"):
        read_style_table(buffer.getvalue(), "mine")
