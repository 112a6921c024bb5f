"""The Pythons of this machine: the choice of one that an environment is made from, and the packages of one."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from ..streaming.contract.errors import NoPythonError
from ..streaming.worker.process import worker_environment
from .program import ask
from .uv_program import uv_environment, uv_program

_LIMIT_S = 30.0
"""Time limit of a query: a first start from a cold disk, with a virus scanner, is slow."""
_OFFERED = ("3.13", "3.12", "3.11", "3.10")
"""The versions to suggest for `uv python install`: those that Voxweft supports, newest first."""
_SUPPORTED = SpecifierSet(f">={_OFFERED[-1]}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?")
_QUOTED_CHARACTERS = 300
_QUERY = "import json, sys; print(); print(json.dumps([sys.version.split()[0].rstrip('+'), sys.path]))"


class Interpreter(NamedTuple):
    """A Python: its executable and its full version ("3.12.1")."""

    executable: str
    version: str


class Modules(NamedTuple):
    """The version of a Python, and the folders where it finds modules without the user's own packages."""

    version: str
    path: tuple[str, ...]


def host() -> Interpreter:
    """Return the installation that this process's Python belongs to."""
    version = ".".join(map(str, sys.version_info[:3]))
    return _installation(Interpreter(getattr(sys, "_base_executable", None) or sys.executable, version))


def host_is_complete() -> bool:
    """Whether a virtual environment can be made from the host's Python, unlike from embeddable builds."""
    return importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None


def modules_of(executable: str) -> Modules:
    """Run a Python, given by its path or its name on PATH. NoPythonError says why that failed."""
    path = str(Path(shutil.which(executable) or executable).absolute())
    try:
        # With -I nothing is read from the working directory.
        command = [path, "-I", "-X", "utf8", "-c", _QUERY]
        answer = ask(command, environment=worker_environment(path), limit_s=_LIMIT_S)
        version, paths = json.loads(answer.output.splitlines()[-1])
        Version(version)
    except TimeoutError as error:
        raise NoPythonError(f"'{executable}' isn't a working Python: {error}") from None
    except OSError as error:
        why = _why_absent(Path(path)) or error.strerror or error
        raise NoPythonError(f"'{executable}' isn't a working Python: {why}") from None
    except (ValueError, LookupError, TypeError):
        (first,) = (answer.errors or answer.output).strip().splitlines()[:1] or ["no output"]
        why = f"it exited with code {answer.code} ({first[:_QUOTED_CHARACTERS]})"
        raise NoPythonError(f"'{executable}' isn't a working Python: {why}") from None
    return Modules(version, tuple(entry for entry in paths if os.path.isabs(entry)))  # noqa: PTH117  text of another Python


def find_all(request: str = "") -> list[Interpreter]:
    """Return the CPythons with a GIL that uv finds, newest first; those of a `request` (a path) or all.

    uv searches PATH, the Windows registry and its own Pythons, and leaves out those that don't run.
    """
    command = [uv_program(), "python", "list", "--only-installed", "--output-format", "json"]
    try:
        answer = ask([*command, *([request] if request else [])], environment=uv_environment(), limit_s=_LIMIT_S)
        listed: list[dict[str, Any]] = json.loads(answer.output)
    except OSError as error:
        raise NoPythonError(f"uv can't list the Pythons of this machine: {error}") from error
    except ValueError as error:
        raise NoPythonError(f"uv can't list the Pythons of this machine: {answer.errors.strip()}") from error
    found: dict[str, Interpreter] = {}
    for it in listed:
        if it["implementation"] == "cpython" and it["variant"] == "default":
            executable = str(Path(sys.base_prefix, it["path"]))  # relative if it is within the working directory
            found.setdefault(os.path.realpath(executable), Interpreter(executable, it["version"]))
    return sorted(found.values(), key=lambda it: Version(it.version), reverse=True)


