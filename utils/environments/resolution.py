"""Resolve the Python of an engine's worker, without starting or importing anything."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from ..settings import EnvironmentChoice, Settings
from ..streaming.contract.engine_spec import EngineSpec, OwnEnvironment
from ..streaming.contract.errors import NoPythonError
from .command import install
from .fit import Problem, problems
from .installed import Installed
from .interpreter import Modules, modules_of
from .record import EnvironmentRecord
from .store import EnvironmentStore

_MAX_LISTED = 3
"""Problems listed in one message; an engine with nothing installed would have dozens."""


class Location(NamedTuple):
    """The Python of an engine's worker: the `host`'s, its `own` environment's, or the one `named` in its `engine.toml`.

    `interpreter` is the executable, empty for the host's; `python` its full version, empty if unknown. `overlay` is the
    folder of an own environment that the Python of a host runs, `torch` the version of that host's torch that it uses.
    """

    kind: Literal["host", "own", "named"]
    interpreter: str = ""
    python: str = ""
    overlay: str = ""
    torch: str = ""


class MissingRequirement(NamedTuple):
    """A missing requirement of an engine, and the fix. `only_weights`: model files, which its first job downloads."""

    what: str
    fix: str
    only_weights: bool = False


class Resolution(NamedTuple):
    """The location of an engine, or the missing requirement; `host_problems` are reasons against the host's Python."""

    location: Location | None
    missing: MissingRequirement | None
    host_problems: tuple[Problem, ...] = ()


class _Inputs(NamedTuple):
    """The inputs of a remembered result."""

    installed: Installed
    requirements: tuple[str, ...]
    python_range: str
    environment: OwnEnvironment


