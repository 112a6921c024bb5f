"""Hosts of other Pythons, as `scripts/hosts.py` makes them: the core alone, installed as users do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from paths import ROOT as ROOT

HOSTS = ROOT / ".hosts"
LIMIT_S = 120
_PYTHON = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")


class Host(NamedTuple):
    """An installation of the core."""

    minor: str
    python: Path

    def voxweft(self, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run the command there."""
        return subprocess.run(
            [self.python, "-m", "voxweft", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            stdin=subprocess.DEVNULL,
            cwd=environment.get("HOME"),
        )


def hosts() -> list[Host]:
    """Return those that are there, oldest Python first."""
    found = [Host(folder.name, folder / _PYTHON) for folder in sorted(HOSTS.glob("3.*")) if (folder / _PYTHON).exists()]
    return sorted(found, key=lambda host: tuple(map(int, host.minor.split("."))))


def missing(what: str) -> None:
    """Skip a test for what it lacks; fail where `make test` has promised it."""
    if os.environ.get("VOXWEFT_TEST_PYTHONS") == "required":
        pytest.fail(f"{what}, which `make test` should have brought")
    pytest.skip(f"{what}; `make hosts` brings it")
