from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from broken_installations import distribution, finding_of, without_site_packages
from packaging.requirements import Requirement
from paths import ROOT

from voxweft.cli.doctor_checks import host
from voxweft.utils.environments.command import line
from voxweft.utils.streaming.contract.registry import EngineRegistry


def test_the_core_is_declared_in_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    declared = {str(Requirement(line)) for line in re.findall(r'^ *"(.*)",$', block[1], re.MULTILINE)}
    ours = {str(Requirement(line)) for line in (*host.CORE, *EngineRegistry().get("espeak").requirements)}
    assert ours == declared


def test_missing_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for requirement in map(Requirement, host.CORE):
        if requirement.name not in ("uv", "truststore"):
            distribution(tmp_path, requirement.name, "3000")
    distribution(tmp_path, "pip", "25.0")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *without_site_packages()])
    packages = finding_of(host.findings(), "packages")
    assert packages.state == "broken"
    assert packages.detail == "missing: truststore, uv"
    assert packages.fix == line(sys.executable, "-m", "pip", "install", "truststore>=0.10", "uv>=0.11.20")


def test_a_package_replaced_by_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    distribution(tmp_path, "numpy", "1.23.5")
    distribution(tmp_path, "pip", "25.0")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    packages = finding_of(host.findings(), "packages")
    assert (packages.state, packages.detail) == ("broken", "numpy 1.23.5 is too old or too new")
    assert "numpy>=1.26" in packages.why
    assert packages.fix == line(sys.executable, "-m", "pip", "install", "numpy>=1.26")


def test_a_pre_release_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    distribution(tmp_path, "numpy", "3.0.0rc1")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert finding_of(host.findings(), "packages").state == "good"