class Environments:
    """Resolves where engines run, by the user's choice. Cheap enough to call for each job, from any thread.

    Without a store no engine has its own environment.
    """

    def __init__(
        self, store: EnvironmentStore | None = None, choices: Mapping[str, EnvironmentChoice] | None = None
    ) -> None:
        self.store = store
        self._choices = dict(choices or {})
        self._known: dict[tuple[str, str], tuple[_Inputs, tuple[Problem, ...]]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Environments:
        """Return the environments that the settings describe."""
        return cls(EnvironmentStore(settings.environments_home), settings.environments)

    def resolve(self, spec: EngineSpec) -> Resolution:
        """Return where an engine's worker runs, or why it can't run anywhere yet."""
        if spec.interpreter:
            return self._resolve_named(spec)
        choice = self._choices.get(spec.name, self._choices.get("", "auto"))
        host: tuple[Problem, ...] = ()
        if choice != "own":
            host = self._problems(spec, Installed.of_host(), _running())
            if not host:
                return Resolution(Location("host", "", _running()), None)
            if choice == "host":
                fix = f"{_install(spec, sys.executable, Installed.of_host())}, or unset VOXWEFT_ENVIRONMENT"
                return Resolution(None, MissingRequirement(summarize(host), fix), host)
        return self._resolve_own(spec, host)

    def resolved(self, spec: EngineSpec) -> EngineSpec:
        """Return the engine with its `interpreter` resolved. LookupError names the missing requirement and the fix."""
        resolution = self.resolve(spec)
        if resolution.location is None:
            missing = resolution.missing
            assert missing is not None
            raise LookupError(f"engine '{spec.name}' can't run here: {missing.what}; {missing.fix}")
        return located(spec, resolution.location)

    def installed(self, spec: EngineSpec) -> Installed:
        """Return the packages of a resolved engine's Python; none for a Python that doesn't run."""
        own = self.store
        if own is not None and (spec.overlay, spec.interpreter) == (own.overlay(spec.name), str(own.python(spec.name))):
            return own.installed(spec.name)
        if spec.interpreter in ("", sys.executable):
            return Installed.of_host()
        try:
            return Installed.of_paths(_modules(spec.interpreter).path)
        except NoPythonError:
            return Installed.of_paths(())

    def versions(self, spec: EngineSpec) -> dict[str, str]:
        """Return the versions of the packages that decide a resolved engine's output; '' for a missing one."""
        installed = self.installed(spec)
        found = {name: installed.get(name) for name in spec.deciding_distributions}
        return {name: distribution.version if distribution else "" for name, distribution in found.items()}

    def _resolve_named(self, spec: EngineSpec) -> Resolution:
        fix = f"correct 'interpreter' in {spec.folder}/engine.toml"
        if shutil.which(spec.interpreter) is None:
            return Resolution(None, MissingRequirement(f"its interpreter '{spec.interpreter}' can't be run", fix))
        try:
            python = _modules(spec.interpreter).version
        except NoPythonError as error:
            return Resolution(None, MissingRequirement(str(error), fix))
        installed = self.installed(spec)
        found = self._problems(spec, installed, python)
        if found:
            return Resolution(None, MissingRequirement(summarize(found), _install(spec, spec.interpreter, installed)))
        return Resolution(Location("named", spec.interpreter, python), None)

    def _resolve_own(self, spec: EngineSpec, host: tuple[Problem, ...]) -> Resolution:
        def missing(what: str) -> Resolution:
            return Resolution(None, MissingRequirement(what, f"voxweft engines install {spec.name}"), host)

        record = self.store.record(spec.name) if self.store is not None else None
        if self.store is None or record is None:
            return missing(summarize(host) if host else "it is set to run in its own environment, which isn't built")
        python = self.store.python(spec.name)
        if python is None or self.store.base_gone(spec.name):
            return missing(f"the Python that its environment was made from is gone ({record.base})")
        changed = host_change(record)
        if changed:
            return missing(changed)
        found = self._problems(spec, self.store.installed(spec.name), record.python)
        if found:
            return missing(f"its environment no longer meets its requirements: {summarize(found)}")
        torch = record.host.torch if record.host is not None else ""
        location = Location("own", str(python), record.python, self.store.overlay(spec.name), torch)
        return Resolution(location, None, host)

    def _problems(self, spec: EngineSpec, installed: Installed, python: str) -> tuple[Problem, ...]:
        # Installed.of_paths returns the same object while nothing has changed on disk, so identity is enough.
        inputs = _Inputs(installed, (*spec.requirements, *spec.distributions), spec.python, spec.environment)
        before, found = self._known.get((spec.name, python), (None, ()))
        if before != inputs:
            found = tuple(
                problems(
                    inputs.requirements,
                    installed,
                    python=python,
                    python_range=spec.python,
                    environment=spec.environment,
                )
            )
            self._known[spec.name, python] = inputs, found
        return found


def located(spec: EngineSpec, location: Location) -> EngineSpec:
    """Return an engine as its worker is started at a location."""
    if (spec.interpreter, spec.overlay) == (location.interpreter, location.overlay):
        return spec
    return msgspec.structs.replace(spec, interpreter=location.interpreter, overlay=location.overlay)


def host_change(record: EnvironmentRecord) -> str:
    """Return how the Python and the torch that an environment uses have changed since it was built; '' if not."""
    if record.host is None:
        return ""
    running = _running()
    of_process = os.path.realpath(record.base) == os.path.realpath(sys.executable)
    if of_process and running.split(".")[:2] != record.python.split(".")[:2]:
        return f"it was installed for Python {record.python}, and the host's is {running} now"
    installed = Installed.of_paths(record.host.paths)
    for name in ("torch", "torchaudio"):
        before, found = record.host.versions.get(name), installed.get(name)
        now = None if found is None else found.version
        if before is not None and now != before:
            return f"it was installed for the host's {name} {before}, which is {now or 'gone'} now"
    return ""


def _running() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def summarize(found: Sequence[Problem]) -> str:
    """Return the first problems, and the number of the others."""
    return first_few([problem.what for problem in found])


def first_few(texts: Sequence[str]) -> str:
    """Return the first texts, and the number of the others."""
    more = [f"and {len(texts) - _MAX_LISTED} more"] if len(texts) > _MAX_LISTED else []
    return "; ".join([*texts[:_MAX_LISTED], *more])


def _install(spec: EngineSpec, python: str, installed: Installed) -> str:
    # Packages that an engine only declares as deciding the output can be installed by name.
    return install(python, installed, *(spec.requirements or spec.distributions))


@functools.lru_cache(maxsize=64)
def _modules(interpreter: str) -> Modules:
    return modules_of(interpreter)
