"""The list of engines in the node Status: licenses that forbid commercial use are named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_jobs import Command
from restricted_engine import put_engine

_PROGRAM = "import json; from voxweft.nodes.execute.status import status; print(json.dumps(status()))"


@pytest.mark.parametrize("commercial", ["", "1"])
def test_licenses(tmp_path: Path, commercial: str) -> None:
    folder = put_engine(tmp_path / "engines")
    toml = folder / "duo" / "engine.toml"
    only = tmp_path / "engines" / "only"
    only.mkdir()
    (only / "adapter.py").write_text("", encoding="utf-8")
    text = toml.read_text(encoding="utf-8").replace('"duo"', '"only"').replace('"MIT"', '"CC-BY-NC-SA-4.0"')
    (only / "engine.toml").write_text(text.replace('license = "CC-BY-NC-4.0"\n', ""), encoding="utf-8")
    settings = Command(tmp_path, VOXWEFT_ENGINES=str(folder), VOXWEFT_COMMERCIAL=commercial).environment
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=settings, capture_output=True, check=True, cwd=tmp_path, timeout=60
    )
    report, details = json.loads(done.stdout)
    lines = {line.partition(" ")[0]: line for line in report.splitlines()}
    assert lines["duo"].endswith("ready; no commercial use of restricted (CC-BY-NC-4.0)")
    assert lines["only"].endswith("; no commercial use (CC-BY-NC-SA-4.0)")
    assert "commercial" not in lines["espeak"]
    rows = {row["name"]: row for row in json.loads(details)["engines"]}
    assert rows["duo"]["licenses"] == {"free": "MIT", "restricted": "CC-BY-NC-4.0"}
    assert rows["duo"]["not_commercial"] == ["restricted"]
    assert rows["only"]["ready"] is (not commercial)
    if commercial:
        assert "the license of its default model, CC-BY-NC-SA-4.0, forbids commercial use" in lines["only"]
