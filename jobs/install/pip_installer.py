"""The installer for machines without uv: venv and pip."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

from ...utils.environments.interpreter import Interpreter
from ...utils.environments.store import python_of
from ...utils.streaming.contract.errors import EnvironmentBuildError
from .installer_process import InstallRequest, OnProgress, installer_environment, run_installer, write_requirement_files

_MIN_HOST_PIP = Version("22.3")
"""The first pip with `--python`."""
_OPTIONS = ("--disable-pip-version-check", "--no-input", "--no-color")
_STEP = re.compile(
    r"Collecting \S+|Downloading \S+|Building wheel for \S+|Installing collected packages|Processing \S+"
)


class PipInstaller:
    """Creates environments with venv, and fills them with the host's pip, else with a pip in the environment."""

    def __init__(self) -> None:
        self._host_pip = _host_pip()

    @property
    def name(self) -> str:
        """The program with its version."""
        return f"pip {self._host_pip}" if self._host_pip else "pip of the environment"

    def create(self, python: Interpreter, folder: Path) -> None:
        """Create an empty environment, with pip if the host's isn't suitable. EnvironmentBuildError if that fails."""
        without = ["--without-pip"] if self._host_pip else []
        run_installer(
            [python.executable, "-I", "-m", "venv", *without, str(folder)],
            environment=installer_environment(python_of(folder)),
            folder=folder.parent,
        )

    def install(self, python: Path, request: InstallRequest, on_progress: OnProgress) -> None:
        """Install packages. EnvironmentBuildError or NoSolutionError if that fails."""
        if request.torch_backend:
            raise EnvironmentBuildError(
                f"pip doesn't support the PyTorch build '{request.torch_backend}'; install the package uv, which does"
            )
        build = python.parent.parent
        pip = [str(python), "-I", "-m", "pip"]
        if self._host_pip:
            pip = [sys.executable, "-m", "pip", "--python", str(python)]
        files = write_requirement_files(request, build)
        offline = ["--no-index"] if request.offline else []

        def on_output(line: str) -> None:
            step = _STEP.match(line.strip())
            if step:
                on_progress(step[0][0].lower() + step[0][1:], None)

        run_installer(
            [*pip, "install", *_OPTIONS, "--progress-bar", "off", *offline, *files],
            environment=installer_environment(python),
            folder=build,
            on_line=on_output,
        )


def _host_pip() -> str:
    """Return the version of the host's pip; empty if it is missing or can't fill another environment."""
    try:
        version = importlib.metadata.version("pip")
        return version if Version(version) >= _MIN_HOST_PIP else ""
    except (importlib.metadata.PackageNotFoundError, InvalidVersion):
        return ""
