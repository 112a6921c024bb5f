"""Check a set of requirements against the installed packages, without importing any of them."""

from __future__ import annotations

import functools
import logging
import re
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName, default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..streaming.contract.engine_spec import OwnEnvironment
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
_UNCHANGED = OwnEnvironment()
_OR = re.compile(r"\bor\b")

_log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True):
    """One reason why requirements aren't met. `what` is shown to the user."""

    kind: ProblemKind
    what: str


class _Line(NamedTuple):
    """A parsed requirement. `shown` is its text without the marker."""

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    marker: str
    shown: str


class _Edge(NamedTuple):
    """A requirement that applies here, and its parent: a distribution with its version, "" for the engine itself."""

    line: _Line
    parent: str


class _Step(NamedTuple):
    """A requirement, its parent as in `_Edge`, the installed distribution of its name, and whether it accepts that."""

    line: _Line
    parent: str
    distribution: Distribution | None
    accepted: bool


class _Changes(NamedTuple):
    """What an engine's environment changes in the requirements of packages."""

    overrides: dict[str, _Line]
    excludes: frozenset[str]
    without_dependencies: frozenset[str]

    @classmethod
    def of(cls, environment: OwnEnvironment) -> _Changes:
        overrides = {line.name: line for line in map(_parsed, environment.overrides)}
        excludes = frozenset(_parsed(text).name for text in environment.excludes)
        return cls(overrides, excludes, frozenset(_parsed(text).name for text in environment.without_dependencies))


_met: weakref.WeakKeyDictionary[Installed, set[tuple[object, ...]]] = weakref.WeakKeyDictionary()
"""Requirements found to be met. Problems aren't kept: they can be fixed without changing a folder's timestamp."""


def problems(
    requirements: Sequence[str],
    installed: Installed,
    *,
    python: str,
    python_range: str = "",
    environment: OwnEnvironment = _UNCHANGED,
) -> list[Problem]:
    """Return which requirements, direct or transitive, the installed packages don't meet.

    A Python outside `python_range` is reported alone, since the rest depends on the Python. As in installers, a
    pre-release counts like any version, a URL requirement is met by any version of that name, and an unknown extra
    requires nothing. The requirements of a distribution with a wrong version aren't followed; invalid lines in a
    distribution's metadata are skipped.

    Args:
        requirements: PEP 508 lines.
        installed: The packages to check.
        python: The full version of the Python that would run them; markers are evaluated for it on this machine.
        python_range: A PEP 440 range, empty for any.
        environment: Its overrides replace what packages require, requirements on its excluded packages count as met,
            and those of its packages without dependencies aren't followed.

    Raises:
        InvalidRequirement: (a ValueError) One of `requirements` is invalid.
    """
    python = python.rstrip("+")  # the suffix of an interpreter that was built between two releases
    if python_range and not SpecifierSet(python_range).contains(python, prereleases=True):
        return [Problem("python", f"it requires Python {python_range}, and this is {python}")]
    own = environment
    inputs = (tuple(requirements), python, own.overrides, own.excludes, own.without_dependencies)
    if inputs in _met.get(installed, ()):
        return []
    found = _walk([_parsed(line) for line in requirements], installed, python, _Changes.of(environment))
    if not found:
        _met.setdefault(installed, set()).add(inputs)
    return found


def closure(names: Sequence[str], installed: Installed, python: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return installed distributions and all that they require: versions by name, and the limits that they set.

    The limits are PEP 508 lines of names with version ranges.
    """
    versions: dict[str, str] = {}
    limits: dict[str, None] = {}
    for step in _steps([_parsed(name) for name in names], installed, python, _Changes({}, frozenset(), frozenset())):
        if step.distribution is not None:
            versions[step.line.name] = step.distribution.version
        if step.parent and step.line.specifier:
            limits[f"{step.line.name}{step.line.specifier}"] = None
    return versions, tuple(limits)


def _walk(requirements: Sequence[_Line], installed: Installed, python: str, changes: _Changes) -> list[Problem]:
    found: dict[Problem, None] = {}
    missing: set[str] = set()
    names: set[str] = set()
    for line, parent, distribution, accepted in _steps(requirements, installed, python, changes):
        if distribution is None:
            if line.name not in missing:
                missing.add(line.name)
                found[Problem("missing", _missing(line, parent))] = None
        elif not accepted:
            found[Problem("conflict", _conflict(line, parent, distribution))] = None
        else:
            names.add(line.name)
    pair = torch_pair(installed) if "torch" in names else None
    if pair is not None and pair.fault:
        # transformers and others import torchaudio if it is installed, even if nothing requires it.
        found[Problem("torch", pair.fault)] = None
    return list(found)


def _steps(requirements: Sequence[_Line], installed: Installed, python: str, changes: _Changes) -> Iterator[_Step]:
    """Yield each requirement that applies, direct or transitive; those of an accepted distribution follow."""
    walked: set[tuple[str, str]] = set()
    queue = deque(_Edge(line, "") for line in requirements if _holds(line.marker, ("",), python))
    while queue:
        line, parent = queue.popleft()
        if parent and line.name in changes.excludes:
            continue
        if parent and line.name in changes.overrides:
            line = changes.overrides[line.name]
        distribution = installed.get(line.name)
        accepted = distribution is not None and _accepts(line.specifier, distribution.version)
        yield _Step(line, parent, distribution, accepted)
        if distribution is None or not accepted or line.name in changes.without_dependencies:
            continue
        extras = tuple(extra for extra in ("", *line.extras) if (line.name, extra) not in walked)
        if extras:
            walked.update((line.name, extra) for extra in extras)
            parent = f"{distribution.name} {distribution.version}"
            queue.extend(_Edge(child, parent) for child in _applicable(distribution.requires(), extras, python))


@functools.lru_cache(maxsize=2048)
def _applicable(requires: tuple[str, ...], extras: tuple[str, ...], python: str) -> tuple[_Line, ...]:
    """Return those of a distribution's requirements that apply to one of `extras`, where "" means no extra."""
    lines = []
    for text in requires:
        if ("" not in extras and "extra" not in text) or _is_of_other_extra(text, extras):
            continue
        try:
            line = _parsed(text)
        except InvalidRequirement:
            _log.debug("skipped '%s': not a requirement", text)
            continue
        if _holds(line.marker, extras, python):
            lines.append(line)
    return tuple(lines)


def _is_of_other_extra(text: str, extras: tuple[str, ...]) -> bool:
    """Whether a requirement's marker is false by its text alone; most name extras that aren't requested.

    A marker without `or` is true only if each of its comparisons is.
    """
    marker = text.partition(";")[2]
    if "extra" not in marker or ("or" in marker and _OR.search(marker)):
        return False
    return any(_canonical(first or second) not in extras for first, second in _EXTRA_IS.findall(marker))


_canonical = functools.lru_cache(maxsize=2048)(canonicalize_name)


@functools.lru_cache(maxsize=8192)
def _parsed(text: str) -> _Line:
    """Parse a requirement. InvalidRequirement if it isn't one."""
    plain = _PLAIN.fullmatch(text)
    try:
        if plain is not None:
            # The most frequent form; packaging's full parser takes ten times as long.
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
    """Whether a marker is true for one of the extras; False if it can't be evaluated on this machine."""
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
    """Return the marker environment of a Python of that version on this machine."""
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
    return f"{line.name} is missing ({parent} requires {line.shown})" if parent else f"{line.name} is missing"


def _conflict(line: _Line, parent: str, distribution: Distribution) -> str:
    return (
        f"{parent or 'the engine'} requires {line.shown}, but {distribution.name} {distribution.version} is installed"
    )
