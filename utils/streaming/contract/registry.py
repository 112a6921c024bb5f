"""The engines: built in, in the user's folders, in installed packages. Reads data, and runs no engine's code."""

from __future__ import annotations

import copy
import importlib.metadata
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

import msgspec

from ...suggestions import did_you_mean
from .engine_spec import EngineSpec, read_spec
from .errors import SpecError, UnknownEngineError
from .language_tags import has_tag

ENTRY_POINT_GROUP = "voxweft.engines"
BUILT_IN = Path(__file__).resolve().parents[3] / "engines"
HELPERS = BUILT_IN.with_name("helpers")

_log = logging.getLogger(__name__)


class EngineRegistry:
    """The engines found at construction, by name. An invalid `engine.toml` is listed in `broken` and skipped.

    `is_ready` returns whether an engine can work at once with one of its models (the default one for an empty name);
    the runtime, which can find weights, replaces it.
    `commercial` is set if the user's settings ask for commercial use.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.specs: dict[str, EngineSpec] = {}
        self.broken: list[SpecError] = []
        self.commercial = False
        self.is_ready: Callable[[EngineSpec, str], bool] = lambda spec, _model: not spec.weights
        for folder in _engine_folders(folders):
            try:
                spec = read_spec(folder)
            except SpecError as error:
                _log.warning("skipped an engine: %s", error)
                self.broken.append(error)
                continue
            # The user's folders come first, so they can replace a built-in engine.
            self.specs.setdefault(spec.name, spec)

    def offline(self) -> EngineRegistry:
        """Return the same engines, none of which may use the network."""
        cut_off = copy.copy(self)
        cut_off.specs = {name: msgspec.structs.replace(spec, network=False) for name, spec in self.specs.items()}
        return cut_off

    def with_folders(self, folders: Mapping[str, Path]) -> EngineRegistry:
        """Return the same engines; those with a folder, by name, have the model in it (see `EngineSpec.in_folder`)."""
        placed = copy.copy(self)
        placed.specs = {
            name: spec.in_folder(folders[name]) if name in folders else spec for name, spec in self.specs.items()
        }
        return placed

    def for_commercial_use(self) -> EngineRegistry:
        """Return the same engines, for `check_license` to refuse models that can't be used commercially."""
        strict = copy.copy(self)
        strict.commercial = True
        return strict

    def check_license(self, spec: EngineSpec, model: str) -> None:
        """Raise LicenseError if a model (the default one for an empty name) mustn't be used with these settings."""
        if self.commercial:
            spec.check_commercial(model)

    def default(self, task: str, model: str = "", language: str | None = None) -> EngineSpec:
        """Return the default engine: of the ready ones for a task, the one with the highest preference.

        With a `language` (BCP-47), engines that are known to have it come first. An engine is ready if the model that
        `model_for` returns for it is. With a `model`, only engines that have it are considered. UnknownEngineError if
        no engine is ready, or none has the model.
        """
        ranked = sorted(self._of_task(task), key=lambda spec: (-spec.preference, spec.name))
        able = [spec for spec in ranked if not model or spec.has_model(model)]
        if ranked and not able:
            known = [name for spec in ranked for name in (*spec.models, *spec.model_aliases)]
            raise UnknownEngineError(f"no engine for {task} has a model '{model}'{did_you_mean(model, known)}")
        able.sort(key=lambda spec: bool(language and spec.languages and not has_tag(language, spec.languages)))
        spec = next((spec for spec in able if self.is_ready(spec, self._model_or_default(spec, model, language))), None)
        if spec is None:
            raise UnknownEngineError(f"there is no engine for {task} that is ready; {self._fix(able, model, language)}")
        return spec

    def only(self, task: str) -> EngineSpec:
        """Return the one engine for a task that has model files. UnknownEngineError, with their names, for several."""
        specs = [spec for spec in self._of_task(task) if spec.weights]
        if len(specs) == 1:
            return specs[0]
        names = ", ".join(sorted(spec.name for spec in specs)) or "none"
        raise UnknownEngineError(f"there is more than one engine for {task}: {names}; choose one with --engine")

    def model_for(self, spec: EngineSpec, name: str, language: str | None) -> str:
        """Return the model of an engine to use: the named one, or the default one for a language (BCP-47).

        By default, a recognizer uses its largest model on this machine; of two of a size, the one for this language
        alone. A model for one language counts only if that is the language asked for. If there is none, and for speech
        always, the model is that of `EngineSpec.model_for`.

        ValueError as there.
        """
        chosen = spec.model_for(name, language)
        if name or spec.task != "recognition":
            return chosen
        here = [model for model in spec.models if self.is_ready(spec, model)]
        usable = [model for model in here if spec.has_language(model, language) and _is_for(spec, model, language)]
        return max(usable, key=lambda model: _rank(spec, model), default=chosen)

    def _of_task(self, task: str) -> list[EngineSpec]:
        return [spec for spec in self.specs.values() if spec.task == task]

    def _model_or_default(self, spec: EngineSpec, model: str, language: str | None) -> str:
        try:
            return self.model_for(spec, model, language)
        except ValueError:  # without the language; the job says so
            return self.model_for(spec, model, None)

    def _fix(self, able: Sequence[EngineSpec], model: str, language: str | None) -> str:
        fix = "see `voxweft engines`"
        if not able:
            return fix
        spec = able[0]
        if spec.task == "recognition" and not model and language is None:
            limited = next((name for name in spec.models if self.is_ready(spec, name)), None)
            if limited is not None:
                return f"model '{limited}' is on this machine: choose it with --model, or give the language"
        option = f" -m {spec.model_of(model)}" if model else ""
        pull = f" and `voxweft models pull {spec.name}{option}`" if spec.weights else ""
        return f"run `voxweft engines install {spec.name}`{pull}, or {fix}"

    def prefer(self, name: str) -> None:
        """Make an engine the default for its task. UnknownEngineError if there is none with this name."""
        spec = self.get(name)
        highest = max(other.preference for other in self.specs.values())
        self.specs[name] = msgspec.structs.replace(spec, preference=highest + 1)

    def check_language(self, spec: EngineSpec, language: str | None, model: str = "") -> None:
        """Raise ValueError, with models or engines that do, if a model is known not to support a language (BCP-47).

        An empty `model` stands for any of the engine's.
        """
        if language is None or not spec.languages or has_tag(language, spec.languages):
            spec.model_for(model, language)
            return
        others = [
            other.name
            for other in self.specs.values()
            if other.task == spec.task and has_tag(language, other.languages)
        ]
        hint = f"these do: {', '.join(sorted(others))}" if others else "no other engine is known to do either"
        verb = "speak" if spec.task == "speech" else "understand"
        raise ValueError(f"engine '{spec.name}' doesn't {verb} the language '{language}'; {hint}")

    def get(self, name: str) -> EngineSpec:
        """Return the engine with this name. UnknownEngineError if there is none."""
        spec = self.specs.get(name)
        if spec is None:
            raise UnknownEngineError(f"there is no engine '{name}'{did_you_mean(name, sorted(self.specs))}")
        return spec


