"""Each engine: where it runs, whether that place is sound, its model's files, and its worker, which is started."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ...jobs.install.check import faults
from ...utils.environments.choice import Environments, Lack, Place, Placing, first_few
from ...utils.environments.command import install
from ...utils.environments.installed import Installed
from ...utils.environments.store import EnvironmentStore
from ...utils.models.layout import size_of, wanted, weights_of
from ...utils.models.store import ModelStore
from ...utils.settings import Settings
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import StreamingError
from ...utils.streaming.contract.registry import BUILT_IN, EngineRegistry
from ...utils.streaming.loading.readiness import lack_of
from ...utils.streaming.runtime import Runtime
from . import espeak, recommended
from .finding import Finding, State
from .state import reason

_CORE_ENGINE = "espeak"
"""The engine whose packages come with the core: without them something is broken, while others are offers."""


class Engines:
    """Examines the engines of a registry under the user's settings."""

    def __init__(self, registry: EngineRegistry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings
        self._store = EnvironmentStore(settings.environments_home)
        self._environments = Environments(self._store, settings.environments)
        self._models = ModelStore.of(settings)

    def findings(self) -> list[Finding]:
        """Return what can be said about each engine, one that can't be read included. Workers are started and ended."""
        found = [
            Finding(subject="engine", state="broken", detail=str(error), mend="correct that file")
            for error in self._registry.broken
        ]
        runtime = Runtime(msgspec.structs.replace(self._settings, cache_bytes=0), self._registry)
        try:
            for spec in self._registry.specs.values():
                found += self._engine(spec, runtime)
        finally:
            runtime.close()
        return found

    def _engine(self, spec: EngineSpec, runtime: Runtime) -> list[Finding]:
        placing = self._environments.placing(spec)
        if placing.place is None:
            return [self._unplaced(spec, placing)]
        place = placing.place
        placed = msgspec.structs.replace(spec, interpreter=place.interpreter)
        installed = self._environments.installed(placed)
        damage = self._damage(spec)
        if place.kind == "own" and damage:
            return [_damaged(spec, damage)]
        found = [_unused(spec, damage)] if damage else []
        lacking = espeak.absent(installed) if espeak.DISTRIBUTION in spec.deciding_distributions else ""
        if lacking:
            return [_without_espeak(spec, place, installed, lacking), *found]
        found += recommended.findings(spec, place, installed)
        lack = lack_of(spec, self._models, self._environments)
        if lack is not None:
            return [_without_weights(spec, lack, offline=self._settings.offline), *found]
        return [self._worker(spec, place, runtime), *found]

    def _damage(self, spec: EngineSpec) -> list[str]:
        return faults(self._store, spec) if self._store.record(spec.name) is not None else []

    def _unplaced(self, spec: EngineSpec, placing: Placing) -> Finding:
        lack = placing.lack
        assert lack is not None
        choices = self._settings.environments
        may_be_own = not spec.interpreter and choices.get(spec.name, choices.get("", "auto")) != "host"
        record = self._store.record(spec.name) if may_be_own else None
        if record is not None and self._store.base_gone(spec.name):
            return Finding(
                subject=f"engine {spec.name}",
                state="broken",
                detail="the Python that its environment was made from is gone",
                why=f"Python {record.python} isn't at {record.base} any more: it was removed, moved or replaced",
                mend=lack.mend,
            )
        if record is not None:
            return _damaged(spec, self._damage(spec) or [lack.what])
        is_built_in = Path(spec.folder).parent == BUILT_IN
        host = Installed.of_host()
        if is_built_in and spec.name == _CORE_ENGINE and placing.host:
            mend = install(sys.executable, host, *spec.requirements)
            return _finding(spec, "broken", "eSpeak NG isn't installed completely", lack.what, mend)
        # What comes with Voxweft is an offer until it is installed; what the user brought or installed should run.
        is_offer = is_built_in and any(host.get(name) is None for name in spec.distributions)
        detail = "not installed yet" if is_offer else "can't run"
        if any(problem.kind != "missing" for problem in placing.host):
            detail = "needs an environment of its own"
        return _finding(spec, "warning" if is_offer else "broken", detail, reason(spec, placing), lack.mend)

    def _worker(self, spec: EngineSpec, place: Place, runtime: Runtime) -> Finding:
        try:
            voices = runtime.run(runtime.voices(spec.name))
        except ValueError as error:
            # What an engine can't use of the user's settings is refused before anything is started.
            is_device = bool(spec.devices) and self._settings.device not in ("", *spec.devices)
            setting = "VOXWEFT_DEVICE" if is_device else "VOXWEFT_DTYPE"
            return _finding(spec, "broken", "can't run as it is set", str(error), f"correct or unset {setting}")
        except (StreamingError, OSError) as error:
            why = str(error).removeprefix(f"engine '{spec.name}': ")
            return _finding(spec, "broken", "its worker doesn't start", why, _mend_of_worker(spec, place))
        placed = msgspec.structs.replace(spec, interpreter=place.interpreter)
        versions = self._environments.versions(placed)
        found = [f"{name} {versions[name]}" for name in spec.distributions if versions.get(name)]
        n_voices = f"{len(voices)} voice{'' if len(voices) == 1 else 's'}"
        found.append(f"its worker starts and has {n_voices}" if spec.task == "speech" else "its worker starts")
        if place.kind != "host":
            where = "an environment of its own" if place.kind == "own" else place.interpreter
            found.append(f"in {where} (Python {place.python})")
        return _finding(spec, "good", ", ".join(found))


def _finding(spec: EngineSpec, state: State, detail: str, why: str = "", mend: str = "") -> Finding:
    return Finding(subject=f"engine {spec.name}", state=state, detail=detail, why=why, mend=mend)


def _damaged(spec: EngineSpec, damage: list[str]) -> Finding:
    return _finding(spec, "broken", "its environment isn't as it was built", first_few(damage), _install_command(spec))


def _unused(spec: EngineSpec, damage: list[str]) -> Finding:
    detail = "it has an environment of its own too, which isn't used and isn't as it was built"
    return _finding(spec, "warning", detail, first_few(damage), f"voxweft engines remove {spec.name}")


def _without_espeak(spec: EngineSpec, place: Place, installed: Installed, lacking: str) -> Finding:
    python = place.interpreter or sys.executable
    mend = install(python, installed, "--force-reinstall", "--no-deps", espeak.DISTRIBUTION)
    if place.kind == "own":
        mend = _install_command(spec)
    return _finding(spec, "broken", "eSpeak NG isn't installed completely", f"{lacking} is missing", mend)


def _without_weights(spec: EngineSpec, lack: Lack, *, offline: bool) -> Finding:
    weights = weights_of(spec, "") if lack.only_weights else None
    if weights is None:
        return _finding(spec, "broken", lack.what, "", lack.mend)
    size = size_of(wanted(weights, None))
    detail = f"the files of its model {spec.default_model} aren't on this machine yet"
    if offline:
        mend = f"unset VOXWEFT_OFFLINE, then {lack.mend}"
        return _finding(spec, "warning", detail, f"VOXWEFT_OFFLINE is set, and they are {size} to fetch", mend)
    return _finding(spec, "warning", detail, f"its first job would fetch them ({size})", lack.mend)


def _mend_of_worker(spec: EngineSpec, place: Place) -> str:
    if Path(spec.folder).parent != BUILT_IN:
        return f"correct it in {spec.folder}"
    if place.kind == "own":
        return f"voxweft engines update {spec.name}"
    return f"{_install_command(spec)}, and set VOXWEFT_ENVIRONMENT={spec.name}=own"


def _install_command(spec: EngineSpec) -> str:
    return f"voxweft engines install {spec.name}"
