"""The Pythons of this machine: what each of them is, and which one an environment is made from."""

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

from ..streaming.worker.process import worker_environment
from .errors import NoPythonError
from .program import run

PROBE_LIMIT_S = 20.0
"""How long a Python may take to say what it is: a first start from a cold disk, past a virus scanner, is slow."""
_SEARCH_LIMIT_S = 5.0
"""The same for one that was only met in a search: one that hangs must not hold up the rest for long."""
_OFFERED = ("3.13", "3.12", "3.11", "3.10")
"""What may be installed with uv where nothing fits: the versions that Voxweft is made for, newest first."""
_SUPPORTED = SpecifierSet(f">={_OFFERED[-1]}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?")
_SAID_CHARACTERS = 300
_MARKER = "voxweft-interpreter"

# Any Python 3 must be able to run this, and a site that prints something must not disturb it. Before 3.11 a virtual
# environment's Python on POSIX doesn't know its base's executable, but `site` keeps the folder as `sys._home`.
# json isn't frozen, so it lies in a file exactly if the standard library does.
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
said = dict(
    executable=sys.executable, version=sys.version.split()[0].rstrip("+"), implementation=sys.implementation.name,
    base=base(), module_path=[entry for entry in sys.path if os.path.isabs(entry)],
    whole=isfile(json.__file__) and importlib.util.find_spec("venv") is not None,
    bits=struct.calcsize("P") * 8, machine=machine(), free_threaded="free-threading build" in sys.version)