def _is_for(spec: EngineSpec, model: str, language: str | None) -> bool:
    return language is not None or len(spec.facts(model).languages) != 1


def _rank(spec: EngineSpec, model: str) -> tuple[int, bool]:
    weights = spec.weights.get(model)
    n_bytes = max(file.n_bytes for file in weights.files) if weights is not None else 0
    # In MiB: a multilingual model and its English-only twin differ by a row of their vocabulary.
    return n_bytes >> 20, len(spec.facts(model).languages) == 1


def _engine_folders(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        resolved = folder.expanduser().resolve()
        if (resolved / "engine.toml").is_file():
            yield resolved
        else:
            yield from sorted(file.parent for file in resolved.glob("*/engine.toml"))
    yield from sorted(file.parent for file in BUILT_IN.glob("*/engine.toml"))
    for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        folder_of_point = _package_folder(point.value)
        if folder_of_point is None:
            _log.warning("engine '%s': %s can't be found", point.name, point.value)
        else:
            yield folder_of_point


def _package_folder(dotted: str) -> Path | None:
    """Return the folder of a package without importing it or its parents (an import would run its code)."""
    path: list[str] | None = None
    for part in dotted.partition(":")[0].split("."):
        spec = PathFinder.find_spec(part, path)
        if spec is None or spec.submodule_search_locations is None:
            return None
        path = list(spec.submodule_search_locations)
    return Path(path[0]) if path else None
