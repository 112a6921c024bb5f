from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from dist_info import write_dist_info
from packaging.version import Version

from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.torch_pair import TorchPair, torch_pair

TORCH = """\
from typing import Optional

__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip', 'rocm', 'xpu']
__version__ = '{version}'
debug = False
cuda: Optional[str] = {cuda!r}
git_version = '70d99e998b4955e0049d13a98d77ae1b14db1f45'
hip: Optional[str] = {hip!r}
rocm: Optional[str] = None
xpu: Optional[str] = None
"""
TORCHAUDIO = "__version__ = '{version}'\ngit_version = '34c52a67e8941bbd8e6adaca0eb0b9eabec11d78'\n"


def write_module(site: Path, name: str, text: str) -> None:
    (site / name).mkdir(parents=True)
    (site / name / "version.py").write_text(text, encoding="utf-8")


def pair(
    site: Path,
    torch: str,
    torchaudio: str,
    *,
    cuda: str | None = None,
    hip: str | None = None,
    listed: tuple[str, str] = ("", ""),
) -> TorchPair:
    """Write a pair whose version.py files have these values; `listed` are the versions in the metadata."""
    write_dist_info(site, "torch", listed[0] or torch)
    write_module(site, "torch", TORCH.format(version=torch, cuda=cuda, hip=hip))
    write_dist_info(site, "torchaudio", listed[1] or torchaudio)
    write_module(site, "torchaudio", TORCHAUDIO.format(version=torchaudio))
    found = torch_pair(Installed.of_paths([str(site)]))
    assert found is not None
    return found


def test_a_pair_from_the_registry(tmp_path):
    """Its metadata don't name the build, but its version.py does."""
    found = pair(tmp_path, "2.11.0+cu130", "2.11.0+cu130", cuda="13.0", listed=("2.11.0", "2.11.0"))
    assert found == TorchPair("2.11.0", "2.11.0", "13.0", "13.0", "", "")


@pytest.mark.parametrize("missing", ["torch", "torchaudio"])
def test_a_single_package_is_no_pair(tmp_path, missing):
    pair(tmp_path, "2.11.0", "2.11.0")
    (tmp_path / f"{missing}-2.11.0.dist-info" / "METADATA").unlink()
    assert torch_pair(Installed.of_paths([str(tmp_path)])) is None


@pytest.mark.parametrize(
    ("torch", "torchaudio"),
    [
        ("2.11.0", "2.11.0"),
        ("2.9.1", "2.9.0"),
        ("2.9.0", "2.9.1"),
        ("2.0.1", "2.0.2"),
        ("1.13.1", "0.13.1"),
        ("2.12.1", "2.11.0"),
        ("2.15.0", "2.11.3"),
        ("3.0.0", "2.11.0"),
        ("2.12.0.dev20260401", "2.11.0"),
        ("2.13.0a0+gitabc", "2.11.0"),
    ],
)
def test_compatible_pairs(tmp_path, torch, torchaudio):
    found = pair(tmp_path, torch, torchaudio)
    assert (found.torch, found.torchaudio) == (torch, torchaudio)
    assert (found.fault, found.fix) == ("", "")


@pytest.mark.parametrize(
    ("torch", "torchaudio", "fix"),
    [
        ("2.9.1", "2.8.0", "install torch==2.9.1 torchaudio==2.9.1"),
        ("2.8.0+cu128", "2.9.1+cu128", "install torch==2.8.0 torchaudio==2.8.0"),
        ("2.10.0", "2.11.0", "install torch==2.10.0 torchaudio==2.10.0"),
        ("2.11.0", "2.10.0", "install torch==2.11.0 torchaudio==2.11.0"),
        ("2.15.0", "2.10.0", "install torch==2.11.0 torchaudio==2.11.0"),
        ("2.13.0", "2.14.0", "install torch==2.11.0 torchaudio==2.11.0"),
        ("2.0.1", "2.1.0", "install torch==2.0.1 torchaudio==2.0.2"),
        ("1.13.1", "2.0.1", "install torch==1.13.1 torchaudio==0.13.1"),
        ("2.0.0", "0.13.1", "install torch==2.0.0 torchaudio==2.0.1"),
    ],
)
def test_another_release(tmp_path, torch, torchaudio, fix):
    found = pair(tmp_path, torch, torchaudio)
    assert found.fault == f"torchaudio {torchaudio} wasn't built for torch {torch}, which is installed"
    assert found.fix == fix


