"""Reading files of tensors."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from fixtures_kokoro import bomb

from voxweft.engines.errors import WeightsError
from voxweft.engines.tensors import filled, read_tensors


def test_a_missing_file(tmp_path: Path) -> None:
    for name in ("ve.safetensors", "conds.pt"):
        with pytest.raises(WeightsError, match=f"{name} is missing from"):
            read_tensors(tmp_path / name)


def test_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "conds.pt").write_bytes(b"no tensors")
    with pytest.raises(WeightsError, match=r"conds\.pt isn't a file of tensors, or is damaged; download it again"):
        read_tensors(tmp_path / "conds.pt")


def test_a_file_that_holds_code_does_not_run_it(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    torch.save({"t3": bomb(marker)}, tmp_path / "conds.pt")
    with pytest.raises(WeightsError, match="isn't a file of tensors"):
        read_tensors(tmp_path / "conds.pt")
    assert not marker.exists()


def test_a_file_of_another_model(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2, 3)}, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match="isn't of this model: it has no 'bias'"):
        filled(torch.nn.Linear(3, 2), tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"a\.pt doesn't fit this model \(size mismatch for weight"):
        filled(torch.nn.Linear(3, 4), tmp_path / "a.pt")


def test_a_files_content_says_what_it_is(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"weight": torch.ones(2)}, tmp_path / "a.pt")
    torch.save({"weight": torch.ones(2)}, tmp_path / "b.safetensors")
    torch.save({"weight": torch.ones(2)}, tmp_path / "c.pt", _use_new_zipfile_serialization=False)
    for name in ("a.pt", "b.safetensors", "c.pt"):
        assert read_tensors(tmp_path / name)["weight"].tolist() == [1, 1]


def test_a_module_keeps_its_precision(tmp_path: Path) -> None:
    weights = {"weight": torch.ones(3, 2), "bias": torch.ones(3)}
    torch.save({name: tensor.half() for name, tensor in weights.items()}, tmp_path / "a.pt")
    assert filled(torch.nn.Linear(2, 3), tmp_path / "a.pt")(torch.ones(1, 2)).dtype == torch.float32
    torch.save([1, 2], tmp_path / "b.pt")
    with pytest.raises(WeightsError, match=r"b\.pt doesn't fit this model"):
        filled(torch.nn.Linear(2, 3), tmp_path / "b.pt")
