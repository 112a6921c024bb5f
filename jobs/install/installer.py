"""The installers that create and fill environments: uv, or venv and pip."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from ...utils.environments.interpreter import Interpreter
from ...utils.streaming.contract.errors import EnvironmentBuildError
from .installer_process import InstallRequest, OnProgress

__all__ = ["InstallRequest", "Installer", "InstallerName", "OnProgress", "find_installer"]

InstallerName = Literal["", "uv", "pip"]
"""An installer chosen by the user; empty means uv if it is installed, else pip."""


class Installer(Protocol):
    """Creates environments and installs packages. All methods block; an exception in `on_progress` stops them."""

    @property
    def name(self) -> str:
        """The program with its version, such as `uv 0.9.1`."""

    def create(self, python: Interpreter, folder: Path) -> None:
        """Create an empty environment with a Python in a new folder. EnvironmentBuildError if that fails."""

    def install(self, python: Path, request: InstallRequest, on_progress: OnProgress) -> None:
        """Install packages into the environment of an executable. EnvironmentBuildError if that fails."""


def find_installer(which: InstallerName = "") -> Installer:
    """Return an installer. EnvironmentBuildError if the chosen one is missing."""
    from .pip_installer import PipInstaller
    from .uv_installer import find_uv

    uv = None if which == "pip" else find_uv()
    if uv is not None:
        return uv
    if which == "uv":
        raise EnvironmentBuildError("uv isn't installed; install the package uv, or choose pip")
    return PipInstaller()
