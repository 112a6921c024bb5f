"""Run uv: its requirement files, and its failures as errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from ...utils.environments.program import run
from ...utils.environments.uv_program import uv_environment, uv_program
from ...utils.streaming.contract.errors import EnvironmentBuildError
from ..errors import NoSolutionError

OnProgress = Callable[[str, float | None], None]
"""Receives a message for users and the fraction done (None if unknown)."""

_LAST_LINES = 20
"""uv's last lines in an error message."""


class InstallRequest(NamedTuple):
    """The packages to install. `torch_backend` is the PyTorch build in uv's syntax; empty means the index's default."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    without_dependencies: tuple[str, ...] = ()
    offline: bool = False
    torch_backend: str = ""


def write_requirement_files(request: InstallRequest, folder: Path) -> list[str]:
    """Write the request's files for uv, which runs in the folder; return the options that name them.

    Lines are validated because uv would read an invalid one as an option, which could name another index or
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


def run_uv(arguments: Sequence[str], folder: Path, on_line: Callable[[str], None] | None = None) -> str:
    """Run uv in a folder and return the end of its output.

    Raises:
        NoSolutionError: No set of versions satisfies the requirements.
        EnvironmentBuildError: Any other failure. Both include uv's last lines.
    """
    signs: set[str] = set()

    def on_output(line: str) -> None:
        # The reason may be printed long before the end that is kept.
        text = line.lower()
        signs.update(sign for sign in (*_NO_SPACE, *_NO_NETWORK, *_NO_SOLUTION) if sign in text)
        if on_line is not None:
            on_line(line)

    try:
        done = run([uv_program(), *arguments], environment=uv_environment(), folder=folder, on_line=on_output)
    except (FileNotFoundError, PermissionError) as error:
        raise EnvironmentBuildError(f"uv can't be run: {error}; install the package uv again") from error
    if done.code != 0:
        raise _failure(done.code, done.tail, signs, folder)
    return done.tail


_NO_SPACE = ("no space left on device", "os error 28", "not enough space on the disk", "os error 112")
_NO_NETWORK = (
    "dns error",
    "error sending request",
    "tcp connect error",
    "network was disabled",
    "connection refused",
    "timed out",
)
_NO_SOLUTION = ("no solution found",)


def _failure(code: int, tail: str, signs: set[str], folder: Path) -> EnvironmentBuildError:
    last = "\n".join(tail.rstrip().splitlines()[-_LAST_LINES:])
    if not signs.isdisjoint(_NO_SPACE):
        return EnvironmentBuildError(f"no space left on the disk of '{folder}'; free some space.\n{last}")
    kind = EnvironmentBuildError if signs.isdisjoint(_NO_SOLUTION) else NoSolutionError
    if not signs.isdisjoint(_NO_NETWORK):
        return kind(
            "the package index can't be reached; connect this machine to the network, or set a mirror or a folder of "
            f"wheels in uv's settings (UV_FIND_LINKS).\n{last}"
        )
    if kind is NoSolutionError:
        return kind(f"no versions satisfy all requirements:\n{last}")
    return kind(f"uv failed (code {code}):\n{last}")
