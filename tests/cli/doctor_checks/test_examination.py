from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest
from broken_installations import engine, finding_of, settings_in
from streaming_kit import ENGINES

from voxweft.cli.doctor_checks import Finding, examine


def test_no_problems(tmp_path: Path) -> None:
    findings = examine(settings_in(tmp_path))
    assert {finding.state for finding in findings} <= {"good", "warning"}
    assert all(finding.fix for finding in findings if finding.state != "good")
    assert sys.executable in finding_of(findings, "Python").detail
    assert f"numpy {importlib.metadata.version('numpy')}" in finding_of(findings, "packages").detail
    assert finding_of(findings, "cache").detail == str(tmp_path / "cache")
    version = importlib.metadata.version("espeakng-loader")
    detail = f"espeakng-loader {version}, its worker starts and has 242 voices"
    assert finding_of(findings, "engine espeak") == Finding(subject="engine espeak", state="good", detail=detail)
    assert list(tmp_path.iterdir()) == [], "the checks create nothing"


def test_third_party_engines(tmp_path: Path) -> None:
    """Each has another problem, and each is reported."""
    folder = tmp_path / "engines"
    engine(folder, "needs", 'requirements = ["no-such-thing>=2"]\ndistributions = ["no-such-thing"]\n')
    elsewhere = engine(folder, "elsewhere", 'interpreter = "/no/such/python"\n')
    raises = engine(folder, "raises", adapter="raise RuntimeError('not today')\n")
    (folder / "torn").mkdir()
    (folder / "torn" / "engine.toml").write_text("schema = 1\n[torn\n", encoding="utf-8")
    findings = examine(settings_in(tmp_path, engine_folders=(folder,)))
    needs = finding_of(findings, "engine needs")
    assert (needs.state, needs.detail) == ("broken", "can't run")
    assert "no-such-thing is missing" in needs.why
    assert needs.fix == "voxweft engines install needs"
    named = finding_of(findings, "engine elsewhere")
    assert named.state == "broken"
    assert "/no/such/python" in named.why
    assert f"{elsewhere.folder}/engine.toml" in named.fix
    failing = finding_of(findings, "engine raises")
    assert failing.state == "broken"
    assert failing.detail == "its worker does not start"
    assert "not today" in failing.why
    assert failing.fix == f"correct the engine in {raises.folder}"
    torn = finding_of(findings, "engine")
    assert torn.state == "broken"
    assert str(folder / "torn" / "engine.toml") in torn.detail
    assert finding_of(findings, "engine espeak").state == "good"


def test_voices_and_tasks_of_engines(tmp_path: Path) -> None:
    findings = examine(settings_in(tmp_path, engine_folders=(ENGINES / "tone", ENGINES, tmp_path)))
    assert finding_of(findings, "engine tone").detail == "its worker starts and has 1 voice"
    assert finding_of(findings, "engine recognizer").detail == "its worker starts"
    assert str(tmp_path) in finding_of(findings, "engine folder").detail


def test_an_invalid_setting_ends_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXWEFT_MEMORY_BYTES", "lots")
    last = examine()[-1]
    assert (last.subject, last.state) == ("settings", "broken")
    assert "VOXWEFT_MEMORY_BYTES is 'lots'" in last.detail


def test_a_setting_that_one_engine_rejects(tmp_path: Path) -> None:
    engine(tmp_path / "engines", "own", 'devices = ["cpu"]\n')
    findings = examine(settings_in(tmp_path, engine_folders=(tmp_path / "engines",), device="toaster"))
    own = finding_of(findings, "engine own")
    assert own.state == "broken"
    assert "toaster" in own.why
    assert own.fix == "correct or unset VOXWEFT_DEVICE"
    assert finding_of(findings, "engine espeak").state == "good"
