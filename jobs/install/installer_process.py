"""What an installer is asked for, the installer_environment that its program runs in, and how its failures read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from ...utils.streaming.contract.errors import EnvironmentBuildError
from ...utils.environments.program import run
from ...utils.streaming.worker.process import worker_environment
from ..errors import NoSolutionError

OnProgress = Callable[[str, float | None], None]
"""Takes a message for users, and the fraction that is done of all (None where that isn't known)."""

_LEAD_ELSEWHERE = frozenset(
    {
        # Another environment than the one at hand
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
        # Another Python's packages
        "PIP_PLATFORM",
        "PIP_PYTHON_VERSION",
        "PIP_IMPLEMENTATION",
        "PIP_ABI",
        # Something else than what is asked for, or nothing
        "PIP_DRY_RUN",
        "PIP_NO_DEPS",
        "PIP_REQUIREMENT",
        "PIP_EDITABLE",
        "PIP_REPORT",
    }
)
_LAST_LINES = 20


class InstallRequest(NamedTuple):
    """What is to be installed. `torch_backend` is uv's word for the build of PyTorch, empty for the index's own."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    offline: bool = False
    torch_backend: str = ""


def write_requirement_files(request: InstallRequest, folder: Path) -> list[str]:
    """Write an request into files for an installer that runs in that folder; return the options that name them.

    EnvironmentBuildError for a line that is no requirement: in these files it could be an option, and so lead the
    installer to other indexes or other folders.
    """
    options = []
    for option, name, lines in (
        ("-r", "requirements.txt", request.requirements),
        ("-c", "constraints.txt", request.constraints),
    ):
        if lines:
            (folder / name).write_text("".join(f"{_checked(line)}\n" for line in lines), encoding="utf-8")
            options += [option, name]
    return options


def _checked(line: str) -> str:
    try:
        # The grammar takes any character but blanks into an address: a line's end too, and what joins two lines.
        if not line.isprintable() or line.endswith("\\"):
            raise InvalidRequirement("it isn't one line")
        return str(Requirement(line))
    except InvalidRequirement as error:
        raise EnvironmentBuildError(
            f"{line!r} is no requirement ({str(error).partition(chr(10))[0]}); expected one such as 'numpy>=2,<3'"
        ) from None


def installer_environment(python: Path) -> dict[str, str]:
    """Return the environment variables for a program that fills an environment with that executable.

    They are the user's, since mirrors, proxies and certificates are set there, without what would lead elsewhere.
    """
    kept = {
        name: value for name, value in worker_environment(str(python)).items() if name.upper() not in _LEAD_ELSEWHERE
    }
    # A user's configuration may say otherwise, and what is printed is read as UTF-8 on every system.
    return kept | {"PIP_USER": "0", "PYTHONIOENCODING": "utf-8"}


def run_installer(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run an installer's program to a good end and return the end of what it printed.

    EnvironmentBuildError says what went wrong, with the program's own last lines; NoSolutionError if it is that.
    """
    signs: set[str] = set()

    def take(line: str) -> None:
        # What is said of the reason may be longer than the end that is kept.
        words = line.lower()
        signs.update(sign for sign in (*_NO_SPACE, *_NO_NETWORK, *_NO_SOLUTION) if sign in words)
        if on_line is not None:
            on_line(line)

    try:
        done = run(arguments, environment=environment, folder=folder, on_line=take)
    except (FileNotFoundError, PermissionError) as error:
        raise EnvironmentBuildError(f"{arguments[0]} can't be run: {error}") from error
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
        return EnvironmentBuildError(f"there is no space left on the disk of {folder}: make room there.\n{last}")
    kind = EnvironmentBuildError if signs.isdisjoint(_NO_SOLUTION) else NoSolutionError
    if not signs.isdisjoint(_NO_NETWORK):
        return kind(
            "the packages can't be reached: connect this machine to the network, or name a mirror or a folder of "
            f"wheels in the installer's own settings.\n{last}"
        )
    if kind is NoSolutionError:
        return kind(f"no versions hold all that is asked for:\n{last}")
    return kind(f"the installer failed (code {code}):\n{last}")
