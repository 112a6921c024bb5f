"""Environments with other Pythons, created by `scripts/hosts.py`: the core alone, installed like a user's."""

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
        """Run the command `voxweft` in this environment."""
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
    """Return the existing hosts, oldest Python first."""
    found = [Host(folder.name, folder / _PYTHON) for folder in sorted(HOSTS.glob("3.*")) if (folder / _PYTHON).exists()]
    return sorted(found, key=lambda host: tuple(map(int, host.minor.split("."))))


def missing(problem: str) -> None:
    """Skip the test because a host is missing, or fail it if VOXWEFT_TEST_PYTHONS is `required`."""
    if os.environ.get("VOXWEFT_TEST_PYTHONS") == "required":
        pytest.fail(f"{problem}, although `make test` creates it")
    pytest.skip(f"{problem}; fix: make hosts")
