"""uv, which finds Pythons and builds environments: its executable and its environment variables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uv
from packaging.version import InvalidVersion, Version

from ..streaming.worker.process import worker_environment

_REMOVED_VARIABLES = frozenset(
    {
        # Select another environment
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PYTHONHOME",
        "PYTHONPATH",
        "__PYVENV_LAUNCHER__",
        "UV_PYTHON",
        "UV_SYSTEM_PYTHON",
        "UV_BREAK_SYSTEM_PACKAGES",
        "UV_MANAGED_PYTHON",
        "UV_NO_MANAGED_PYTHON",
        "UV_PYTHON_PREFERENCE",
        "UV_PROJECT",
        "UV_PROJECT_ENVIRONMENT",
        "UV_WORKING_DIR",
        "UV_WORKING_DIRECTORY",
        "UV_VENV_CLEAR",
        "UV_VENV_SEED",
        "UV_VENV_RELOCATABLE",
        # Change what is installed
        "UV_OVERRIDE",
        "UV_EXCLUDE",
    }
)


def uv_program() -> str:
    """Return the path of uv's executable. FileNotFoundError if its package is damaged."""
    return uv.find_uv_bin()


def uv_environment() -> dict[str, str]:
    """Return the environment variables for uv.

    They are the user's, for mirrors, proxies and certificates, without those that select another target.
    """
    kept = {
        name: value
        for name, value in worker_environment(sys.executable).items()
        if name.upper() not in _REMOVED_VARIABLES
    }
    return kept | {"PATH": _without_shims(kept.get("PATH", "")), "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def _without_shims(path: str) -> str:
    """Return PATH with the folders of Pythons that pyenv's shims stand for.

    uv stops at a shim whose version isn't active.
    """
    entries: list[str] = []
    for entry in path.split(os.pathsep):
        if Path(entry).name == "shims":
            entries += map(str, sorted(Path(entry).parent.glob("versions/*/bin"), key=_version, reverse=True))
        entries += [] if Path(entry).name == "shims" else [entry]
    return os.pathsep.join(entries)


def _version(programs: Path) -> Version:
    try:
        return Version(programs.parent.name)
    except InvalidVersion:  # a pyenv version may have any name
        return Version("0")
