"""The files for operators: checked by the tools for them, and against the command line."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from voxweft.cli import app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "voxweft.service"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = sorted(DEPLOY.glob("compose.*.yaml"))
MAX_EXPOSURE = 5.0


def options_of_serve() -> dict[str, Any]:
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    return {name: parameter for parameter in command.params for name in parameter.opts}


def check_command(command: list[str]) -> None:
    """Check that a command is `voxweft serve` with options that it has."""
    assert [Path(command[0]).name, command[1]] == ["voxweft", "serve"]
    used = {word for word in command if word.startswith("--")}
    assert used <= set(options_of_serve())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't installed")
def test_the_unit_is_confined(tmp_path: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", UNIT], capture_output=True, encoding="utf-8", check=False
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd-analyze can't judge a file")
    exposure = re.search(r"exposure level for voxweft\.service: ([\d.]+)", done.stdout)
    assert exposure
    assert float(exposure[1]) < MAX_EXPOSURE
    # It is verified with a program that exists.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/voxweft/bin/voxweft", "/bin/true"), encoding="utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, encoding="utf-8", check=False)
    assert str(unit) not in verified.stderr


def test_the_unit_lets_streams_end() -> None:
    text = UNIT.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    stop_s = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert command
    assert stop_s
    check_command(shlex.split(command[1]))
    assert float(stop_s[1]) > options_of_serve()["--drain-timeout"].default


def test_the_containers_file_is_clean() -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
    if hadolint is None:
        pytest.skip("hadolint isn't installed")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_serves() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert command
    check_command(yaml.safe_load(command[1]))
    assert re.search(r"^USER \d+$", text, re.MULTILINE)


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_composed_services_serve(file: Path) -> None:
    service = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]["voxweft"]
    check_command(service["command"])
    assert (file.parent / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]) == DOCKERFILE
    # Off this machine's own addresses, the server is reached by other containers only.
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    grace_s = float(service["stop_grace_period"].removesuffix("s"))
    assert grace_s > options_of_serve()["--drain-timeout"].default


def test_the_image_has_all_that_a_wheel_is_built_from() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= kept
    assert all(any(ROOT.glob(name)) for name in kept)
