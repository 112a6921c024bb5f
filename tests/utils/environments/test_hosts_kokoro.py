"""Kokoro with a host that has none of its packages: in its own environment, built without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from optional import skip_without

skip_without("kokoro")

from fixtures_hosts import Host, hosts, missing
from fixtures_kokoro import checkpoint

pytestmark = pytest.mark.engines
JAPANESE = ("-v", "jf_alpha", "-l", "ja", "今日はとても良い天気です。")
SENTENCE = ("-v", "ef_dora", "-l", "es", "¿Dónde está la niña pequeña?")


@pytest.fixture(scope="module")
def host() -> Host:
    """The newest host."""
    newest = hosts()[-1:]
    if not newest or newest[0].minor < "3.13":
        missing("there is no host of Python 3.13")
    return newest[0]


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """No download is allowed: the installer's cache has the packages of the tests' own environment."""
    folder = tmp_path_factory.mktemp("host")
    return {
        "VOXWEFT_CACHE_DIR": str(folder / "cache"),
        "VOXWEFT_ENVIRONMENTS_HOME": str(folder / "environments"),
        "VOXWEFT_MODELS_HOME": str(folder / "models"),
        "VOXWEFT_OFFLINE": "1",
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="module")
def installed(host: Host, surroundings: dict[str, str]) -> dict[str, object]:
    """The output of `engines show` for the environment that the host has built."""
    before = host.voxweft("engines", "--json", environment=surroundings)
    state = {row["name"]: row["state"] for row in json.loads(before.stdout)["engines"]}
    assert "voxweft engines install kokoro" in state["kokoro"]
    # Wheels depend on the Python, and those of this one are in the cache.
    arguments = ("--python", sys.executable, "--language", "ja", "--language", "zh")
    done = host.voxweft("engines", "install", "kokoro", *arguments, environment=surroundings)
    if done.returncode and "offline" in done.stderr.lower():
        missing(f"Kokoro's wheels aren't in uv's cache ({done.stderr.strip().splitlines()[-1]})")
    assert done.returncode == 0, done.stderr
    shown = host.voxweft("engines", "show", "kokoro", "--json", environment=surroundings)
    assert shown.returncode == 0, shown.stderr
    described: dict[str, object] = json.loads(shown.stdout)["environment"]
    return described


def say(
    host_python: Path | str,
    target: Path,
    model: Path,
    environment: dict[str, str],
    *more: str,
    sentence: tuple[str, ...] = SENTENCE,
) -> bytes:
    done = subprocess.run(
        [host_python, "-m", "voxweft", "say", "-e", "kokoro", "--model-path", model, *sentence, "-o", target, *more],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


def test_the_samples_are_those_of_a_supported_host(
    host: Host,
    surroundings: dict[str, str],
    installed: dict[str, object],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The same samples from a host of Python 3.13 and from this one, and then the same cache entries."""
    model = checkpoint(tmp_path_factory)
    foreign = say(host.python, tmp_path / "foreign.wav", model, surroundings)
    elsewhere = surroundings | {"VOXWEFT_CACHE_DIR": str(tmp_path / "cache"), "VOXWEFT_ENVIRONMENT": "host"}
    assert say(sys.executable, tmp_path / "home.wav", model, elsewhere) == foreign
    assert len(foreign) > 20_000
    # The content doesn't depend on the host, so nothing is synthesized again, even by another Python.
    shared = surroundings | {"VOXWEFT_ENVIRONMENT": "host"}
    report = tmp_path / "again.json"
    assert say(sys.executable, tmp_path / "again.wav", model, shared, "--report", str(report)) == foreign
    pieces = json.loads(report.read_text(encoding="utf-8"))["segments"]
    assert all(piece["cached"] for piece in pieces)


def test_the_samples_of_the_newest_python_are_the_same(
    host: Host, surroundings: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Kokoro's packages limit themselves to older Pythons; one that is never used can't be built there."""
    model = checkpoint(tmp_path_factory)
    newest = surroundings | {"VOXWEFT_ENVIRONMENTS_HOME": str(tmp_path / "environments")}
    arguments = ("--own-torch", "--no-recommended", "--language", "ja", "-q")
    done = host.voxweft("engines", "install", "kokoro", *arguments, environment=newest)
    if done.returncode and "offline" in done.stderr.lower():
        missing(
            f"Kokoro's wheels for Python {host.minor} aren't in uv's cache ({done.stderr.strip().splitlines()[-1]})"
        )
    assert done.returncode == 0, done.stderr
    assert f"Python {host.minor}" in done.stdout
    at_home = surroundings | {"VOXWEFT_CACHE_DIR": str(tmp_path / "home"), "VOXWEFT_ENVIRONMENT": "host"}
    for number, sentence in enumerate((SENTENCE, JAPANESE)):
        there = newest | {"VOXWEFT_CACHE_DIR": str(tmp_path / "there"), "VOXWEFT_ENVIRONMENT": "own"}
        samples = say(host.python, tmp_path / f"{number}.wav", model, there, sentence=sentence)
        assert say(sys.executable, tmp_path / f"home {number}.wav", model, at_home, sentence=sentence) == samples


def test_a_build_is_kept_and_shown(installed: dict[str, object], surroundings: dict[str, str]) -> None:
    versions = installed["versions"]
    assert isinstance(versions, dict)
    assert {"kokoro", "misaki", "torch", "numpy", "msgspec"} <= versions.keys()
    assert versions["torch"] == "2.11.0"
    assert installed["left_out"] == ["en-core-web-sm"], "no index has it, and this was offline"
    lock = Path(surroundings["VOXWEFT_ENVIRONMENTS_HOME"]) / "kokoro" / "lock.txt"
    assert f"torch=={versions['torch']}" in lock.read_text(encoding="utf-8").splitlines()


def test_the_listing_and_the_check_agree(
    host: Host, surroundings: dict[str, str], installed: dict[str, object]
) -> None:
    listed = host.voxweft("engines", "--json", environment=surroundings)
    kokoro = next(row for row in json.loads(listed.stdout)["engines"] if row["name"] == "kokoro")
    running = ".".join(map(str, sys.version_info[:3]))
    location = kokoro["location"]
    assert [location["kind"], location["interpreter"]] == ["own", installed["interpreter"]]
    assert [location["python"], location["overlay"]] == [running, ""]
    assert {problem["kind"] for problem in kokoro["host_problems"]} == {"missing"}
    assert "voxweft models pull kokoro" in kokoro["state"], "only its weights are missing now"
    checked = host.voxweft("engines", "check", "kokoro", environment=surroundings)
    assert checked.returncode == 0, checked.stderr