@pytest.mark.parametrize(
    ("torch", "cuda", "hip", "torchaudio", "fault"),
    [
        ("2.8.0+cpu", None, None, "2.8.0+cu128", "was built for CUDA 12.8, and torch 2.8.0+cpu for the CPU only"),
        ("2.8.0", None, None, "2.8.0+cu128", "was built for CUDA 12.8, and torch 2.8.0 for the CPU only"),
        ("2.8.0+cu118", "11.8", None, "2.8.0+cu128", "was built for CUDA 12.8, and torch 2.8.0+cu118 for CUDA 11.8"),
        ("2.8.0+cu126", "12.6", None, "2.8.0+cu128", "was built for CUDA 12.8, and torch 2.8.0+cu126 for CUDA 12.6"),
        ("2.8.0+rocm6.3", None, "6.3.42131-fa1d", "2.8.0+cu128", "CUDA 12.8, and torch 2.8.0+rocm6.3 for ROCm 6.3"),
        ("2.8.0+cu128", "12.8", None, "2.8.0+rocm6.3", "was built for ROCm 6.3, and torch 2.8.0+cu128 for CUDA 12.8"),
        ("2.8.0+cpu", None, None, "2.8.0+rocm6.3", "was built for ROCm 6.3, and torch 2.8.0+cpu for the CPU only"),
        ("2.12.0+cu132", "13.2", None, "2.11.0+cu130", "was built for CUDA 13.0, and torch 2.12.0+cu132 for CUDA 13.2"),
        ("2.12.0+cu126", "12.6", None, "2.11.1+cu130", "was built for CUDA 13.0, and torch 2.12.0+cu126 for CUDA 12.6"),
    ],
)
def test_another_build(tmp_path, torch, cuda, hip, torchaudio, fault):
    found = pair(tmp_path, torch, torchaudio, cuda=cuda, hip=hip)
    assert found.fault.startswith(f"torchaudio {torchaudio} was built for ")
    assert found.fault.endswith(fault)
    number = "2.8.0" if torch.startswith("2.8") else "2.11.0"
    assert found.fix == f"install --force-reinstall torch=={number} torchaudio=={number}"


@pytest.mark.parametrize(
    ("torch", "cuda", "hip", "torchaudio"),
    [
        ("2.8.0+cu128", "12.8", None, "2.8.0+cpu"),
        ("2.8.0+cu128", "12.8", None, "2.8.0"),
        ("2.8.0", "12.8", None, "2.8.0+cu128"),
        ("2.8.0", None, None, "2.8.0"),
        ("2.8.0+xpu", None, None, "2.8.0+xpu"),
        ("2.8.0+rocm6.4", None, "6.4.2", "2.8.0+rocm6.3"),
        ("2.12.0+cu132", "13.2", None, "2.11.1+cu130"),
    ],
)
def test_builds_that_load(tmp_path, torch, cuda, hip, torchaudio):
    """A torchaudio for the CPU, or with an unknown build, is no fault."""
    assert pair(tmp_path, torch, torchaudio, cuda=cuda, hip=hip).fault == ""


def test_the_build_is_read_from_version_py_or_the_version(tmp_path):
    assert pair(tmp_path / "a", "2.8.0+cu128", "2.8.0+cu128", cuda="12.8")[2:4] == ("12.8", "12.8")
    assert pair(tmp_path / "b", "2.8.0+cpu", "2.8.0+cpu")[2:4] == ("", "")
    assert pair(tmp_path / "c", "2.8.0", "2.8.0", listed=("2.8.0+cu118", "2.8.0+cu118"))[2:4] == ("11.8", "11.8")


@pytest.mark.parametrize(
    "text",
    ["raise SystemExit('run')\n", "cuda = open('x')\n", "not python at all", "\0", "cuda: str\n", "(" * 500, ""],
    ids=range(7),
)
def test_a_version_file_is_never_run(tmp_path, text):
    """A file that can't be parsed is ignored, and the metadata are used."""
    pair(tmp_path, "2.8.0+cpu", "2.8.0+cu128")
    for name in ("torch", "torchaudio"):
        (tmp_path / name / "version.py").write_text(text, encoding="utf-8")
    installed = Installed.of_paths([str(tmp_path)])
    found = torch_pair(installed)
    assert found is not None
    assert "CUDA 12.8, and torch 2.8.0+cpu for the CPU only" in found.fault
    for name in ("torch", "torchaudio"):
        (tmp_path / name / "version.py").unlink()
    assert torch_pair(installed) == found


def test_invalid_versions_have_no_fault(tmp_path):
    found = pair(tmp_path, "nightly", "2.8.0")
    assert (found.torch, found.fault) == ("nightly", "")


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("torch", "torchaudio")), reason="needs torch and torchaudio"
)
def test_the_installed_pair():
    """The result agrees with an import of both, and the versions with those that torch reports."""
    found = torch_pair(Installed.of_host())
    assert found is not None
    script = "import torch, torchaudio; print(torch.__version__, torch.version.cuda or '')"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (answer.returncode == 0) == (found.fault == ""), answer.stderr
    if answer.returncode == 0:
        version, _, cuda = answer.stdout.strip().partition(" ")
        assert Version(version).public == Version(found.torch).public
        assert found.torch_cuda == cuda
