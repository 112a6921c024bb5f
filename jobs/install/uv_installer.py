"""What uv does for an environment: create it, and fill it with packages, whose files it shares by hard links."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from pathlib import Path

from ...utils.environments.interpreter import Interpreter
from ...utils.environments.uv_program import uv_environment
from .installer_process import InstallRequest, OnProgress, run_uv, write_requirement_files

_ANY_PYTHON = "3.99"
"""uv compares only the lower limit of a package's range of Pythons; this one is above every limit."""
_DOWNLOADING = re.compile(r"Downloading (\S+) \(([\d.]+)\s*([KMGT]i)?B\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_STEP = re.compile(r"(?:Resolved|Prepared|Installed) \d+ packages?|(?:Building|Built) \S+")
_UNITS = {None: 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


def uv_version() -> str:
    """Return the program with its version, such as `uv 0.13.9`."""
    return f"uv {importlib.metadata.version('uv')}"


def create(python: Interpreter, folder: Path) -> None:
    """Create an empty virtual environment. EnvironmentBuildError if that fails."""
    run_uv(["venv", "--no-project", "--python", python.executable, str(folder)], folder.parent)


def install(target: Sequence[str], build: Path, request: InstallRequest, on_progress: OnProgress) -> None:
    """Install packages, first those without dependencies, which the others may require.

    Args:
        target: uv's options that name the Python and the folder of the packages.
        build: The folder of the environment.
        request: The packages.
        on_progress: Gets uv's steps.

    Raises:
        EnvironmentBuildError: uv failed.
        NoSolutionError: No set of versions satisfies the request.
    """
    # uv reads the configuration of the nearest parent folder that has one; an empty file ends the search here.
    configuration = build.parent / "uv.toml"
    if not configuration.exists():
        configuration.touch()
    options = [*target, *_source(build.parent.parent, request)]
    lines = _Lines(on_progress)
    if request.without_dependencies:
        alone = ["--no-deps", "--only-binary", ":all:", "--python-version", _ANY_PYTHON]
        files = write_requirement_files(InstallRequest(request.without_dependencies), build)
        run_uv(["pip", "install", *options, *alone, *files], build, lines.feed)
    files = write_requirement_files(request, build)
    run_uv(["pip", "install", *options, *files], build, lines.feed)


def _source(home: Path, request: InstallRequest) -> list[str]:
    """Return the options for the index, the cache and the files' links."""
    environment = uv_environment()
    # Keep copy modes that the user set, but not symbolic links, which break when the cache is emptied.
    options = [] if environment.get("UV_LINK_MODE") in ("clone", "copy") else ["--link-mode", "hardlink"]
    # Offline, the user's cache is the only source wherever it is.
    options += ["--offline"] if request.offline else _cache(home, environment)
    return options + (["--torch-backend", request.torch_backend] if request.torch_backend else [])


def _cache(home: Path, environment: dict[str, str]) -> list[str]:
    """Return the option for a cache next to the environments if the user's is on another file system.

    Hard links don't work across file systems. A cache folder that the user set is used anyway, with copies.
    """
    if environment.get("UV_CACHE_DIR") or environment.get("UV_NO_CACHE"):
        return []
    if _device(Path(environment.get("XDG_CACHE_HOME") or Path.home())) == _device(home):
        return []
    # Warnings may come before the path.
    own = run_uv(["cache", "dir"], home).splitlines()[-1]
    return [] if _device(Path(own)) == _device(home) else ["--cache-dir", str(home / ".cache")]


class _Lines:
    """Turns uv's output without a terminal into progress. Each download's size is printed when it starts."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._announced: dict[str, float] = {}
        self._finished_bytes = 0.0
        self._fraction = 0.0

    def feed(self, line: str) -> None:
        """Process a line of output."""
        text = line.strip()
        if started := _DOWNLOADING.match(text):
            self._announced[started[1]] = float(started[2]) * _UNITS[started[3]]
        elif finished := _DOWNLOADED.match(text):
            self._finished_bytes += self._announced.get(finished[1], 0.0)
        elif step := _STEP.match(text):
            text = step[0]
        else:
            return
        # The fraction must not decrease when more downloads start.
        total = sum(self._announced.values())
        if total:
            self._fraction = max(self._fraction, self._finished_bytes / total)
        self._on_progress(text[0].lower() + text[1:], self._fraction if total else None)


def _device(path: Path) -> int:
    """Return the device of a path or of its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
