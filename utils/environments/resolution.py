"""Which Python an engine's worker runs under, settled without starting or importing anything."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from ..settings import EnvironmentChoice, Settings
from ..streaming.contract.engine_spec import EngineSpec
from .command import install
from .errors import NoPythonError
from .fit import Problem, problems
from .installed import Installed
from .interpreter import Interpreter, probe
from .store import EnvironmentStore

_MOST_SAID = 3
"""Problems that are named at once; an engine of which nothing is installed would have dozens."""


class Place(NamedTuple):
    """Where an engine's worker runs: `host`, an environment of its `own`, or the Python `named` in its `engine.toml`.

    `interpreter` is the executable, empty for the host's; `python` its full version, empty where it wasn't asked.
    """

    kind: Literal["host", "own", "named"]
    interpreter: str = ""
    python: str = ""


class Lack(NamedTuple):
    """What an engine lacks, and what mends it. `only_weights`: a model's files, which its first job would fetch."""

    what: str
    mend: str
    only_weights: bool = False


class Placing(NamedTuple):
    """The place of an engine, or else what it lacks; and in both cases what keeps it from the host, if it was asked."""

    place: Place | None
    lack: Lack | None
    host: tuple[Problem, ...] = ()


class _Asked(NamedTuple):
    """What the last answer about an engine was given for."""

    installed: Installed
    requirements: tuple[str, ...]
    python_range: str


class Environments:
    """Settles where engines run, by the user's choice. Cheap enough to ask for each job; any thread may.

    Without a store no engine has an environment of its own.
    """

    def __init__(
        self, store: EnvironmentStore | None = None, choices: Mapping[str, EnvironmentChoice] | None = None
    ) -> None:
        self.store = store
        self._choices = dict(choices or {})
        self._known: dict[tuple[str, str], tuple[_Asked, tuple[Problem, ...]]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Environments:
        """Return what the settings say."""
        return cls(EnvironmentStore(settings.environments_home), settings.environments)

    def placing(self, spec: EngineSpec) -> Placing:
        """Return where an engine's worker runs, or why it can't run anywhere yet."""
        if spec.interpreter:
            return self._named(spec)
        choice = self._choices.get(spec.name, self._choices.get("", "auto"))
        host: tuple[Problem, ...] = ()
        if choice != "own":
            host = self._problems(spec, Installed.of_host(), _running())
            if not host:
                return Placing(Place("host", "", _running()), None)
            if choice == "host":
                mend = f"{_install(spec, sys.executable, Installed.of_host())}, or unset VOXWEFT_ENVIRONMENT"
                return Placing(None, Lack(said(host), mend), host)
        return self._own(spec, host)

    def placed(self, spec: EngineSpec) -> EngineSpec:
        """Return the engine with its `interpreter` settled. LookupError says what it lacks and what mends it."""
        placing = self.placing(spec)
        if placing.place is None:
            lack = placing.lack
            assert lack is not None
            raise LookupError(f"engine '{spec.name}' can't run here: {lack.what}; {lack.mend}")
        if placing.place.interpreter == spec.interpreter:
            return spec
        return msgspec.structs.replace(spec, interpreter=placing.place.interpreter)

    def installed(self, spec: EngineSpec) -> Installed:
        """Return what is installed where a placed engine's worker runs; nothing for a Python that can't be run."""
        if spec.interpreter in ("", sys.executable):
            return Installed.of_host()
        if self.store is not None and str(self.store.python(spec.name)) == spec.interpreter:
            return Installed.of_paths(self.store.module_path(spec.name))
        try:
            return Installed.of_paths(_asked(spec.interpreter).module_path)
        except NoPythonError:
            return Installed.of_paths(())

    def versions(self, spec: EngineSpec) -> dict[str, str]:
        """Return the versions of the packages that decide a placed engine's output; '' for a missing one."""
        installed = self.installed(spec)
        found = {name: installed.get(name) for name in spec.deciding_distributions}
        return {name: distribution.version if distribution else "" for name, distribution in found.items()}

    def _named(self, spec: EngineSpec) -> Placing:
        toml = f"{spec.folder}/engine.toml"
        if shutil.which(spec.interpreter) is None:
            lack = Lack(f"its interpreter {spec.interpreter} can't be run", f"correct 'interpreter' in {toml}")
            return Placing(None, lack)
        try:
            python = _asked(spec.interpreter).version
        except NoPythonError as error:
            return Placing(None, Lack(str(error), f"correct 'interpreter' in {toml}"))
        installed = self.installed(spec)
        found = self._problems(spec, installed, python)
        if found:
            return Placing(None, Lack(said(found), _install(spec, spec.interpreter, installed)))
        return Placing(Place("named", spec.interpreter, python), None)

    def _own(self, spec: EngineSpec, host: tuple[Problem, ...]) -> Placing:
        build = f"voxweft engines install {spec.name}"
        record = self.store.record(spec.name) if self.store is not None else None
        if self.store is None or record is None:
            if not host:
                return Placing(None, Lack("it shall run in an environment of its own, and there is none", build), host)
            return Placing(None, Lack(said(host), build), host)
        python = self.store.python(spec.name)
        if python is None or self.store.base_gone(spec.name):
            return Placing(
                None, Lack(f"the Python that its environment was made from is gone ({record.base})", build), host
            )
        found = self._problems(spec, Installed.of_paths(self.store.module_path(spec.name)), record.python)
        if found:
            return Placing(None, Lack(f"its environment doesn't hold any more: {said(found)}", build), host)
        return Placing(Place("own", str(python), record.python), None, host)

    def _problems(self, spec: EngineSpec, installed: Installed, python: str) -> tuple[Problem, ...]:
        # Installed gives the same object while nothing has changed on the disk.
        asked = _Asked(installed, (*spec.requirements, *spec.distributions), spec.python)
        before, found = self._known.get((spec.name, python), (None, ()))
        if before != asked:
            found = tuple(problems(asked.requirements, installed, python=python, python_range=spec.python))
            self._known[spec.name, python] = asked, found
        return found


def _running() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def said(found: Sequence[Problem]) -> str:
    """Return problems in a few words."""
    return first_few([problem.what for problem in found])


def first_few(texts: Sequence[str]) -> str:
    """Return the first of several texts, and how many there are besides."""
    more = [f"and {len(texts) - _MOST_SAID} more"] if len(texts) > _MOST_SAID else []
    return "; ".join([*texts[:_MOST_SAID], *more])


def _install(spec: EngineSpec, python: str, installed: Installed) -> str:
    # Packages that an author has only declared as deciding the sound can be installed by name.
    return install(python, installed, *(spec.requirements or spec.distributions))


@functools.lru_cache(maxsize=64)
def _asked(interpreter: str) -> Interpreter:
    return probe(interpreter)
