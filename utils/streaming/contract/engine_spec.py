"""What an engine is, as data: the contents of its `engine.toml`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ...suggestions import did_you_mean
from .errors import SpecError
from .language_tags import best_tag
from .segment import ParamValue

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA_VERSION = 1
"""The version of `engine.toml` that this release reads."""

Capability = Literal["batch", "context", "estimate", "mix", "phonemes", "reference", "seed", "speed", "word_timings"]


NumberKind = Literal["numbers", "dates", "currencies", "units"]
"""What an engine may leave to us, by its `engine.toml`."""


class ParamSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of an engine's own settings: its type follows from `default`."""

    default: ParamValue
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    description: str = ""

    def check(self, name: str, value: ParamValue) -> ParamValue:
        """Return the value in the parameter's own type; ValueError if it doesn't fit."""
        kind = type(self.default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not kind:
            raise ValueError(f"parameter '{name}' takes {kind.__name__}, not {value!r}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = self.min, self.max
            if not (low is None or value >= low) or not (high is None or value <= high):
                raise ValueError(f"parameter '{name}' is {value!r}, outside {low} to {high}")
        if self.choices and value not in self.choices:
            raise ValueError(f"parameter '{name}' is {value!r}, not one of {', '.join(self.choices)}")
        return value


class EngineLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long an engine may take, in seconds, before its worker counts as hung."""

    start_timeout_s: float = 30.0
    load_timeout_s: float = 600.0
    stall_timeout_s: float = 120.0
    """Longest silence between two events of a running segment."""
    ping_timeout_s: float = 30.0
    """Longest silence of a whole worker (stopped, or its interpreter lock held by a library)."""


class WeightFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a model: its path within the model's folder, and how its content is known.

    `sha256` is the digest in lower-case hex digits, or as many of its first digits as its publisher states (8 at
    least). `n_bytes` is its size, 0 if it isn't stated. A folder of the user's own may lack what isn't
    `needed`.
    """

    path: str
    sha256: str
    n_bytes: int = 0
    needed: bool = True


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a model's files come from and where they lie.

    `repo` on the Hugging Face hub at `revision`, a commit. `folder` is the place within a folder of models, as ComfyUI
    names it (`TTS/kokoro`). `voices` are those files that are voices, one each, named by the file; a folder may lack
    some of them and hold others.
    """

    repo: str
    revision: str
    folder: str
    license: str
    files: tuple[WeightFile, ...]
    voices: tuple[WeightFile, ...] = ()


class OwnEnvironment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What belongs into an environment of the engine's own, beyond its `requirements`.

    `requirements` are needed there only, `constraints` bind the versions of whatever comes along, and `recommended` are
    packages that the engine can do without, but not with the same result: one that can't be had is left out by name.
    """

    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()


class EngineSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine's description. The parent process reads this and never the engine's code.

    `adapter` is `module:Class` within the folder. `adapter_version` is raised whenever the adapter's sound changes: it
    is part of every cache key. `deterministic` says that the output is a function of the segment alone.
    `native_sample_rate` in Hz, 0 for recognition. The capability `phonemes` says that it takes `[word](/ipa/)`.
    `distributions` name the installed packages whose versions decide the output; an `optional_distributions` may be
    missing, which decides it too. `requirements` are what has to be installed, on a Python within `python`, and
    `environment` what an environment of the engine's own holds besides. `interpreter` is the Python that runs the
    worker, empty to leave that to the user's settings. `network` must stay false for an engine that has no business
    outside this machine: its workers are refused every other connection. `languages` are the ones it speaks (BCP-47,
    looked up by RFC 4647), empty where it can't be said; `language_voices` the voices, by language, for who names a
    language and no voice; `variant_mark` is set where a voice is a language, and begins what of its name goes with any
    other; `voice_aliases` are other names of voices, which a voice that really has such a name goes before.
    `written_out` says, by language (`*` for the others), what it doesn't read itself: such things are put into words
    before it gets them. `weights` are the models' files, by the names in `models`, `model_aliases` other names of
    those, and `model_folders` folders within a folder of models where other programs keep such models, each under a
    name of its own. `devices` and `dtypes` are what a user may ask for, the default first, both empty for an engine
    that has no choice. Of the engines for a task that are ready, the one with the highest `preference` is for who names
    none.
    """

    schema: int
    name: str
    title: str
    task: Literal["speech", "recognition"]
    adapter: str
    adapter_version: int
    license: str
    deterministic: bool
    native_sample_rate: int = 0
    languages: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    models: tuple[str, ...] = ()
    default_model: str = ""
    model_aliases: dict[str, str] = {}
    model_folders: tuple[str, ...] = ()
    weights: dict[str, Weights] = {}
    devices: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    preference: int = 0
    default_voice: str = ""
    language_voices: dict[str, str] = {}
    variant_mark: str = ""
    voice_aliases: dict[str, str] = {}
    written_out: dict[str, tuple[NumberKind, ...]] = {}
    max_workers: int = 1
    max_batch: int = 1
    min_speed: float = 0.25
    max_speed: float = 4.0
    cancel_grace_s: float = 2.0
    network: bool = False
    requirements: tuple[str, ...] = ()
    python: str = ""
    environment: OwnEnvironment = OwnEnvironment()
    distributions: tuple[str, ...] = ()
    optional_distributions: tuple[str, ...] = ()
    interpreter: str = ""
    limits: EngineLimits = EngineLimits()
    params: dict[str, ParamSpec] = {}
    folder: str = ""
    """Where the engine lies; set by the reader, never in the file."""

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"engine '{self.name}'"

    def complete(self, params: dict[str, ParamValue]) -> dict[str, ParamValue]:
        """Return every setting of the engine: the given ones in their own types, the others by default.

        ValueError for a setting that it doesn't have, or a value that doesn't fit.
        """
        for name in params:
            if name not in self.params:
                hint = did_you_mean(name, sorted(self.params), none="it has none")
                raise ValueError(f"engine '{self.name}' has no parameter '{name}'{hint}")
        return {name: spec.check(name, params.get(name, spec.default)) for name, spec in self.params.items()}

    def model_of(self, name: str) -> str:
        """Return the model that a name means: its own, another one's alias, the default one for none.

        ValueError, with the names that there are, for one that the engine doesn't have.
        """
        model = self.model_aliases.get(name, name) or self.default_model
        if not self.models or model in self.models:
            return model
        known = (*self.models, *self.model_aliases)
        own = "; use --model-path FOLDER, without a name, for the folder of any other model" if self.weights else ""
        raise ValueError(f"engine '{self.name}' has no model '{name}'{did_you_mean(name, known)}{own}")

    @property
    def deciding_distributions(self) -> tuple[str, ...]:
        """The installed packages whose versions, or absence, decide the output."""
        return self.distributions + self.optional_distributions

    def voice_for(self, language: str | None) -> str:
        """Return the voice for who names none: the language's own, else the default; '' leaves it to the engine."""
        if language is None:
            return self.default_voice
        tag = best_tag(language, self.language_voices)
        return self.language_voices[tag] if tag else ""

    def kinds_written_out(self, language: str) -> tuple[NumberKind, ...]:
        """Return what has to be put into words before the engine gets it, for a language (BCP-47)."""
        tag = best_tag(language, self.written_out)
        return self.written_out.get(tag or "*", ())

    def language_of(self, language: str | None, voice: str | None) -> str | None:
        """Return the language that is spoken, by the language or the voice's name that was asked for; None if unknown.

        A voice has a language if it is one's own, or is named like one.
        """
        if language is not None:
            return language
        name = self.default_voice if voice is None else voice
        name = name.partition(self.variant_mark)[0] if self.variant_mark else name
        own = next((tag for tag, voice_name in self.language_voices.items() if voice_name == name), None)
        return own or (name if best_tag(name, self.languages) else None)

    def voice_beyond_language(self, name: str) -> str:
        """Return what of a voice goes with any language: all of it, or its variant, '' if there is nothing."""
        if not self.variant_mark:
            return name
        _, mark, variant = name.partition(self.variant_mark)
        return mark + variant

    def can(self, capability: Capability) -> bool:
        """Whether the engine declares a capability."""
        return capability in self.capabilities


def read_spec(folder: Path) -> EngineSpec:
    """Read `engine.toml` in a folder. SpecError names the file and what is wrong with it."""
    file = folder / "engine.toml"
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(f"{file}: {error}") from error
    if data.get("schema") != SCHEMA_VERSION:
        raise SpecError(f"{file}: schema is {data.get('schema')!r}; this release reads {SCHEMA_VERSION}")
    if "folder" in data:
        raise SpecError(f"{file}: 'folder' can't be set")
    try:
        spec = msgspec.convert(data, EngineSpec)
    except msgspec.ValidationError as error:
        raise SpecError(f"{file}: {error}") from error
    module, separator, name = spec.adapter.partition(":")
    if not (separator and module.isidentifier() and name.isidentifier()):
        raise SpecError(f"{file}: adapter is {spec.adapter!r}; expected 'module:Class'")
    if not (folder / f"{module}.py").is_file():
        raise SpecError(f"{file}: there is no {module}.py beside it")
    if spec.task == "speech" and spec.native_sample_rate <= 0:
        raise SpecError(f"{file}: a speech engine needs native_sample_rate")
    if not spec.can("speed") and not {"min_speed", "max_speed"}.isdisjoint(data):
        raise SpecError(f"{file}: min_speed and max_speed need the capability 'speed'")
    wrong = _wrong_requirement(spec) or _wrong_models(spec)
    if wrong:
        raise SpecError(f"{file}: {wrong}")
    return msgspec.structs.replace(spec, folder=str(folder))


def _wrong_requirement(spec: EngineSpec) -> str:
    """Say what can't be read as a requirement: these lines reach an installer, which would take others for options."""
    own = spec.environment
    for requirement in (*spec.requirements, *own.requirements, *own.constraints, *own.recommended):
        try:
            # Its grammar takes any character but blanks into an address, the end of a line too.
            if not requirement.isprintable():
                raise InvalidRequirement("it isn't one line")
            Requirement(requirement)
        except InvalidRequirement as error:
            return f"{requirement!r} is no requirement ({str(error).partition(chr(10))[0]})"
    try:
        SpecifierSet(spec.python)
    except InvalidSpecifier:
        return f"python is '{spec.python}'; expected a range such as '>=3.10,<3.13'"
    return ""


def _wrong_models(spec: EngineSpec) -> str:
    for alias, model in spec.model_aliases.items():
        if model not in spec.models or alias in spec.models:
            return f"model_aliases: '{alias}' can't mean '{model}'"
    return ""
