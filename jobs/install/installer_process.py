"""Run an installer's process: its requirement files, its environment variables, and its failures as errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from ...utils.environments.program import run
from ...utils.streaming.contract.errors import EnvironmentBuildError
from ...utils.streaming.worker.process import worker_environment
from ..errors import NoSolutionError

OnProgress = Callable[[str, float | None], None]
"""Receives a message for users and the fraction done (None if unknown)."""

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
        "PIP_PYTHON",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
        # Select packages for another Python
        "PIP_PLATFORM",
        "PIP_PYTHON_VERSION",
        "PIP_IMPLEMENTATION",
        "PIP_ABI",
        # Change what is installed
        "UV_OVERRIDE",
        "UV_EXCLUDE",
        "PIP_DRY_RUN",
        "PIP_NO_DEPS",
        "PIP_REQUIREMENT",
        "PIP_EDITABLE",
        "PIP_REPORT",
    }
)
_LAST_LINES = 20
"""The installer's last lines in an error message."""


class InstallRequest(NamedTuple):
    """The packages to install. `torch_backend` is the PyTorch build in uv's syntax; empty means the index's default."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    offline: bool = False
    torch_backend: str = ""


def write_requirement_files(request: InstallRequest, folder: Path) -> list[str]:
    """Write the request's files for an installer that runs in the folder; return the options that name them.

    Lines are validated because an installer would read an invalid one as an option, which could name another index or
    folder. EnvironmentBuildError for a line that is not a requirement.
    """
    options = []
    for option, name, lines in (
        ("-r", "requirements.txt", request.requirements),
        ("-c", "constraints.txt", request.constraints),
        ("--override", "overrides.txt", request.overrides),
        ("--excludes", "excludes.txt", request.excludes),
    ):
        if lines:
            (folder / name).write_text("".join(f"{_checked(line)}\n" for line in lines), encoding="utf-8")
            options += [option, name]
    return options


def _checked(line: str) -> str:
    try:
        # PEP 508 allows every character but blanks in a URL: also line ends, and a backslash that joins two lines.
        if not line.isprintable() or line.endswith("\\"):
            raise InvalidRequirement("it is not a single line")
        return str(Requirement(line))
    except InvalidRequirement as error:
        raise EnvironmentBuildError(
            f"{line!r} is not a valid requirement ({str(error).partition(chr(10))[0]}); use the form 'numpy>=2,<3'"
        ) from None


def installer_environment(python: Path) -> dict[str, str]:
    """Return the environment variables for an installer that fills the environment of an executable.

    They are the user's, for mirrors, proxies and certificates, without those that select another target.
    """
    kept = {
        name: value for name, value in worker_environment(str(python)).items() if name.upper() not in _REMOVED_VARIABLES
    }
    # PIP_USER overrides the user's configuration file; output is read as UTF-8 on every system.
    return kept | {"PIP_USER": "0", "PYTHONIOENCODING": "utf-8"}


def run_installer(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run an installer and return the end of its output.

    Raises:
        NoSolutionError: No set of versions satisfies the requirements.
        EnvironmentBuildError: Any other failure. Both include the installer's last lines.
    """
    signs: set[str] = set()

    def on_output(line: str) -> None:
        # The reason may be printed long before the end that is kept.
        text = line.lower()
        signs.update(sign for sign in (*_NO_SPACE, *_NO_NETWORK, *_NO_SOLUTION) if sign in text)
        if on_line is not None:
            on_line(line)

    try:
        done = run(arguments, environment=environment, folder=folder, on_line=on_output)
    except (FileNotFoundError, PermissionError) as error:
        raise EnvironmentBuildError(f"'{arguments[0]}' can't be run: {error}") from error
    if done.code != 0:
        raise _failure(done.code, done.tail, signs, folder)
    return done.tail


_NO_SPACE = ("no space left on device", "os error 28", "not enough space on the disk", "os error 112", "errno 28")
_NO_NETWORK = (
    "dns error",
    "error sending request",
    "failed to establish a new connection",
    "temporary failure in name resolution",
    "newconnectionerror",
    "tcp connect error",
    "network was disabled",
    "connection refused",
    "read timed out",
)
_NO_SOLUTION = (
    "no solution found",
    "resolutionimpossible",
    "no matching distribution found",
    "could not find a version that satisfies",
)


def _failure(code: int, tail: str, signs: set[str], folder: Path) -> EnvironmentBuildError:
    last = "\n".join(tail.rstrip().splitlines()[-_LAST_LINES:])
    if not signs.isdisjoint(_NO_SPACE):
        return EnvironmentBuildError(f"no space left on the disk of '{folder}'; free some space.\n{last}")
    kind = EnvironmentBuildError if signs.isdisjoint(_NO_SOLUTION) else NoSolutionError
    if not signs.isdisjoint(_NO_NETWORK):
        return kind(
            "the package index can't be reached; connect this machine to the network, or set a mirror or a folder of "
            f"wheels in the installer's settings.\n{last}"
        )
    if kind is NoSolutionError:
        return kind(f"no versions satisfy all requirements:\n{last}")
    return kind(f"the installer failed (code {code}):\n{last}")
