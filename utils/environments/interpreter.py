"""The Pythons of this machine: probe each one, and choose the one that an environment is made from."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from ..streaming.contract.errors import NoPythonError
from ..streaming.worker.process import worker_environment
from .program import run

PROBE_LIMIT_S = 20.0
"""Time limit of a probe: a first start from a cold disk, with a virus scanner, is slow."""
_SEARCH_LIMIT_S = 5.0
"""The same during a search, where one Python that hangs must not hold up the others for long."""
_OFFERED = ("3.13", "3.12", "3.11", "3.10")
"""The versions to suggest for `uv python install`: those that Voxweft supports, newest first."""
_SUPPORTED = SpecifierSet(f">={_OFFERED[-1]}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?")
_QUOTED_CHARACTERS = 300
_MARKER = "voxweft-interpreter"

# Any Python 3 must be able to run this, even if its `site` prints something. Before 3.11 a virtual environment's Python
# on POSIX doesn't know its base's executable, but `site` keeps the folder as `sys._home`. json isn't frozen, so it is a
# file exactly if the standard library consists of files.
_PROBE = f"""
import importlib.util, json, os, struct, sys
isfile, join, folder = os.path.isfile, os.path.join, os.path.dirname(sys.executable)
def base():
    if sys.prefix == sys.base_prefix:
        return sys.executable
    known = getattr(sys, "_base_executable", None)
    if known and isfile(known) and os.path.dirname(known) != folder:
        return known
    for place in (getattr(sys, "_home", None), join(sys.base_prefix, "bin"), sys.base_prefix):
        for name in ("python%d.%d" % sys.version_info[:2], "python3", "python", "python.exe"):
            if place and place != folder and isfile(join(place, name)):
                return join(place, name)
    return os.path.realpath(sys.executable)
def machine():
    if hasattr(os, "uname"):
        return os.uname().machine
    import sysconfig
    return sysconfig.get_platform().partition("-")[2] or "x86"
report = dict(
    executable=sys.executable, version=sys.version.split()[0].rstrip("+"), implementation=sys.implementation.name,
    base=base(), module_path=[entry for entry in sys.path if os.path.isabs(entry)],
    whole=isfile(json.__file__) and importlib.util.find_spec("venv") is not None,
    bits=struct.calcsize("P") * 8, machine=machine(), free_threaded="free-threading build" in sys.version)
print("\\n{_MARKER}\\n" + json.dumps(report))
"""


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A Python that was probed.

    `version` is the full one ("3.12.1"), `base` the executable of the installation it was made from: its own, unless it
    is a virtual environment's. `module_path` is where it finds modules: site-packages included, the working directory
    and the user's own packages left out. `whole`: its standard library is a folder and it can make virtual
    environments, unlike embeddable builds. `machine` is the architecture it was built for, as `os.uname` names it.
    """

    executable: str
    version: str
    implementation: str
    base: str
    module_path: tuple[str, ...]
    whole: bool
    bits: int
    machine: str
    free_threaded: bool = False


def probe(executable: str, limit_s: float = PROBE_LIMIT_S) -> Interpreter:
    """Run a Python, given by its path or its name on PATH, and return its properties.

    NoPythonError says why that failed: no such file, not executable, not a Python, or no answer within `limit_s`.
    """
    path = str(Path(shutil.which(executable) or executable).absolute())
    lines: list[str] = []
    arguments = [path, "-I", "-X", "utf8", "-c", _PROBE]
    # With -I nothing is read from the working directory, so any existing folder is suitable.
    folder = Path(sys.base_prefix)
    try:
        result = run(
            arguments, environment=worker_environment(path), folder=folder, on_line=lines.append, limit_s=limit_s
        )
    except TimeoutError:
        raise NoPythonError(f"'{executable}' isn't a working Python: no answer within {limit_s:g} s") from None
    except (OSError, ValueError) as error:
        why = _why_absent(Path(path)) or getattr(error, "strerror", None) or error
        raise NoPythonError(f"'{executable}' isn't a working Python: {why}") from None
    try:
        answer = json.loads(lines[lines.index(_MARKER) + 1])
        own = answer["executable"] or path
        found = msgspec.convert({**answer, "executable": own, "base": answer["base"] or own}, Interpreter)
        Version(found.version)
    except (ValueError, LookupError, TypeError):
        (first,) = result.tail.splitlines()[:1] or ["no output"]
        why = f"its probe exited with code {result.code} ({first[:_QUOTED_CHARACTERS]})"
        raise NoPythonError(f"'{executable}' isn't a working Python: {why}") from None
    return found


