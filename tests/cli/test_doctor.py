"""How the doctor speaks: `voxweft doctor`, run as users do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_jobs import Command
from sick_environments import engine, environment, lose_base


@pytest.fixture
def command(tmp_path: Path) -> Command:
    homes = {name: str(tmp_path / name.lower()) for name in ("MODELS", "ENVIRONMENTS")}
    return Command(tmp_path, VOXWEFT_ENGINES="", **{f"VOXWEFT_{n}_HOME": home for n, home in homes.items()})


def test_first_the_verdict_then_what_hurts_most(command: Command, tmp_path: Path) -> None:
    spec = engine(tmp_path / "engines", "own", 'requirements = ["loomtone"]\ndistributions = ["loomtone"]\n')
    environment(tmp_path / "environments", spec, {"loomtone": "1.0"})
    lose_base(tmp_path / "environments", "own")
    done = command.here("doctor", VOXWEFT_ENGINES=f"{tmp_path / 'engines'}")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("Ready to use: espeak. 1 thing broken.")
    assert lines[2:5] == [
        "xx  engine own: the Python that its environment was made from is gone",
        lines[3],
        "      mend it: voxweft engines install own",
    ]
    assert lines[3].startswith("      why:     Python ")
    signs = [line[:2] for line in lines if line[2:4] == "  " and line[:2].strip()]
    assert signs == sorted(signs, key=["xx", "!!", "ok"].index)
    assert "ok  engine espeak: espeakng-loader " in done.out


def test_every_complaint_in_json(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command.here("doctor", "--json", VOXWEFT_MODELS_HOME=str(tmp_path / "file" / "models"))
    found = {finding["subject"]: finding for finding in json.loads(done.out)}
    assert done.code == 0
    assert found["models"]["state"] == "warning"
    assert set(found["models"]) == {"subject", "state", "detail", "why", "mend"}
    assert found["models"]["mend"] == "set VOXWEFT_MODELS_HOME to a folder that can be written"


def test_a_long_log_is_cut_for_people_only(command: Command, tmp_path: Path) -> None:
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


def test_nothing_to_complain_of(command: Command, tmp_path: Path) -> None:
    """Where engines' own illnesses can't be: a folder of the user's replaces them by engines that are well."""
    for name in ("kokoro", "faster_whisper"):
        engine(tmp_path / "engines", name)
    done = command.fine_here("doctor", VOXWEFT_ENGINES=str(tmp_path / "engines"))
    lines = done.out.splitlines()
    assert lines[0] == "Ready to use: faster_whisper, kokoro, espeak. All is well."
    assert {line[:4] for line in lines[2:]} == {"ok  "}


def test_a_package_without_which_nothing_works(command: Command) -> None:
    """Even then it says what to do."""
    code = "import sys; sys.modules['msgspec'] = None; from voxweft.cli import main; sys.argv[1:] = ['doctor']; main()"
    done = subprocess.run([sys.executable, "-c", code], env=command.environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    expected = f"error: the package msgspec is missing, without which nothing works; mend it: {sys.executable} -m pip "
    assert done.stderr.decode().startswith(expected)
