"""Environments by uv, which shares each wheel's files among environments by hard links."""

from __future__ import annotations

import functools
import importlib.metadata
import re
import shutil
from pathlib import Path

from ...utils.environments.interpreter import Interpreter
from ...utils.environments.store import python_of
from .installer_process import InstallRequest, OnProgress, installer_environment, run_installer, write_requirement_files

_DOWNLOADING = re.compile(r"Downloading (\S+) \(([\d.]+)\s*([KMGT]i)?B\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_STEP = re.compile(r"(?:Resolved|Prepared|Installed) \d+ packages?|(?:Building|Built) \S+")
_UNITS = {None: 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


class UvInstaller:
    """Makes environments with the given uv."""

    def __init__(self, program: str, version: str = "") -> None:
        self._program = program
        self._version = version

    @functools.cached_property
    def name(self) -> str:
        """The program with its version."""
        if self._version:
            return f"uv {self._version}"
        folder = Path(self._program).parent
        said = run_installer(
            [self._program, "--version"], environment=installer_environment(Path(self._program)), folder=folder
        )
        return " ".join(said.split()[:2])

    def create(self, python: Interpreter, folder: Path) -> None:
        """Make an empty environment. EnvironmentBuildError if that fails."""
        # uv takes the configuration of the nearest project above: an empty one ends that search here.
        configuration = folder.parent / "uv.toml"
        if not configuration.exists():
            configuration.touch()
        arguments = ("venv", "--no-project", "--no-python-downloads", "--python", python.executable, str(folder))
        run_installer(
            [self._program, "--color", "never", *arguments],
            environment=installer_environment(python_of(folder)),
            folder=folder.parent,
        )

    def install(self, python: Path, request: InstallRequest, on_progress: OnProgress) -> None:
        """Bring what was ordered. EnvironmentBuildError, NoSolutionError if that fails."""
        build = python.parent.parent
        environment = installer_environment(python)
        arguments = [
            "--color",
            "never",
            "pip",
            "install",
            "--python",
            str(python),
            *write_requirement_files(request, build),
        ]
        # Copies that the user asks for are respected; links into a cache that may be emptied are not.
        if environment.get("UV_LINK_MODE") not in ("clone", "copy"):
            arguments += ["--link-mode", "hardlink"]
        if request.offline:
            # And the user's own cache wherever it is: what it has could not be had otherwise.
            arguments += ["--offline"]
        else:
            arguments += self._cache(build.parent.parent, environment)
        if request.torch_backend:
            arguments += ["--torch-backend", request.torch_backend]
        lines = _Lines(on_progress)
        run_installer([self._program, *arguments], environment=environment, folder=build, on_line=lines.take)

    def _cache(self, home: Path, environment: dict[str, str]) -> list[str]:
        """Return the option for a cache beside the environments if the user's own can't be linked to from there.

        Where the user has named a folder for it, that is used, at the price of copies.
        """
        if environment.get("UV_CACHE_DIR") or environment.get("UV_NO_CACHE"):
            return []
        usual = Path(environment.get("XDG_CACHE_HOME") or Path.home())
        if _device(usual) == _device(home):
            return []
        own = run_installer([self._program, "--color", "never", "cache", "dir"], environment=environment, folder=home)
        # Warnings may come before it.
        return [] if _device(Path(own.splitlines()[-1])) == _device(home) else ["--cache-dir", str(home / ".cache")]


class _Lines:
    """What uv says where there is no terminal, as progress. Sizes are announced as the downloads start."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._announced: dict[str, float] = {}
        self._finished_bytes = 0.0
        self._fraction = 0.0

    def take(self, line: str) -> None:
        """Take a line in."""
        text = line.strip()
        if started := _DOWNLOADING.match(text):
            self._announced[started[1]] = float(started[2]) * _UNITS[started[3]]
        elif finished := _DOWNLOADED.match(text):
            self._finished_bytes += self._announced.get(finished[1], 0.0)
        elif step := _STEP.match(text):
            text = step[0]
        else:
            return
        # What was reported isn't taken back when more is announced.
        total = sum(self._announced.values())
        if total:
            self._fraction = max(self._fraction, self._finished_bytes / total)
        self._on_progress(text[0].lower() + text[1:], self._fraction if total else None)


def find_uv() -> UvInstaller | None:
    """Return the installed package's uv, else the one on PATH; None if there is none."""
    try:
        import uv

        return UvInstaller(uv.find_uv_bin(), importlib.metadata.version("uv"))
    except (ImportError, FileNotFoundError):
        program = shutil.which("uv")
        return None if program is None else UvInstaller(program)


def _device(path: Path) -> int:
    """Return the file system that a path lies on, or would lie on."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
