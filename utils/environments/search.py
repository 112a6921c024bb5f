"""Where Pythons may lie on this machine: executables of their name, found without running any of them."""

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
    """Return absolute paths of executables that look like Pythons: one for each file, virtual environments' last.

    Looked for are those on PATH, of the usual managers and installers, of uv, and the one of this process.
    """
    best: dict[str, tuple[tuple[bool, bool, int], str]] = {}
    for path in _paths():
        if sys.platform == "win32" and path.suffix.lower() != ".exe":
            continue
        key = real = os.path.realpath(path)
        try:
            with Path(real).open("rb") as file:
                # A script is a manager's shim, whose installations are found beside it, or somebody's wrapper.
                if file.read(2) == b"#!":
                    continue
                # Old ones have two names in their folder by hard links; in two folders, it is two of conda's.
                key = f"{Path(real).parent}:{os.fstat(file.fileno()).st_ino}"
        except OSError:
            if not _runs_unread(path):
                continue
        in_venv = any((folder / "pyvenv.cfg").is_file() for folder in path.parents[:2])
        # A name with the minor version stays what it is when the system goes on to the next.
        liking = in_venv, re.search(r"\d\.\d", path.name) is None, len(str(path))
        if key not in best or liking < best[key][0]:
            best[key] = liking, str(path)
    return [path for _, path in sorted(best.values(), key=lambda it: it[0][0])]


def _runs_unread(path: Path) -> bool:
    """Return whether it may be a Python of Microsoft's store, which can be run but not opened."""
    return sys.platform == "win32" and "windowsapps" in str(path).lower()


def _paths() -> Iterator[Path]:
    # Loaded when somebody searches, which few runs of a command do: it is a slow import.
    from findpython.providers import ALL_PROVIDERS

    if sys.executable:
        yield Path(sys.executable)
    for kind in ALL_PROVIDERS.values():
        try:
            provider = kind.create()
            if provider is not None:
                for found in provider.find_pythons():
                    yield Path(found.executable)
        except Exception:  # noqa: BLE001, S112  whatever is broken with one manager, the others' Pythons are there
            continue
    yield from _uv_paths()


def _uv_paths() -> Iterator[Path]:
    """Give uv's own Pythons. uv is asked where they lie: findpython looks elsewhere on macOS, or not at all."""
    try:
        program = uv.find_uv_bin()
        environment, folder = worker_environment(program), Path(sys.base_prefix)
        said = run([program, "python", "dir"], environment=environment, folder=folder, limit_s=_UV_LIMIT_S).tail
        for installation in sorted(Path(said.splitlines()[-1]).iterdir()):
            yield from (path for name in ("bin/python3", "python.exe") if (path := installation / name).is_file())
    except (OSError, LookupError):
        return
