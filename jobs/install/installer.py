"""Which program makes and fills an environment: uv, or venv and pip."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from ...utils.streaming.contract.errors import EnvironmentBuildError
from ...utils.environments.interpreter import Interpreter
from .installer_process import InstallRequest, OnProgress

__all__ = ["InstallRequest", "Installer", "InstallerName", "OnProgress", "find_installer"]

InstallerName = Literal["", "uv", "pip"]
"""The installer that a user asks for; empty leaves the choice: uv where it is there, else pip."""


class Installer(Protocol):
    """Makes environments and brings packages there. Each method blocks; an exception in `on_progress` ends it."""

    @property
    def name(self) -> str:
        """The program with its version, as in `uv 0.9.1`."""

    def create(self, python: Interpreter, folder: Path) -> None:
        """Make an empty environment of that Python in a folder that isn't there yet. EnvironmentBuildError if not."""

    def install(self, python: Path, request: InstallRequest, on_progress: OnProgress) -> None:
        """Bring what was ordered into the environment with that executable. EnvironmentBuildError if that fails."""


def find_installer(which: InstallerName = "") -> Installer:
    """Return the installer that was asked for. EnvironmentBuildError if that isn't there."""
    from .pip_installer import PipInstaller
    from .uv_installer import find_uv

    uv = None if which == "pip" else find_uv()
    if uv is not None:
        return uv
    if which == "uv":
        raise EnvironmentBuildError("uv isn't installed: install the package uv beside Voxweft, or leave it to pip")
    return PipInstaller()
