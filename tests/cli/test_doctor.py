"""`voxweft doctor`, as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from broken_installations import engine, environment, lose_base
from fixtures_jobs import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    homes = {name: str(tmp_path / name.lower()) for name in ("MODELS", "ENVIRONMENTS")}
    return Command(tmp_path, VOXWEFT_ENGINES="", **{f"VOXWEFT_{n}_HOME": home for n, home in homes.items()})


def test_summary_then_the_worst_findings_first(command: Command, tmp_path: Path) -> None:
    spec = engine(tmp_path / "engines", "own", 'requirements = ["loomtone"]\ndistributions = ["loomtone"]\n')
    environment(tmp_path / "environments", spec, {"loomtone": "1.0"})
    lose_base(tmp_path / "environments", "own")
    done = command.here("doctor", VOXWEFT_ENGINES=f"{tmp_path / 'engines'}")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("Ready to use: espeak. 1 problem.")
    assert lines[2:5] == [
        "xx  engine own: the base Python of its environment is missing",
        lines[3],
        "      fix: voxweft engines install own",
    ]
    assert lines[3].startswith("      why: Python ")
    signs = [line[:2] for line in lines if line[2:4] == "  " and line[:2].strip()]
    assert signs == sorted(signs, key=["xx", "!!", "ok"].index)
    assert "ok  engine espeak: espeakng-loader " in done.out


def test_findings_as_json(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command.here("doctor", "--json", VOXWEFT_MODELS_HOME=str(tmp_path / "file" / "models"))
    found = {finding["subject"]: finding for finding in json.loads(done.out)}
    assert done.code == 0
    assert found["models"]["state"] == "warning"
    assert set(found["models"]) == {"subject", "state", "detail", "why", "fix"}
    assert found["models"]["fix"] == "set VOXWEFT_MODELS_HOME to a writable folder"


def test_a_long_log_is_shortened_in_text_only(command: Command, tmp_path: Path) -> None:
    many = "raise RuntimeError('line 0' + ''.join(f'\\nline {n}' for n in range(1, 50)))\n"
    engine(tmp_path / "engines", "own", adapter=many)
    engines = str(tmp_path / "engines")
    shown = command.here("doctor", VOXWEFT_ENGINES=engines).out
    assert "line 0" in shown
    assert "line 30" not in shown
    assert "its worker ran on Python" in shown
    (own,) = [
        f for f in json.loads(command.here("doctor", "--json", VOXWEFT_ENGINES=engines).out) if f["why"][:6] == "line 0"
    ]
    assert "line 30" in own["why"]


def test_no_problems(command: Command, tmp_path: Path) -> None:
    """The engines that may be missing here are replaced by ones that work, from a folder of the user."""
    for name in ("kokoro", "faster_whisper", "chatterbox", "f5_tts", "mira_tts", "pocket_tts"):
        engine(tmp_path / "engines", name)
    done = command.fine_here("doctor", VOXWEFT_ENGINES=str(tmp_path / "engines"))
    lines = done.out.splitlines()
    names = "chatterbox, f5_tts, faster_whisper, kokoro, mira_tts, pocket_tts, espeak"
    assert lines[0] == f"Ready to use: {names}. No problems found."
    assert {line[:4] for line in lines[2:]} == {"ok  "}


def test_missing_core_package(command: Command) -> None:
    """The checks can't even be imported, but the fix is printed."""
    code = "import sys; sys.modules['msgspec'] = None; from voxweft.cli import main; sys.argv[1:] = ['doctor']; main()"
    done = subprocess.run([sys.executable, "-c", code], env=command.environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    expected = f"error: the required package 'msgspec' is missing\nfix: {sys.executable} -m pip install msgspec"
    assert done.stderr.decode().startswith(expected)
