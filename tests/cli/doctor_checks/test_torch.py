from __future__ import annotations

import sys
from pathlib import Path

import pytest
from broken_installations import distribution, engine, finding_of, settings_in

from voxweft.cli.doctor_checks import torch
from voxweft.cli.doctor_checks.engines import Engines
from voxweft.utils.environments.command import line
from voxweft.utils.streaming.contract.registry import EngineRegistry

BUILT_FOR_CUDA = "__version__ = '2.8.0+cu128'\ncuda = '12.8'\nhip = None\n"
BUILT_FOR_CPU = "__version__ = '2.8.0+cpu'\ncuda = None\nhip = None\n"
AUDIO_FOR_CUDA = "__version__ = '2.8.0+cu128'\ngit_version = '0'\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose distributions are the host's, before any others of the same name."""
    folder = tmp_path / "host"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def put(host: Path, name: str, version: str, version_py: str = "") -> None:
    distribution(host, name, version, files={f"{name}/version.py": version_py})


def test_a_matching_pair(host: Path) -> None:
    put(host, "torch", "2.8.0+cu128", BUILT_FOR_CUDA)
    put(host, "torchaudio", "2.8.0+cu128", AUDIO_FOR_CUDA)
    (finding,) = torch.findings()
    assert finding.state == "good"
    assert finding.detail == "torch 2.8.0+cu128 and torchaudio 2.8.0+cu128, for CUDA 12.8"


def test_torch_or_torchaudio_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(tmp_path, "torch", "2.8.0")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert torch.findings() == []


def test_different_releases(host: Path, tmp_path: Path) -> None:
    """A warning for the host with a fix; an engine that needs torch is broken, with a separate fix."""
    put(host, "torch", "2.9.0")
    put(host, "torchaudio", "2.8.0")
    distribution(host, "pip", "25.0")
    (finding,) = torch.findings()
    assert finding.state == "warning"
    assert finding.detail == "torch 2.9.0 and torchaudio 2.8.0 do not match"
    assert "torchaudio 2.8.0 wasn't built for torch 2.9.0" in finding.why
    assert finding.fix == line(sys.executable, "-m", "pip", "install", "torch==2.9.0", "torchaudio==2.9.0")
    engine(tmp_path / "engines", "own", 'requirements = ["torch"]\ndistributions = ["torch"]\n')
    registry = EngineRegistry((tmp_path / "engines",))
    registry.specs = {"own": registry.specs["own"]}
    broken = finding_of(Engines(registry, settings_in(tmp_path)).findings(), "engine own")
    assert (broken.state, broken.fix) == ("broken", "voxweft engines install own")
    assert "torchaudio 2.8.0 wasn't built for torch 2.9.0" in broken.why


def test_torch_for_the_cpu_with_torchaudio_for_cuda(host: Path) -> None:
    put(host, "torch", "2.8.0+cpu", BUILT_FOR_CPU)
    put(host, "torchaudio", "2.8.0+cu128", AUDIO_FOR_CUDA)
    distribution(host, "pip", "25.0")
    (finding,) = torch.findings()
    assert finding.state == "warning"
    assert "built for CUDA 12.8" in finding.why
    assert "for the CPU" in finding.why
    assert finding.fix.startswith(line(sys.executable, "-m", "pip", "install", "--force-reinstall", "torch==2.8.0"))
