"""The installer uv, which shares the files of wheels between environments by hard links."""

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
    """Creates and fills environments with a uv executable."""

    def __init__(self, program: str, version: str = "") -> None:
        self._program = program
        self._version = version

    @functools.cached_property
    def name(self) -> str:
        """The program with its version."""
        if self._version:
            return f"uv {self._version}"
        folder = Path(self._program).parent
        output = run_installer(
            [self._program, "--version"], environment=installer_environment(Path(self._program)), folder=folder
        )
        return " ".join(output.split()[:2])

    def create(self, python: Interpreter, folder: Path) -> None:
        """Create an empty environment. EnvironmentBuildError if that fails."""
        # uv reads the configuration of the nearest parent folder that has one; an empty file ends the search here.
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
        """Install packages. EnvironmentBuildError or NoSolutionError if that fails."""
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
        # Keep copy modes that the user set, but not symbolic links, which break when the cache is emptied.
        if environment.get("UV_LINK_MODE") not in ("clone", "copy"):
            arguments += ["--link-mode", "hardlink"]
        if request.offline:
            # Use the user's cache wherever it is: offline it is the only source.
            arguments += ["--offline"]
        else:
            arguments += self._cache(build.parent.parent, environment)
        if request.torch_backend:
            arguments += ["--torch-backend", request.torch_backend]
        lines = _Lines(on_progress)
        run_installer([self._program, *arguments], environment=environment, folder=build, on_line=lines.feed)

    def _cache(self, home: Path, environment: dict[str, str]) -> list[str]:
        """Return the option for a cache next to the environments if the user's is on another file system.

        Hard links don't work across file systems. A cache folder that the user set is used anyway, with copies.
        """
        if environment.get("UV_CACHE_DIR") or environment.get("UV_NO_CACHE"):
            return []
        usual = Path(environment.get("XDG_CACHE_HOME") or Path.home())
        if _device(usual) == _device(home):
            return []
        own = run_installer([self._program, "--color", "never", "cache", "dir"], environment=environment, folder=home)
        # Warnings may come before the path.
        return [] if _device(Path(own.splitlines()[-1])) == _device(home) else ["--cache-dir", str(home / ".cache")]


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


def find_uv() -> UvInstaller | None:
    """Return the uv of the installed package, else the one on PATH; None if there is none."""
    try:
        import uv

        return UvInstaller(uv.find_uv_bin(), importlib.metadata.version("uv"))
    except (ImportError, FileNotFoundError):
        program = shutil.which("uv")
        return None if program is None else UvInstaller(program)


def _device(path: Path) -> int:
    """Return the device of a path or of its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