print("\\n{_MARKER}\\n" + json.dumps(said))
"""


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A Python that was run.

    `version` is the full one ("3.12.1"), `base` the executable of the installation that it was made from: itself, if it
    is no virtual environment's. `module_path` is where it finds modules, site-packages included, the working directory
    and a user's own packages left out. `whole`: it has its standard library in a folder and can make virtual
    environments, which embeddable builds can't. `machine` is that of its code, as `os.uname` names it.
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
    """Ask a Python, by its path or its name on PATH, what it is.

    NoPythonError says why it can't be asked: it isn't there, can't be run, is no Python, or says nothing in time.
    """
    path = str(Path(shutil.which(executable) or executable).absolute())
    lines: list[str] = []
    arguments = [path, "-I", "-X", "utf8", "-c", _PROBE]
    # Nothing is read from the folder (-I): any that is there will do.
    folder = Path(sys.base_prefix)
    try:
        result = run(
            arguments, environment=worker_environment(path), folder=folder, on_line=lines.append, limit_s=limit_s
        )
    except TimeoutError:
        raise NoPythonError(f"{executable} is no Python that works: it said nothing within {limit_s:g} s") from None
    except (OSError, ValueError) as error:
        why = _not_there(Path(path)) or getattr(error, "strerror", None) or error
        raise NoPythonError(f"{executable} is no Python that works: {why}") from None
    try:
        answer = json.loads(lines[lines.index(_MARKER) + 1])
        own = answer["executable"] or path
        found = msgspec.convert({**answer, "executable": own, "base": answer["base"] or own}, Interpreter)
        Version(found.version)
    except (ValueError, LookupError, TypeError):
        (first,) = result.tail.splitlines()[:1] or ["it said nothing"]
        why = f"asked what it is, it ended with code {result.code} ({first[:_SAID_CHARACTERS]})"
        raise NoPythonError(f"{executable} is no Python that works: {why}") from None
    return found


def find_all(known: Sequence[Interpreter] = ()) -> list[Interpreter]:
    """Return the Pythons of this machine, newest first: each installation once, none of the virtual environments.

    Looked for are those on PATH, of the usual managers and installers, of uv, and the one behind this process. What
    can't be run is left out. `known` are installations that were asked already, and aren't asked again.
    """
    from .search import candidates  # here, with findpython and uv: whoever places a job only asks one Python

    found = {os.path.realpath(it.base): it for it in known}
    for executable in candidates():
        if os.path.realpath(executable) in found:
            continue
        with contextlib.suppress(NoPythonError):
            met = probe(executable, _SEARCH_LIMIT_S)
            key = os.path.realpath(met.base)
            if key not in found:
                found[key] = _installation(met)
    return sorted(found.values(), key=lambda it: Version(it.version), reverse=True)


def choose(python_range: str, wanted: str = "") -> Interpreter:
    """Return the installation that an environment is made from; NoPythonError says what there is, and what to do.

    It fits if it is a whole CPython of the host's word size, with a GIL, no older than Voxweft supports, and in
    `python_range` (a PEP 440 range, "" for any). `wanted` is a user's wish: a version ("3.12", "3.12.1"), a range, or
    the path of an executable, or its name on PATH; of a virtual environment's, its base is taken. The host's own Python
    comes first, whose wheels are likely to be on this machine already, without a search; then those of its machine, of
    its version, and the newest. A pre-release is taken only if it is wanted, or the host's own.
    """
    wanted = wanted.strip()
    asked = _range_of(wanted)
    if asked is None:
        try:
            path = Path(wanted).expanduser()
            named = _installation(probe(str(path.absolute() if path.is_file() else path)))
        except RuntimeError as error:  # a home folder that can't be told; NoPythonError is one, too
            raise NoPythonError(f"{error}; name the executable of a Python, or a version such as 3.12") from None
        why = _oddity(named) or _outside(named, python_range)
        if why:
            raise NoPythonError(f"{wanted} (Python {named.version}) can't be taken: {why}; name another, or none")
        return named
    host = _host()
    if host is not None and _in(asked, host) and not (_oddity(host) or _outside(host, python_range)):
        return host
    found = find_all([host] if host is not None else [])
    fitting = [it for it in found if _in(asked, it) and not (_oddity(it) or _outside(it, python_range))]
    if not wanted:
        fitting = [it for it in fitting if not Version(it.version).is_prerelease]
    if not fitting:
        raise NoPythonError(_nothing_fits(found, asked, python_range, wanted))
    return max(fitting, key=lambda it: _liking(it, host))


def _installation(met: Interpreter) -> Interpreter:
    return met if met.executable == met.base else probe(met.base)


def _host() -> Interpreter | None:
    try:
        return _installation(probe(sys.executable))
    except NoPythonError:
        return None


def _range_of(wanted: str) -> SpecifierSet | None:
    """Return what a wish means as a range; None if it is a path."""
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
        f"'{wanted}' names no Python: give a version such as 3.12, a range such as >=3.11, or the path of an executable"
    )


def _in(versions: SpecifierSet, found: Interpreter) -> bool:
    return versions.contains(found.version, prereleases=True)


def _oddity(found: Interpreter) -> str:
    """Return why no environment can be made from an interpreter, whatever its version; empty if one can."""
    if found.implementation != "cpython":
        return f"it is {found.implementation}, and the packages of engines are made for CPython"
    if not found.whole:
        return "its standard library isn't whole, as in embeddable builds, and no environment can be made from it"
    bits = 64 if sys.maxsize > 2**32 else 32
    if found.bits != bits:
        return f"it is a {found.bits}-bit build, and the host's is {bits}-bit"
    if found.free_threaded:
        return "it is a free-threaded build, and the packages of engines are made for those with a GIL"
    return ""


def _outside(found: Interpreter, python_range: str) -> str:
    if not _in(_SUPPORTED, found):
        return f"Voxweft runs on Python {_SUPPORTED}, and this is {found.version}"
    if not _in(SpecifierSet(python_range), found):
        return f"the engine runs on Python {python_range}, and this is {found.version}"
    return ""


def _liking(found: Interpreter, host: Interpreter | None) -> tuple[bool, bool, bool, bool, Version]:
    version = Version(found.version)
    of_machine = of_minor = of_version = False
    if host is not None:
        own = Version(host.version)
        of_machine = found.machine == host.machine
        of_minor, of_version = version.release[:2] == own.release[:2], version == own
    return of_machine, not version.is_prerelease, of_minor, of_version, version


def _nothing_fits(found: Sequence[Interpreter], asked: SpecifierSet, python_range: str, wanted: str) -> str:
    listed = []
    for it in found:
        odd = _oddity(it)
        listed.append(f"{it.version} at {it.executable}" + (f" ({odd})" if odd else ""))
    wish = [f"Voxweft runs on Python {_SUPPORTED}"]
    wish += [f"the engine on {python_range}"] if python_range else []
    wish += [f"asked for was {wanted}"] if wanted else []
    text = f"no Python on this machine fits ({', '.join(wish)}). There is {', '.join(listed) or 'none at all'}. "
    both = asked & SpecifierSet(python_range) & _SUPPORTED
    to_install = [minor for minor in _OFFERED if both.contains(f"{minor}.99")]
    if not to_install and _VERSION.fullmatch(wanted) and both.contains(wanted):
        to_install = [wanted]
    if not to_install:
        return text + ("Ask for another version, or for none" if wanted else "Name one by its path")
    return text + f"Get one: {sys.executable} -m uv python install {to_install[0]}"


def _not_there(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if path.exists():
        return ""
    return f"it is a link to {path.readlink()}, which isn't there" if path.is_symlink() else "it isn't there"
