"""Whether a set of requirements holds on what is installed, found without importing any of it."""

from __future__ import annotations

import functools
import logging
import re
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName, default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .installed import Distribution, Installed
from .torch_pair import torch_pair

ProblemKind = Literal["python", "missing", "conflict", "torch"]

_PLAIN = re.compile(
    r"\s*(?P<name>[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?)\s*"
    r"(?:\[(?P<extras>[A-Z0-9._,\s-]*)\])?\s*"
    r"(?P<specifier>[^;@()\[\]]*)"
    r"(?:;\s*(?P<marker>\S.*))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_EXTRA_IS = re.compile(r"""\bextra\s*==\s*(?:"([^"]*)"|'([^']*)')""")
_OR = re.compile(r"\bor\b")

_log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True):
    """One reason why requirements don't hold. `what` is for a user."""

    kind: ProblemKind
    what: str


class _Line(NamedTuple):
    """A requirement: its canonical name and extras, which versions it takes, and how it reads without its marker."""

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    marker: str
    shown: str


class _Want(NamedTuple):
    """A requirement that holds here, and who has it: a distribution with its version, "" for the engine itself."""

    line: _Line
    parent: str


_good: weakref.WeakKeyDictionary[Installed, set[tuple[tuple[str, ...], str]]] = weakref.WeakKeyDictionary()
"""What was found to hold. A problem isn't remembered: it may end without a trace in a folder's time of change."""


def problems(
    requirements: Sequence[str], installed: Installed, *, python: str, python_range: str = ""
) -> list[Problem]:
    """Return what keeps requirements from holding on what is installed, with all that these require in turn.

    `python` is the full version of the Python that would run it, for which markers are evaluated on this machine. A
    Python outside `python_range` is the only problem then: all else could only be said of the right one. A pre-release
    counts like any version, a requirement of a URL holds with any version of its name, and an extra that a distribution
    doesn't have asks for nothing, as installers see it. What a distribution of a wrong version requires isn't looked
    at, nor is a line of a distribution's metadata that is no requirement. InvalidRequirement (a ValueError) if one of
    `requirements` isn't one.
    """
    python = python.rstrip("+")  # how an interpreter names itself that was built between two releases
    if python_range and not SpecifierSet(python_range).contains(python, prereleases=True):
        return [Problem("python", f"it runs on Python {python_range}, and this is {python}")]
    asked = (tuple(requirements), python)
    if asked in _good.get(installed, ()):
        return []
    found = _walk([_parsed(line) for line in requirements], installed, python)
    if not found:
        _good.setdefault(installed, set()).add(asked)
    return found


def _walk(requirements: Sequence[_Line], installed: Installed, python: str) -> list[Problem]:
    found: dict[Problem, None] = {}
    missing: set[str] = set()
    walked: set[tuple[str, str]] = set()
    queue = deque(_Want(line, "") for line in requirements if _holds(line.marker, ("",), python))
    while queue:
        line, parent = queue.popleft()
        distribution = installed.get(line.name)
        if distribution is None:
            if line.name not in missing:
                missing.add(line.name)
                found[Problem("missing", _missing(line, parent))] = None
        elif not _accepts(line.specifier, distribution.version):
            found[Problem("conflict", _conflict(line, parent, distribution))] = None
        else:
            extras = tuple(extra for extra in ("", *line.extras) if (line.name, extra) not in walked)
            if extras:
                walked.update((line.name, extra) for extra in extras)
                parent = f"{distribution.name} {distribution.version}"
                queue.extend(_Want(wanted, parent) for wanted in _held(distribution.requires(), extras, python))
    pair = torch_pair(installed) if ("torch", "") in walked else None
    if pair is not None and pair.fault:
        # transformers and others import torchaudio wherever they find it, asked for or not.
        found[Problem("torch", pair.fault)] = None
    return list(found)


@functools.lru_cache(maxsize=2048)
def _held(requires: tuple[str, ...], extras: tuple[str, ...], python: str) -> tuple[_Line, ...]:
    """Return those of a distribution's requirements that hold for some of its extras, "" being none of them."""
    held = []
    for text in requires:
        if ("" not in extras and "extra" not in text) or _is_of_other_extra(text, extras):
            continue
        try:
            line = _parsed(text)
        except InvalidRequirement:
            _log.debug("passing over '%s', which is no requirement", text)
            continue
        if _holds(line.marker, extras, python):
            held.append(line)
    return tuple(held)


def _is_of_other_extra(text: str, extras: tuple[str, ...]) -> bool:
    """Whether a requirement's marker can't hold, by its text alone: most are of extras that nobody asked for.

    A marker without an alternative holds only if each of its comparisons does.
    """
    marker = text.partition(";")[2]
    if "extra" not in marker or ("or" in marker and _OR.search(marker)):
        return False
    return any(_canonical(first or second) not in extras for first, second in _EXTRA_IS.findall(marker))


_canonical = functools.lru_cache(maxsize=2048)(canonicalize_name)


@functools.lru_cache(maxsize=8192)
def _parsed(text: str) -> _Line:
    """Return what a requirement says. InvalidRequirement if it is none."""
    plain = _PLAIN.fullmatch(text)
    try:
        if plain is not None:
            # The grammar's most frequent form, which takes its full parser ten times as long.
            name, specifier, marker = plain["name"], SpecifierSet(plain["specifier"]), plain["marker"] or ""
            extras = [extra.strip() for extra in (plain["extras"] or "").split(",")]
            _marker(marker)
        else:
            full = Requirement(text)
            name, specifier, marker = full.name, full.specifier, str(full.marker or "")
            extras = sorted(full.extras)
    except (InvalidSpecifier, InvalidMarker) as error:
        raise InvalidRequirement(str(error)) from error
    names = tuple(canonicalize_name(extra) for extra in extras if extra)
    shown = f"{name}[{','.join(names)}]" if names else name
    return _Line(canonicalize_name(name), names, specifier, marker, f"{shown}{specifier}")


@functools.lru_cache(maxsize=2048)
def _marker(text: str) -> Marker | None:
    return Marker(text) if text else None


@functools.lru_cache(maxsize=8192)
def _holds(text: str, extras: tuple[str, ...], python: str) -> bool:
    """Whether a marker holds for one of the extras; one that can't be evaluated on this machine doesn't."""
    marker = _marker(text)
    if marker is None:
        return True
    environment = _environment(python)
    try:
        return any(marker.evaluate({**environment, "extra": extra}) for extra in extras)
    except (InvalidVersion, UndefinedComparison, UndefinedEnvironmentName):
        return False


@functools.lru_cache(maxsize=16)
def _environment(python: str) -> dict[str, str]:
    """Return what markers are compared with, for a Python of that version on this machine."""
    version = Version(python)
    environment = {key: str(value) for key, value in default_environment().items()}
    environment["python_version"] = f"{version.major}.{version.minor}"
    environment["python_full_version"] = environment["implementation_version"] = python
    return environment


def _accepts(specifier: SpecifierSet, version: str) -> bool:
    try:
        return not specifier or specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False


def _missing(line: _Line, parent: str) -> str:
    return f"{line.name} is missing, and {parent} wants {line.shown}" if parent else f"{line.name} is missing"


def _conflict(line: _Line, parent: str, distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version} is here, and {parent or 'the engine'} wants {line.shown}"
