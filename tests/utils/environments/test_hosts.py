"""One core under every Python: each host uses workers of its own Python and of another, with the same results."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_hosts import Host, hosts, missing
from streaming_kit import ENGINES

TEXT = "One core, many hosts."


def engine(folder: Path, name: str, head: str) -> None:
    """Write the tone engine under another name, with additional lines in its engine.toml."""
    (folder / name).mkdir(parents=True)
    (folder / name / "adapter.py").write_bytes((ENGINES / "tone" / "adapter.py").read_bytes())
    toml = (ENGINES / "tone" / "engine.toml").read_text(encoding="utf-8").replace('name = "tone"', f'name = "{name}"')
    (folder / name / "engine.toml").write_text(head + toml, encoding="utf-8")


@pytest.fixture(scope="module")
def found() -> list[Host]:
    """At least two Pythons, so that one can host workers of the other."""
    there = hosts()
    if len(there) < 2:
        missing("there are no hosts of two Pythons")
    return there


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return {
        "HOME": str(tmp_path),
        "VOXWEFT_CACHE_DIR": str(tmp_path / "cache"),
        "VOXWEFT_ENVIRONMENTS_HOME": str(tmp_path / "environments"),
        "VOXWEFT_ENGINES": str(tmp_path / "engines"),
        "VOXWEFT_OFFLINE": "1",
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
    }


def evaluated(python: Path, what: str) -> str:
    done = subprocess.run([python, "-c", f"import numpy, sys; print({what})"], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_hosts_of_old_and_new_numpy_are_among_them(found: list[Host]) -> None:
    majors = {evaluated(host.python, "numpy.__version__").partition(".")[0] for host in found}
    assert "2" in majors
    if found[0].minor == "3.10":
        assert "1" in majors


def test_every_host_and_every_worker_give_the_same_result(
    found: list[Host], surroundings: dict[str, str], tmp_path: Path
) -> None:
    """A ring: each host's engine runs under the next one's Python, the last one's under the first one's."""
    for host, other in zip(found, [*found[1:], found[0]], strict=True):
        engine(tmp_path / "engines", f"tone-{host.minor}", f"interpreter = {str(other.python)!r}\n")
    outputs: dict[str, bytes] = {}
    for host in found:
        for name in ("espeak", f"tone-{host.minor}"):
            file = tmp_path / f"{host.minor}-{name}.wav"
            done = host.voxweft("say", TEXT, "-e", name, "-o", str(file), "--no-cache", environment=surroundings)
            assert done.returncode == 0, (host.minor, name, done.stderr)
            what = name.partition("-")[0]
            assert outputs.setdefault(what, file.read_bytes()) == file.read_bytes(), (host.minor, name)
    assert {what: len(data) > 10_000 for what, data in outputs.items()} == {"espeak": True, "tone": True}


def test_an_error_names_the_workers_python_and_packages(
    found: list[Host], surroundings: dict[str, str], tmp_path: Path
) -> None:
    oldest, newest = found[0], found[-1]
    engine(tmp_path / "engines", "other", f"interpreter = {str(oldest.python)!r}\ndistributions = ['numpy']\n")
    done = newest.voxweft(
        "say", TEXT, "-e", "other", "-p", "fault=kill", "-o", str(tmp_path / "x.wav"), environment=surroundings
    )
    assert done.returncode == 1
    version = evaluated(oldest.python, "sys.version.split()[0]")
    expected = (
        f"worker ran on Python {version} ({oldest.python}), numpy {evaluated(oldest.python, 'numpy.__version__')}"
    )
    assert expected in done.stderr.replace("\n", " "), done.stderr


def test_unsuitable_engines_are_reported_without_starting_a_worker(
    found: list[Host], surroundings: dict[str, str], tmp_path: Path
) -> None:
    newest = found[-1]
    engine(tmp_path / "engines", "older", f"python = '<{newest.minor}'\n")
    listed = newest.voxweft("engines", "--json", environment=surroundings)
    assert listed.returncode == 0, listed.stderr
    state = {row["name"]: row["state"] for row in json.loads(listed.stdout)["engines"]}
    assert re.search(rf"Python .*this is {newest.minor}\.\d+", state["older"])
    assert "voxweft engines install older" in state["older"]
    done = newest.voxweft("say", TEXT, "-e", "older", "-o", str(tmp_path / "x.wav"), environment=surroundings)
    assert done.returncode == 1
    assert "voxweft engines install older" in done.stderr


def test_the_hosts_are_not_this_python(found: list[Host]) -> None:
    """They are separate installations, which share nothing with this one."""
    for host in found:
        prefix = evaluated(host.python, "sys.prefix")
        if Path(prefix).resolve() == Path(sys.prefix).resolve():
            continue  # the tests run under one of them
        assert Path(prefix).resolve() != Path(sys.prefix).resolve()
        assert Path(prefix).resolve() in Path(evaluated(host.python, "numpy.__file__")).resolve().parents
