from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest
from streaming_kit import ENGINES

from speechloom.utils import health
from speechloom.utils.health import Finding, examine

TOML = """schema = 1
name = "own"
title = "Own"
task = "speech"
adapter = "adapter:Own"
adapter_version = 1
licence = "MIT"
deterministic = true
native_sample_rate = 16000
"""


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CACHE_BYTES", "OFFLINE", "ENGINES", "IDLE_TIMEOUT_S", "MEMORY_BYTES"):
        monkeypatch.delenv(f"SPEECHLOOM_{name}", raising=False)
    monkeypatch.setenv("SPEECHLOOM_CACHE_DIR", str(tmp_path / "cache"))


def engine(folder: Path, more: str = "", adapter: str = "") -> Path:
    folder.mkdir()
    (folder / "engine.toml").write_text(TOML + more, encoding="utf-8")
    (folder / "adapter.py").write_text(adapter, encoding="utf-8")
    return folder


def one(findings: list[Finding], subject: str) -> Finding:
    found = [finding for finding in findings if finding.subject == subject]
    assert len(found) == 1, findings
    return found[0]


def test_all_well(tmp_path: Path) -> None:
    findings = examine()
    assert {finding.state for finding in findings} <= {"good", "warning"}
    assert sys.executable in one(findings, "Python").detail
    packages = one(findings, "packages").detail
    assert f"numpy {importlib.metadata.version('numpy')}" in packages
    assert str(tmp_path / "cache") in one(findings, "cache").detail
    version = importlib.metadata.version("espeakng-loader")
    detail = f"espeakng-loader {version}, its worker starts and has 242 voices"
    assert one(findings, "engine espeak").detail == detail


def test_engines_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each is broken in its own way, and none hides another."""
    missing = engine(tmp_path / "a", 'requirements = ["no-such-thing>=2"]\ndistributions = ["no-such-thing"]\n')
    elsewhere = engine(tmp_path / "b", 'interpreter = "/no/such/python"\n')
    raises = engine(tmp_path / "c", adapter="raise RuntimeError('not today')\n")
    toml = engine(tmp_path / "d", "adapter_version = 2\n")
    names = {missing: "needs", elsewhere: "elsewhere", raises: "raises"}
    for folder, name in names.items():
        file = folder / "engine.toml"
        file.write_text(file.read_text(encoding="utf-8").replace('"own"', f'"{name}"'), encoding="utf-8")
    monkeypatch.setenv("SPEECHLOOM_ENGINES", str(tmp_path))
    findings = examine()
    assert one(findings, "engine needs") == Finding(
        subject="engine needs",
        state="broken",
        detail="missing: no-such-thing",
        mend=f"{sys.executable} -m pip install 'no-such-thing>=2'",
    )
    assert one(findings, "engine elsewhere").state == "broken"
    assert "/no/such/python" in one(findings, "engine elsewhere").detail
    assert str(elsewhere / "engine.toml") in one(findings, "engine elsewhere").mend
    assert one(findings, "engine raises").state == "broken"
    assert "not today" in one(findings, "engine raises").detail
    assert one(findings, "engine").state == "broken"
    assert str(toml / "engine.toml") in one(findings, "engine").detail
    assert one(findings, "engine espeak").state == "good"


def test_what_an_engine_is_good_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECHLOOM_ENGINES", f"{ENGINES / 'tone'}{':' if sys.platform != 'win32' else ';'}{ENGINES}")
    findings = examine()
    assert one(findings, "engine tone").detail == "its worker starts and has 1 voice"
    assert one(findings, "engine recogniser").detail == "its worker starts"


def test_folders_without_engines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty, gone = tmp_path / "empty", tmp_path / "gone"
    empty.mkdir()
    monkeypatch.setattr(
        health, "_engine", lambda spec, registry, settings: Finding(subject="x", state="good", detail="")
    )
    monkeypatch.setenv("SPEECHLOOM_ENGINES", f"{empty}{':' if sys.platform != 'win32' else ';'}{gone}")
    found = [finding for finding in examine() if finding.subject == "engine folder"]
    assert [finding.state for finding in found] == ["warning", "warning"]
    assert f"{empty}, where no engine.toml is" in found[0].detail
    assert f"{gone}, which isn't a folder" in found[1].detail


def test_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        health, "_engine", lambda spec, registry, settings: Finding(subject="x", state="good", detail="")
    )
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPEECHLOOM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    refused = one(examine(), "cache")
    assert refused.state == "warning"
    assert f"{tmp_path / 'file' / 'cache'} can't be written (Not a directory)" in refused.detail
    assert "SPEECHLOOM_CACHE_DIR" in refused.mend
    monkeypatch.setenv("SPEECHLOOM_CACHE_BYTES", "0")
    assert one(examine(), "cache").detail == "turned off (SPEECHLOOM_CACHE_BYTES=0)"


def test_a_bad_setting_ends_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECHLOOM_MEMORY_BYTES", "lots")
    last = examine()[-1]
    assert (last.subject, last.state) == ("settings", "broken")
    assert "SPEECHLOOM_MEMORY_BYTES is 'lots'" in last.detail


@pytest.mark.parametrize(
    ("torch", "torchaudio", "state"),
    [("2.11.0+cpu", "2.11.0", "good"), ("2.15.1", "2.11.0", "warning"), ("2.11.0", "", ""), ("", "", "")],
)
def test_torch_and_torchaudio_are_a_pair(
    monkeypatch: pytest.MonkeyPatch, torch: str, torchaudio: str, state: str
) -> None:
    versions = {"torch": torch, "torchaudio": torchaudio}

    def version(name: str) -> str:
        if not versions[name]:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    findings = health._torch_pair()
    assert [finding.state for finding in findings] == ([state] if state else [])
    if state == "warning":
        assert findings[0].mend == f"{sys.executable} -m pip install torchaudio==2.15.*"
