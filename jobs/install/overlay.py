"""Whether an engine can use the host's torch, and what an overlay takes from the host's Python."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ...utils.environments.fit import closure
from ...utils.environments.installed import Distribution, Installed
from ...utils.environments.interpreter import host_is_complete
from ...utils.environments.record import HostPackages
from ...utils.environments.torch_pair import torch_pair
from ...utils.streaming.contract.engine_spec import EngineSpec

TORCH = ("torch", "torchaudio")
"""The packages that an overlay never has itself."""
_OLDEST = Version("2.3")
"""Older releases of torch don't work with numpy 2, which the overlay may have."""


class Overlay(NamedTuple):
    """What an overlay takes from the host, and the limits that these packages set for it; or why there is none.

    `reason` is empty if the engine can use the host's Python.
    """

    host: HostPackages = HostPackages()
    limits: tuple[str, ...] = ()
    reason: str = ""


def plan(spec: EngineSpec, installed: Installed, python: str) -> Overlay:
    """Return what an engine would take from the host, whose packages are `installed`, or why it can't.

    An engine that names torch in its requirements, constraints or overrides uses the host's. Its constraints don't
    apply to that one: they choose a version for an environment of its own. An engine without torch gets an overlay only
    on a host from which no virtual environment can be made.
    """
    if not SpecifierSet(spec.python).contains(python, prereleases=True):
        return Overlay(reason=f"it requires Python {spec.python}, and the host's is {python}")
    own = spec.environment
    if not uses_torch(spec):
        return Overlay() if not host_is_complete() else Overlay(reason="it doesn't use torch")
    torch, pair = installed.get("torch"), torch_pair(installed)
    if torch is None:
        return Overlay(reason="the host has no torch")
    if pair is not None and pair.fault:
        return Overlay(reason=pair.fault)
    if _version(torch) < _OLDEST:
        return Overlay(reason=f"the host's torch {torch.version} is older than {_OLDEST}")
    for line in (*spec.requirements, *own.requirements, *own.overrides):
        accepted, name = Requirement(line).specifier, _name(line)
        of_host = installed.get(name)
        if name in TORCH and (of_host is None or not accepted.contains(of_host.version, prereleases=True)):
            return Overlay(reason=f"it requires {line}, and the host has {of_host.version if of_host else 'none'}")
    names = [name for name in TORCH if installed.get(name) is not None]
    versions, limits = closure(names, installed, python)
    found = [distribution for name in versions if (distribution := installed.get(name)) is not None]
    modules = sorted({module for distribution in found for module in _modules(distribution)})
    if "torch" not in modules:
        return Overlay(reason="the host's torch is an editable installation")
    paths = tuple(dict.fromkeys(str(distribution.folder.parent) for distribution in found))
    return Overlay(HostPackages(versions=versions, modules=tuple(modules), paths=paths), limits)


def uses_torch(spec: EngineSpec) -> bool:
    """Whether an engine names torch in its requirements, constraints or overrides."""
    own = spec.environment
    lines = (*spec.requirements, *own.requirements, *own.constraints, *own.overrides)
    return any(_name(line) in TORCH for line in lines)


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def _version(distribution: Distribution) -> Version:
    try:
        return Version(distribution.version)
    except InvalidVersion:
        return Version("0")


def _modules(distribution: Distribution) -> Iterable[str]:
    """Return the names to import a distribution by, from its list of files or of names."""
    metadata = importlib.metadata.Distribution.at(distribution.folder)
    listed = (metadata.read_text("top_level.txt") or "").split()
    files = [file for file in metadata.files or () if file.suffix not in (".pth", ".pyc") and file.parts[0] != ".."]
    tops = {file.parts[0].partition(".")[0] for file in files if not file.parts[0].endswith((".dist-info", ".libs"))}
    return {name for name in (*listed, *tops) if name.isidentifier()}
