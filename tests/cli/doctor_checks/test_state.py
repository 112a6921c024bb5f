from __future__ import annotations

import platform
import sys
from pathlib import Path

import msgspec
import pytest
from broken_installations import RUNNING, distribution, engine, environment, settings_in

from voxweft.cli.doctor_checks import state_of
from voxweft.cli.doctor_checks.state import in_words
from voxweft.utils.environments.resolution import Environments
from voxweft.utils.models.store import ModelStore
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.registry import EngineRegistry


def state(spec: EngineSpec, settings: Settings) -> str:
    return state_of(spec, ModelStore.of(settings), Environments.of(settings))


def test_the_state_of_a_ready_engine(tmp_path: Path) -> None:
    spec, settings = engine(tmp_path, "own"), settings_in(tmp_path)
    assert state(spec, settings) == "ready in the host's Python"
    named = msgspec.structs.replace(spec, interpreter=sys.executable)
    assert state(named, settings) == f"ready in the Python of its engine.toml ({RUNNING})"
    wanted = msgspec.structs.replace(settings, environments={"": "own"})
    assert state(spec, wanted).startswith("not ready: ")
    environment(settings.environments_home, spec)
    assert state(spec, wanted) == f"ready in its own environment (Python {RUNNING})"


def test_the_state_of_an_engine_that_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    needs = engine(tmp_path, "needs", 'requirements = ["loomtone"]\n')
    assert state(needs, settings) == "not ready: loomtone is missing; fix: voxweft engines install needs"
    old = engine(tmp_path, "old", 'python = "<3.9,>=3.6"\n')
    here = platform.python_version()
    assert state(old, settings) == (
        f"not ready: it needs Python 3.6 to 3.8, but this is {here}; fix: voxweft engines install old"
    )
    folder = tmp_path / "host"
    distribution(folder, "kokoro", "0.9.4")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    kokoro = msgspec.structs.replace(
        EngineRegistry().get("kokoro"), python="", requirements=("kokoro",), distributions=("kokoro",)
    )
    assert state(kokoro, settings) == "not ready: its model files are missing; fix: voxweft models pull kokoro"


@pytest.mark.parametrize(
    ("python_range", "words"),
    [
        (">=3.10,<3.13", "3.10 to 3.12"),
        ("<3.13,>=3.10", "3.10 to 3.12"),
        (">=3.11", "3.11 or newer"),
        ("==3.12.*", "3.12"),
        (">=3.10,!=3.11.*,<3.13", ">=3.10,!=3.11.*,<3.13"),
        (">=3.10.4,<3.13", ">=3.10.4,<3.13"),
        (">=4", ">=4"),
    ],
)
def test_a_range_in_words(python_range: str, words: str) -> None:
    assert in_words(python_range) == words
