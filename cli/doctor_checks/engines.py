"""Check each engine: its environment, its model files, and that its worker starts."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ...jobs.install.check import faults
from ...utils.environments.command import install
from ...utils.environments.installed import Installed
from ...utils.environments.resolution import (
    Environments,
    Location,
    MissingRequirement,
    Resolution,
    first_few,
    located,
)
from ...utils.environments.store import EnvironmentStore
from ...utils.models.layout import declared_weights, format_total, select_files
from ...utils.models.licenses import terms_of
from ...utils.models.store import ModelStore
from ...utils.settings import Settings
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import StreamingError
from ...utils.streaming.contract.registry import BUILT_IN, EngineRegistry
from ...utils.streaming.loading.readiness import missing_requirement
from ...utils.streaming.runtime import Runtime
from . import espeak, recommended
from .finding import Finding, State
from .state import reason

_CORE_ENGINE = "espeak"
"""The engine whose packages come with the core: if they are missing, the installation is broken."""


class Engines:
    """Checks the engines of a registry with the user's settings."""

    def __init__(self, registry: EngineRegistry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings
        self._store = EnvironmentStore(settings.environments_home)
        self._environments = Environments(self._store, settings.environments)
        self._models = ModelStore.of(settings)

    def findings(self) -> list[Finding]:
        """Check each engine, including the ones with an invalid engine.toml. Starts and stops their workers."""
        found = [
            Finding(subject="engine", state="broken", detail=str(error), fix="correct this file")
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
        resolution = self._environments.resolve(spec)
        if resolution.location is None:
            return [self._unresolved(spec, resolution)]
        location = resolution.location
        installed = self._environments.installed(located(spec, location))
        damage = self._damage(spec)
        if location.kind == "own" and damage:
            return [_damaged(spec, damage)]
        found = [_unused(spec, damage)] if damage else []
        absent = espeak.absent(installed) if espeak.DISTRIBUTION in spec.deciding_distributions else ""
        if absent:
            return [_without_espeak(spec, location, installed, absent), *found]
        found += recommended.findings(spec, location, installed)
        missing = missing_requirement(spec, self._models, self._environments)
        if missing is not None:
            return [self._not_ready(spec, missing), *found]
        return [self._worker(spec, location, runtime), *found]

    def _not_ready(self, spec: EngineSpec, missing: MissingRequirement) -> Finding:
        if self._settings.commercial and not spec.facts("").commercial:
            return _finding(spec, "warning", "not for commercial use", missing.what, missing.fix)
        if not missing.only_weights:
            return _finding(spec, "broken", missing.what, "", missing.fix)
        weights, terms = declared_weights(spec, ""), terms_of(spec, "")
        assert weights is not None
        size = format_total(select_files(weights, None))
        detail = f"the files of its model {spec.default_model} are not downloaded yet"
        if self._settings.offline:
            fix = f"unset VOXWEFT_OFFLINE, then {missing.fix}"
            return _finding(spec, "warning", detail, f"VOXWEFT_OFFLINE is set; the download is {size}", fix)
        if not self._models.licenses.accepts(terms):
            why = f"their license must be accepted first: {terms.summary}, {terms.page}; the download is {size}"
            return _finding(spec, "warning", detail, why, missing.fix)
        return _finding(spec, "warning", detail, f"its first job downloads them ({size})", missing.fix)

    def _damage(self, spec: EngineSpec) -> list[str]:
        return faults(self._store, spec) if self._store.record(spec.name) is not None else []

    def _unresolved(self, spec: EngineSpec, resolution: Resolution) -> Finding:
        missing = resolution.missing
        assert missing is not None
        choices = self._settings.environments
        may_be_own = not spec.interpreter and choices.get(spec.name, choices.get("", "auto")) != "host"
        record = self._store.record(spec.name) if may_be_own else None
        if record is not None and self._store.base_gone(spec.name):
            return Finding(
                subject=f"engine {spec.name}",
                state="broken",
                detail="the base Python of its environment is missing",
                why=f"Python {record.python} is no longer at {record.base}: it was removed, moved or replaced",
                fix=missing.fix,
            )
        if record is not None:
            return _damaged(spec, self._damage(spec) or [missing.what])
        is_built_in = Path(spec.folder).parent == BUILT_IN
        host = Installed.of_host()
        if is_built_in and spec.name == _CORE_ENGINE and resolution.host_problems:
            fix = install(sys.executable, host, *spec.requirements)
            return _finding(spec, "broken", "eSpeak NG is not installed completely", missing.what, fix)
        # A built-in engine that was never installed is optional; one that the user added or installed should run.
        is_optional = is_built_in and any(host.get(name) is None for name in spec.distributions)
        detail = "not installed yet" if is_optional else "can't run"
        if any(problem.kind != "missing" for problem in resolution.host_problems):
            detail = "needs its own environment"
        return _finding(spec, "warning" if is_optional else "broken", detail, reason(spec, resolution), missing.fix)

    def _worker(self, spec: EngineSpec, location: Location, runtime: Runtime) -> Finding:
        try:
            voices = runtime.run(runtime.voices(spec.name))
        except ValueError as error:
            # A device or data type that the engine doesn't support is refused before a worker starts.
            is_device = bool(spec.devices) and self._settings.device not in ("", *spec.devices)
            setting = "VOXWEFT_DEVICE" if is_device else "VOXWEFT_DTYPE"
            return _finding(spec, "broken", "invalid setting", str(error), f"correct or unset {setting}")
        except (StreamingError, OSError) as error:
            why = str(error).removeprefix(f"engine '{spec.name}': ")
            return _finding(spec, "broken", "its worker does not start", why, _fix_for_worker(spec, location))
        versions = self._environments.versions(located(spec, location))
        found = [f"{name} {versions[name]}" for name in spec.distributions if versions.get(name)]
        n_voices = f"{len(voices)} voice{'' if len(voices) == 1 else 's'}"
        found.append(f"its worker starts and has {n_voices}" if spec.task == "speech" else "its worker starts")
        if location.kind != "host":
            where = "its own environment" if location.kind == "own" else location.interpreter
            where += f" on the host's torch {location.torch}" if location.torch else ""
            found.append(f"in {where} (Python {location.python})")
        return _finding(spec, "good", ", ".join(found))


def _finding(spec: EngineSpec, state: State, detail: str, why: str = "", fix: str = "") -> Finding:
    return Finding(subject=f"engine {spec.name}", state=state, detail=detail, why=why, fix=fix)


def _damaged(spec: EngineSpec, damage: list[str]) -> Finding:
    return _finding(spec, "broken", "its environment is damaged or outdated", first_few(damage), _install_command(spec))


def _unused(spec: EngineSpec, damage: list[str]) -> Finding:
    detail = "its own environment, which is not used, is damaged or outdated"
    return _finding(spec, "warning", detail, first_few(damage), f"voxweft engines remove {spec.name}")


def _without_espeak(spec: EngineSpec, location: Location, installed: Installed, absent: str) -> Finding:
    python = location.interpreter or sys.executable
    fix = install(python, installed, "--force-reinstall", "--no-deps", espeak.DISTRIBUTION)
    if location.kind == "own":
        fix = _install_command(spec)
    return _finding(spec, "broken", "eSpeak NG is not installed completely", f"{absent} is missing", fix)


def _fix_for_worker(spec: EngineSpec, location: Location) -> str:
    if Path(spec.folder).parent != BUILT_IN:
        return f"correct the engine in {spec.folder}"
    if location.kind == "own":
        return f"voxweft engines update {spec.name}"
    return f"{_install_command(spec)}, and set VOXWEFT_ENVIRONMENT={spec.name}=own"


def _install_command(spec: EngineSpec) -> str:
    return f"voxweft engines install {spec.name}"