def choose(python_range: str, wanted: str = "") -> Interpreter:
    """Choose the installation that an environment is made from.

    The host's own Python takes precedence and needs no search: its wheels are likely to be cached. Then the host's
    minor version, then the newest. A pre-release is chosen only if it is requested or the host's own.

    Args:
        python_range: The engine's PEP 440 range, empty for any.
        wanted: The user's request: a version ("3.12", "3.12.1"), a range, the path of an executable or its name on
            PATH. For a virtual environment's executable its base is taken.

    Raises:
        NoPythonError: None is suitable; the message lists the Pythons found and how to install one.
    """
    wanted = wanted.strip()
    requested = _requested_range(wanted)
    if requested is None:
        return _named(wanted, python_range)
    own = host()
    allowed = requested & SpecifierSet(python_range) & _SUPPORTED
    if host_is_complete() and allowed.contains(own.version, prereleases=True):
        return own
    found = find_all()
    suitable = [it for it in found if allowed.contains(it.version, prereleases=True)]
    if not wanted:
        suitable = [it for it in suitable if not Version(it.version).is_prerelease]
    if not suitable:
        raise NoPythonError(_none_suitable(found, allowed, python_range, wanted))
    of_minor = [it for it in suitable if Version(it.version).release[:2] == Version(own.version).release[:2]]
    return (of_minor or suitable)[0]


def _named(wanted: str, python_range: str) -> Interpreter:
    try:
        path = Path(wanted).expanduser()
    except RuntimeError as error:
        raise NoPythonError(f"{error}; name the executable of a Python, or a version such as 3.12") from None
    executable = str(path.absolute()) if path.exists() else shutil.which(wanted, path=uv_environment()["PATH"])
    found = find_all(executable) if executable and not path.is_dir() else []
    if not found:
        why = _why_absent(path) or "uv doesn't know it as a CPython with a GIL"
        raise NoPythonError(
            f"'{wanted}' isn't a working Python: {why}; name the executable of a Python, or a version such as 3.12"
        )
    why = _outside(found[0], python_range)
    if why:
        raise NoPythonError(f"'{wanted}' (Python {found[0].version}) can't be used: {why}; name another, or none")
    return _installation(found[0])


def _installation(found: Interpreter) -> Interpreter:
    """Return an interpreter with its base's executable: before 3.11 uv can't find that of a virtual environment."""
    is_old = sys.platform != "win32" and Version(found.version) < Version("3.11")
    return found._replace(executable=os.path.realpath(found.executable)) if is_old else found


def _requested_range(wanted: str) -> SpecifierSet | None:
    """Return a request as a range of versions; None if it is a path."""
    if _VERSION.fullmatch(wanted):
        exact = wanted.count(".") == 2 or not wanted.replace(".", "").isdigit()
        return SpecifierSet(f"=={wanted}" if exact else f"=={wanted}.*")
    try:
        return SpecifierSet(wanted)
    except InvalidSpecifier:
        pass
    if wanted.startswith("~") or any(mark in wanted for mark in "/\\"):
        return None
    if Path(wanted).is_file() or shutil.which(wanted, path=uv_environment()["PATH"]):
        return None
    raise NoPythonError(
        f"'{wanted}' isn't a Python: give a version such as 3.12, a range such as >=3.11, or the path of an executable"
    )


def _outside(found: Interpreter, python_range: str) -> str:
    if not _SUPPORTED.contains(found.version, prereleases=True):
        return f"Voxweft requires Python {_SUPPORTED}, and this is {found.version}"
    if not SpecifierSet(python_range).contains(found.version, prereleases=True):
        return f"the engine requires Python {python_range}, and this is {found.version}"
    return ""


def _none_suitable(found: Iterable[Interpreter], allowed: SpecifierSet, python_range: str, wanted: str) -> str:
    listed = ", ".join(f"{it.version} at {it.executable}" for it in found) or "none"
    conditions = [f"Voxweft requires Python {_SUPPORTED}"]
    conditions += [f"the engine {python_range}"] if python_range else []
    conditions += [f"requested: {wanted}"] if wanted else []
    text = f"no suitable Python on this machine ({', '.join(conditions)}). Found: {listed}. "
    to_install = [minor for minor in _OFFERED if allowed.contains(f"{minor}.99")]
    if not to_install and _VERSION.fullmatch(wanted) and allowed.contains(wanted):
        to_install = [wanted]
    if not to_install:
        return text + ("Request another version, or none" if wanted else "Name one by its path")
    return text + f"Install one: {sys.executable} -m uv python install {to_install[0]}"


def _why_absent(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if path.exists():
        return ""
    return f"it is a link to {path.readlink()}, which doesn't exist" if path.is_symlink() else "no such file"
