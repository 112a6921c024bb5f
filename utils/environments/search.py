"""Find executables on this machine that may be Pythons, without running any of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import uv

from ..streaming.worker.process import worker_environment
from .program import run

_UV_LIMIT_S = 5.0


def candidates() -> list[str]:
    """Return absolute paths of executables that look like Pythons: one per file, virtual environments' last.

    Searches PATH, the usual managers and installers, uv's Pythons, and includes this process's own.
    """
    best: dict[str, tuple[tuple[bool, bool, int], str]] = {}
    for path in _paths():
        if sys.platform == "win32" and path.suffix.lower() != ".exe":
            continue
        key = real = os.path.realpath(path)
        try:
            with Path(real).open("rb") as file:
                # A script is a user's wrapper, or a manager's shim, whose installations are found separately.
                if file.read(2) == b"#!":
                    continue
                # Hard links in one folder are names of one Python; in two folders they are two conda environments.
                key = f"{Path(real).parent}:{os.fstat(file.fileno()).st_ino}"
        except OSError:
            if not _runs_unread(path):
                continue
        in_venv = any((folder / "pyvenv.cfg").is_file() for folder in path.parents[:2])
        # A name with the minor version still means the same Python after a system upgrade.
        rank = in_venv, re.search(r"\d\.\d", path.name) is None, len(str(path))
        if key not in best or rank < best[key][0]:
            best[key] = rank, str(path)
    return [path for _, path in sorted(best.values(), key=lambda it: it[0][0])]


def _runs_unread(path: Path) -> bool:
    """Whether it may be a Python from the Microsoft Store, which can be run but not opened."""
    return sys.platform == "win32" and "windowsapps" in str(path).lower()


def _paths() -> Iterator[Path]:
    # Imported here because it is slow and few commands search.
    from findpython.providers import ALL_PROVIDERS

    if sys.executable:
        yield Path(sys.executable)
    for kind in ALL_PROVIDERS.values():
        try:
            provider = kind.create()
            if provider is not None:
                for found in provider.find_pythons():
                    yield Path(found.executable)
        except Exception:  # noqa: BLE001, S112  a broken manager must not hide the Pythons of the others
            continue
    yield from _uv_paths()


def _uv_paths() -> Iterator[Path]:
    """Yield uv's Pythons, from the folder that uv reports: findpython searches another one on macOS, or none."""
    try:
        program = uv.find_uv_bin()
        environment, folder = worker_environment(program), Path(sys.base_prefix)
        output = run([program, "python", "dir"], environment=environment, folder=folder, limit_s=_UV_LIMIT_S).tail
        for installation in sorted(Path(output.splitlines()[-1]).iterdir()):
            yield from (path for name in ("bin/python3", "python.exe") if (path := installation / name).is_file())
    except (OSError, LookupError):
        return