def find_all(known: Sequence[Interpreter] = ()) -> list[Interpreter]:
    """Return the Pythons of this machine, newest first: each installation once, without virtual environments.

    Searches PATH, the usual managers and installers, and uv's Pythons, and includes the one that runs this process.
    Those that don't run are left out. `known` installations aren't probed again.
    """
    from .search import candidates  # imports findpython and uv, which resolving a job's environment doesn't need

    found = {os.path.realpath(it.base): it for it in known}
    for executable in candidates():
        if os.path.realpath(executable) in found:
            continue
        with contextlib.suppress(NoPythonError):
            probed = probe(executable, _SEARCH_LIMIT_S)
            key = os.path.realpath(probed.base)
            if key not in found:
                found[key] = _installation(probed)
    return sorted(found.values(), key=lambda it: Version(it.version), reverse=True)


def choose(python_range: str, wanted: str = "") -> Interpreter:
    """Choose the installation that an environment is made from.

    A suitable Python is a complete, supported CPython of the host's word size with a GIL. The host's own Python takes
    precedence and needs no search: its wheels are likely to be cached. Then, in this order: the host's
    architecture, release versions, the host's minor version, the host's exact version, the newest. A pre-release is
    chosen only if it is requested or the host's own.

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
        try:
            path = Path(wanted).expanduser()
            named = _installation(probe(str(path.absolute() if path.is_file() else path)))
        except RuntimeError as error:  # an unknown home folder; NoPythonError is a RuntimeError too
            raise NoPythonError(f"{error}; name the executable of a Python, or a version such as 3.12") from None
        why = _unsuitable(named) or _outside(named, python_range)
        if why:
            raise NoPythonError(f"'{wanted}' (Python {named.version}) can't be used: {why}; name another, or none")
        return named
    host = _host()
    if host is not None and _in(requested, host) and not (_unsuitable(host) or _outside(host, python_range)):
        return host
    found = find_all([host] if host is not None else [])
    suitable = [it for it in found if _in(requested, it) and not (_unsuitable(it) or _outside(it, python_range))]
    if not wanted:
        suitable = [it for it in suitable if not Version(it.version).is_prerelease]
    if not suitable:
        raise NoPythonError(_none_suitable(found, requested, python_range, wanted))
    return max(suitable, key=lambda it: _rank(it, host))


def _installation(probed: Interpreter) -> Interpreter:
    return probed if probed.executable == probed.base else probe(probed.base)


def _host() -> Interpreter | None:
    try:
        return _installation(probe(sys.executable))
    except NoPythonError:
        return None


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
    if Path(wanted).is_file() or shutil.which(wanted):
        return None
    raise NoPythonError(
        f"'{wanted}' isn't a Python: give a version such as 3.12, a range such as >=3.11, or the path of an executable"
    )


def _in(versions: SpecifierSet, found: Interpreter) -> bool:
    return versions.contains(found.version, prereleases=True)


def _unsuitable(found: Interpreter) -> str:
    """Return why no environment can be made from an interpreter, apart from its version; empty if one can."""
    if found.implementation != "cpython":
        return f"it is {found.implementation}, but engines' packages are built for CPython"
    if not found.whole:
        return "its standard library is incomplete, as in embeddable builds, so it can't make environments"
    bits = 64 if sys.maxsize > 2**32 else 32
    if found.bits != bits:
        return f"it is a {found.bits}-bit build, but the host's is {bits}-bit"
    if found.free_threaded:
        return "it is a free-threaded build, but engines' packages are built for Pythons with a GIL"
    return ""


def _outside(found: Interpreter, python_range: str) -> str:
    if not _in(_SUPPORTED, found):
        return f"Voxweft requires Python {_SUPPORTED}, and this is {found.version}"
    if not _in(SpecifierSet(python_range), found):
        return f"the engine requires Python {python_range}, and this is {found.version}"
    return ""


def _rank(found: Interpreter, host: Interpreter | None) -> tuple[bool, bool, bool, bool, Version]:
    version = Version(found.version)
    of_machine = of_minor = of_version = False
    if host is not None:
        own = Version(host.version)
        of_machine = found.machine == host.machine
        of_minor, of_version = version.release[:2] == own.release[:2], version == own
    return of_machine, not version.is_prerelease, of_minor, of_version, version


def _none_suitable(found: Sequence[Interpreter], requested: SpecifierSet, python_range: str, wanted: str) -> str:
    listed = []
    for it in found:
        why = _unsuitable(it)
        listed.append(f"{it.version} at {it.executable}" + (f" ({why})" if why else ""))
    conditions = [f"Voxweft requires Python {_SUPPORTED}"]
    conditions += [f"the engine {python_range}"] if python_range else []
    conditions += [f"requested: {wanted}"] if wanted else []
    text = f"no suitable Python on this machine ({', '.join(conditions)}). Found: {', '.join(listed) or 'none'}. "
    allowed = requested & SpecifierSet(python_range) & _SUPPORTED
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
