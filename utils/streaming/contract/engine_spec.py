"""An engine as data: the contents of its `engine.toml`."""

from __future__ import annotations

import functools
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ...suggestions import did_you_mean
from .errors import LicenseError, SpecError
from .language_tags import best_tag, has_tag
from .segment import ParamValue

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA_VERSION = 1
"""The version of `engine.toml` that this release reads."""
LOW_LATENCY, PAUSE_SCALE = "low_latency", "pause_scale"
JOB_OPTIONS = (LOW_LATENCY, PAUSE_SCALE)
"""Options of jobs, for every engine: no engine has a parameter of such a name."""

Capability = Literal[
    "batch", "context", "duration", "estimate", "mix", "phonemes", "reference", "seed", "speed", "word_timings"
]

DURATION_TOLERANCE_S = 0.02
"""How far an estimate of an engine with the capability `duration` may be from what it makes: about a frame."""

_TAG = re.compile(r"[^\W\d_][\w -]{0,39}")
_NOT_COMMERCIAL = re.compile(r"(^|[^a-z])(nc|non[- ]?commercial|research|academic|cpml)([^a-z]|$)")


class ParamSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of an engine's own settings. Its type is that of `default`.

    Args:
        default: Its value if none is given.
        min: The limits of a number, together with `max`.
        choices: The values of a text; empty for any.
        sample_rates: The engine's sample rate in Hz by the setting's value as in the file (`false = 16000`), where it
            isn't `native_sample_rate`.
        description: What it does, for users.
    """

    default: ParamValue
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    sample_rates: dict[str, int] = {}
    description: str = ""

    def check(self, name: str, value: ParamValue) -> ParamValue:
        """Return the value in the parameter's type. ValueError if it isn't allowed."""
        kind = type(self.default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = _as_float(value)
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not kind:
            raise ValueError(f"parameter '{name}' must be {_KINDS[kind]}, not {_shown(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"parameter '{name}' must be a finite number")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = self.min, self.max
            if not (low is None or value >= low) or not (high is None or value <= high):
                raise ValueError(f"parameter '{name}' is {_shown(value)}, outside {low} to {high}")
        if self.choices and value not in self.choices:
            raise ValueError(f"parameter '{name}' is {_shown(value)}, not one of {', '.join(self.choices)}")
        return value


_KINDS: dict[type, str] = {bool: "true or false", int: "an integer", float: "a number", str: "text"}
_MAX_SHOWN_CHARS = 100


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(value: ParamValue) -> str:
    """Return a value as a user writes it, cut if it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}..."


class EngineLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The times, in seconds, after which a worker counts as hung."""

    start_timeout_s: float = 30.0
    load_timeout_s: float = 600.0
    stall_timeout_s: float = 120.0
    """The longest silence of a running segment, and the longest time for an answer."""
    ping_timeout_s: float = 30.0
    """The longest silence of the process, which may be stopped, or its interpreter lock held by a library."""


class WeightFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a model.

    Args:
        path: Its path within the model's folder.
        sha256: Its digest in lower-case hex digits, or the first digits of it, at least 8. Empty if nobody states it:
            then users copy the file themselves, and it is never downloaded.
        n_bytes: Its size, 0 if it isn't stated.
        needed: Whether a user's own folder must have it.
        repo: Its repository, if that isn't the model's; then `revision` is a commit of that one.
        source: Its path in the repository, if that isn't `path`.
        url: Its address (https), for a file outside the hub. It needs the whole digest.
    """

    path: str
    sha256: str
    n_bytes: int = 0
    needed: bool = True
    repo: str = ""
    revision: str = ""
    source: str = ""
    url: str = ""


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The source of a model's files, and the folder where they are stored.

    Args:
        repo: The repository on the Hugging Face hub.
        revision: A commit of it.
        folder: The path within a folder of models, as ComfyUI names it (`TTS/kokoro`).
        license: The license of the weights, unless `ModelSpec.license` says it.
        files: The files of every use.
        voices: One file for each voice, which is named by the file. A folder may have any of them, and others.
    """

    repo: str
    revision: str
    folder: str
    license: str = ""
    files: tuple[WeightFile, ...]
    voices: tuple[WeightFile, ...] = ()


class ReferencePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an engine wants a recording to imitate (capability `reference`). The parent prepares it accordingly.

    Args:
        recording: Whether the engine speaks without one.
        min_s: The shortest recording, in seconds.
        max_s: The longest part of a recording that the engine uses, in seconds.
        recommended_s: The length from which results are good; users are told that a shorter recording is short.
        sample_rate: The rate that the engine takes, in Hz; 0 for any.
        lufs: The integrated loudness to set (ITU-R BS.1770), in LUFS; None to leave it.
        rms: Likewise the root mean square, 0 to 1; only one of both.
        transcript: Whether the engine can't do without the recording's transcript, uses one, or ignores it.
    """

    recording: Literal["required", "optional"] = "optional"
    min_s: float = 0.5
    max_s: float = 120.0
    recommended_s: float = 0.0
    sample_rate: int = 0
    lufs: float | None = None
    rms: float | None = None
    transcript: Literal["needed", "used", "ignored"] = "used"


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is true of one model of an engine; empty fields take the engine's value.

    Args:
        languages: The languages that it has.
        license: The license of its weights: an SPDX identifier, or a name.
        gated: Whether the hub gives its files only to users who accepted its terms there.
        params: Its architecture, for the adapter. Users can't change it.
        tags: What it performs (see `EngineSpec.tags`); None for the engine's.
        reference: How it wants a recording; None for the engine's.
    """

    languages: tuple[str, ...] = ()
    license: str = ""
    gated: bool = False
    params: dict[str, ParamValue] = {}
    tags: tuple[str, ...] | None = None
    reference: ReferencePolicy | None = None

    @property
    def commercial(self) -> bool:
        """Whether the license allows commercial use, as far as its name says."""
        return _NOT_COMMERCIAL.search(self.license.lower()) is None


class OwnEnvironment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of an engine's own environment in addition to `requirements`.

    Args:
        requirements: Packages that are needed there only.
        constraints: Version limits for all packages.
        recommended: Packages without which the engine works, but with other output. One that can't be installed is
            skipped and reported.
        overrides: Versions that replace what packages require, such as `torch==2.11.0`.
        excludes: Names of packages that are left out although others require them.
        without_dependencies: Pinned pure-Python packages that are installed without what they require, on any Python.
        languages: Packages that only some languages need, such as dictionaries, by language.
    """

    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    without_dependencies: tuple[str, ...] = ()
    languages: dict[str, tuple[str, ...]] = {}


class EngineSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine's description. The parent process reads this and never the engine's code.

    Args:
        schema: The version of this format.
        name: The engine's name.
        title: Its name for people.
        task: `speech` or `recognition`.
        adapter: `module:Class` within the folder.
        adapter_version: Raised with every change of the adapter's output; part of every cache key.
        license: The license of the engine.
        deterministic: Whether the output is a function of the segment alone.
        native_sample_rate: In Hz; 0 for recognition. A setting may change it (`ParamSpec.sample_rates`).
        languages: The languages that it supports (BCP-47, looked up by RFC 4647); empty if unknown. By default those
            of its models.
        capabilities: What it can do; `phonemes` means that it takes `[word](/ipa/)`, `duration` that an estimate is the
            length that is made, to `DURATION_TOLERANCE_S`, at every speed it has.
        models: Its models by name, in the file also a list of names; `default_model` is one of them, `model_aliases`
            are other names of them.
        model_folders: Folders within a folder of models where other programs keep such models, each under its name.
        weights: The models' files, by model.
        devices: The devices that a user may choose, the default first; empty if there is no choice.
        dtypes: The dtypes that a user may choose, likewise.
        preference: The ready engine with the highest preference is the default for its task.
        default_voice: The voice if neither a voice nor a language is given.
        language_voices: The voices by language, for a language without a voice.
        voice_languages: The languages of voices, by the beginning of their names.
        voice_genders: The genders of voices (`female`, `male`), likewise.
        variant_mark: Set if a voice is a language: the character that begins the part of a voice's name that can be
            combined with any other language.
        voice_aliases: Other names of voices; a voice with exactly that name takes precedence.
        voice_lufs: The integrated loudness of voices as the engine speaks them, in LUFS, by name. The loudness of any
            other voice is measured when it first speaks.
        max_workers: The maximum number of worker processes.
        max_batch: The maximum number of segments in one request.
        min_speed: The limits of `speed`, together with `max_speed`.
        edge_silence_s: The silence that its segments have at their two ends, in seconds. It counts as part of the
            pauses between segments.
        cancel_grace_s: How long after a cancel its worker is killed.
        network: Whether its workers may connect to other machines; every other connection is refused.
        requirements: The packages that must be installed, on a Python within the range `python`.
        environment: The additional contents of the engine's own environment.
        distributions: The packages whose versions decide the output; also `optional_distributions`, which may be
            missing.
        interpreter: The Python that runs the worker; empty to resolve it by the user's settings.
        overlay: The folder of packages that the worker uses instead of the interpreter's; set by the resolution, never
            in the file.
        limits: When a worker counts as hung.
        params: The engine's own settings.
        low_latency: The settings that a user's switch for low latency sets; empty if it changes nothing.
        low_latency_segments: Whether the switch sets them for all segments of a job, or only for the one that a
            listener waits for.
        reference: How it wants a recording to imitate.
        tags: What it performs in the text, as `[laugh]`; sounds and moods that it doesn't name never reach it.
        folder: The engine's folder; set by the reader, never in the file.
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
    models: dict[str, ModelSpec] = {}
    default_model: str = ""
    model_aliases: dict[str, str] = {}
    model_folders: tuple[str, ...] = ()
    weights: dict[str, Weights] = {}
    devices: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    preference: int = 0
    default_voice: str = ""
    language_voices: dict[str, str] = {}
    voice_languages: dict[str, str] = {}
    voice_genders: dict[str, str] = {}
    variant_mark: str = ""
    voice_aliases: dict[str, str] = {}
    voice_lufs: dict[str, float] = {}
    max_workers: int = 1
    max_batch: int = 1
    min_speed: float = 0.25
    max_speed: float = 4.0
    edge_silence_s: float = 0.0
    cancel_grace_s: float = 2.0
    network: bool = False
    requirements: tuple[str, ...] = ()
    python: str = ""
    environment: OwnEnvironment = OwnEnvironment()
    distributions: tuple[str, ...] = ()
    optional_distributions: tuple[str, ...] = ()
    interpreter: str = ""
    overlay: str = ""
    limits: EngineLimits = EngineLimits()
    params: dict[str, ParamSpec] = {}
    low_latency: dict[str, ParamValue] = {}
    low_latency_segments: Literal["all", "first"] = "all"
    reference: ReferencePolicy = ReferencePolicy()
    tags: tuple[str, ...] = ()
    folder: str = ""

    @property
    def label(self) -> str:
        """The engine's name in messages."""
        return f"engine '{self.name}'"

    def added_pause_s(self, pause_s: float) -> float:
        """Return the silence to add between segments so that the pause from sound to sound is `pause_s` seconds."""
        return max(0.0, pause_s - self.edge_silence_s)

    def complete(self, params: dict[str, ParamValue]) -> dict[str, ParamValue]:
        """Return all settings of the engine: the given ones in their types, the others by default.

        ValueError for an unknown setting or a value that isn't allowed.
        """
        for name in params:
            if name not in self.params:
                if name in JOB_OPTIONS:
                    option = f"--{name.replace('_', '-')}"
                    raise ValueError(
                        f"'{name}' isn't a parameter but an option of every engine: use {option}, or the field '{name}'"
                    )
                hint = did_you_mean(name, sorted(self.params), none="it has none")
                raise ValueError(f"engine '{self.name}' has no parameter '{name}'{hint}")
        return {name: spec.check(name, params.get(name, spec.default)) for name, spec in self.params.items()}

    def sample_rate_of(self, params: Mapping[str, ParamValue]) -> int:
        """Return the rate in Hz of what it speaks with settings; those that aren't given have their default."""
        for name, spec in self.params.items():
            value = params.get(name, spec.default)
            written = str(value).lower() if isinstance(value, bool) else str(value)
            if written in spec.sample_rates:
                return spec.sample_rates[written]
        return self.native_sample_rate

    def model_of(self, name: str) -> str:
        """Return the model of a name or an alias; the default model for an empty name.

        ValueError, with the known names, for an unknown one.
        """
        model = self.model_aliases.get(name, name) or self.default_model
        if model in (*self.models, self.default_model):
            return model
        if not self.models:
            raise ValueError(f"engine '{self.name}' has no choice of model; leave out --model")
        known = (*self.models, *self.model_aliases)
        hint = "; use --model-path FOLDER, without a name, for the folder of any other model" if self.weights else ""
        raise ValueError(f"engine '{self.name}' has no model '{name}'{did_you_mean(name, known)}{hint}")

    def has_model(self, name: str) -> bool:
        """Return whether a name is one of the engine's models or an alias."""
        return name in self.models or name in self.model_aliases or name == self.default_model

    def in_folder(self, folder: Path) -> EngineSpec:
        """Return the engine with one model, the one in a folder, which is named after it.

        The declared names become aliases of it. An engine is returned as it is if its models' names decide more than
        their files: for speech, and if a model has `params`.
        """
        if self.task != "recognition" or not self.models or any(model.params for model in self.models.values()):
            return self
        name = _model_name(folder)
        weights = self.weights.get(name) or self.weights.get(self.default_model)
        names = (*self.models, *self.model_aliases)
        return msgspec.structs.replace(
            self,
            models={name: self.models.get(name, ModelSpec())},
            default_model=name,
            model_aliases={other: name for other in names if other != name},
            weights={name: weights} if weights is not None else {},
        )

    def model_for(self, name: str, language: str | None) -> str:
        """Return the model for a text in a language (BCP-47; None: unknown).

        It is the named one, or else the default one if it has the language, or else the first one that has it. What is
        installed doesn't count: the same text has the same segments on every machine. (Recognizers: see
        `EngineRegistry.model_for`.)

        ValueError, with the models that have the language, if the named one doesn't; also for an unknown name.
        """
        model = self.model_of(name)
        if self.has_language(model, language):
            return model
        others = [other for other in self.models if self.has_language(other, language)]
        if others and not name:
            return others[0]
        fix = f"; use model {' or '.join(others)}" if others else ""
        label = f"model '{model}' of engine '{self.name}'" if name else self.label
        raise ValueError(f"{label} doesn't have language '{language}'{fix}")

    def has_language(self, model: str, language: str | None) -> bool:
        """Return whether a model (the default one for an empty name) has a language, or may have it for all we know."""
        if language is None:
            return True
        known = self.facts(model).languages
        return not known or has_tag(language, known)

    def takes_transcript(self, model: str) -> bool:
        """Return whether a model uses the transcript of a recording that it imitates."""
        return self.reference_of(model).transcript != "ignored"

    def reference_of(self, model: str) -> ReferencePolicy:
        """Return how a model (the default one for an empty name) wants a recording to imitate."""
        return self.facts(model).reference or self.reference

    def check_speed(self, speed: float) -> None:
        """Raise ValueError unless the engine can speak at a speed."""
        if not self.can("speed") and speed != 1:
            raise ValueError(f"{self.label} has no speed control; leave speed at 1.0")
        if not self.min_speed <= speed <= self.max_speed:
            raise ValueError(
                f"speed {speed:g} is out of range for {self.label}: "
                f"must be between {self.min_speed:g} and {self.max_speed:g}"
            )

    def facts(self, model: str) -> ModelSpec:
        """Return what is true of a model (the default one for an empty name), with the engine's values filled in."""
        name = self.model_aliases.get(model, model) or self.default_model
        of_model = self.models.get(name, ModelSpec())
        weights = self.weights.get(name)
        return msgspec.structs.replace(
            of_model,
            languages=of_model.languages or self.languages,
            license=of_model.license or (weights.license if weights else "") or self.license,
            tags=self.tags if of_model.tags is None else of_model.tags,
            reference=of_model.reference or self.reference,
        )

    def tags_of(self, model: str) -> tuple[str, ...]:
        """Return the sounds and moods that a model (the default one for an empty name) performs."""
        return self.facts(model).tags or ()

    def check_commercial(self, model: str) -> None:
        """Raise LicenseError if the license of a model (the default one for an empty name) forbids commercial use."""
        facts = self.facts(model)
        if not facts.commercial:
            name = self.model_aliases.get(model, model) or self.default_model
            label = f"model '{name}' of {self.label}" if name else self.label
            raise LicenseError(
                f"the license of {label}, {facts.license}, forbids commercial use; use another model or engine, or "
                "leave out --commercial and VOXWEFT_COMMERCIAL"
            )

    @property
    def deciding_distributions(self) -> tuple[str, ...]:
        """The installed packages whose versions, or absence, decide the output."""
        return self.distributions + self.optional_distributions

    def voice_for(self, language: str | None) -> str:
        """Return the voice to use if none is given: the language's, else the default; '' leaves it to the engine."""
        if language is None:
            return self.default_voice
        tag = best_tag(language, self.language_voices)
        return self.language_voices[tag] if tag else ""

    def language_of(self, language: str | None, voice: str | None, model: str = "") -> str | None:
        """Return the spoken language for a requested language or voice name; None if unknown.

        A voice has a language if it is in `language_voices`, begins as `voice_languages` says, or is named like a
        language. A variant alone has that of the default voice. A model may have only one.
        """
        if language is not None:
            return language
        name = self.default_voice if voice is None else self.voice_aliases.get(voice, voice)
        if self.variant_mark:
            name = name.partition(self.variant_mark)[0] or self.default_voice
        declared = next((tag for tag, voice_name in self.language_voices.items() if voice_name == name), None)
        declared = declared or next(
            (tag for start, tag in self.voice_languages.items() if name.startswith(start)), None
        )
        if declared or best_tag(name, self.languages):
            return declared or name
        of_model = self.facts(model).languages
        return of_model[0] if len(of_model) == 1 else None

    def gender_of(self, voice: str) -> str:
        """Return the gender of a voice by the beginning of its name; empty if unknown."""
        return next((gender for start, gender in self.voice_genders.items() if voice.startswith(start)), "")

    def language_independent_part(self, name: str) -> str:
        """Return the part of a voice's name that is valid for any language: all of it, or its variant."""
        if not self.variant_mark:
            return name
        _, mark, variant = name.partition(self.variant_mark)
        return mark + variant

    def can(self, capability: Capability) -> bool:
        """Whether the engine declares a capability."""
        return capability in self.capabilities


def _model_name(folder: Path) -> str:
    """Return the name of a model's folder; of a snapshot in the hub's cache, that of its repository."""
    path = folder.expanduser().resolve()
    is_snapshot = path.parent.name == "snapshots"
    return path.parents[1].name.rpartition("--")[2] if is_snapshot else path.name or "model"


def read_spec(folder: Path) -> EngineSpec:
    """Read `engine.toml` in a folder. SpecError names the file and the fault."""
    file = folder / "engine.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{file}: {error}") from error
    try:
        spec = _parsed(text)
    except SpecError as error:
        raise SpecError(f"{file}: {error}") from error
    module = spec.adapter.partition(":")[0]
    if not (folder / f"{module}.py").is_file():
        raise SpecError(f"{file}: there is no {module}.py in its folder")
    return msgspec.structs.replace(spec, folder=str(folder))


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> EngineSpec:
    """Return the engine that a file's text describes. SpecError names the fault.

    A process reads the same files for each runtime, and checking them takes far longer than reading them.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(str(error)) from error
    if data.get("schema") != SCHEMA_VERSION:
        raise SpecError(f"schema is {data.get('schema')!r}; this release reads {SCHEMA_VERSION}")
    for name in ("folder", "overlay"):
        if name in data:
            raise SpecError(f"'{name}' can't be set")
    if isinstance(data.get("models"), list):
        data["models"] = {str(name): {} for name in data["models"]}
    try:
        spec = msgspec.convert(data, EngineSpec)
    except msgspec.ValidationError as error:
        raise SpecError(str(error)) from error
    module, separator, name = spec.adapter.partition(":")
    if not (separator and module.isidentifier() and name.isidentifier()):
        raise SpecError(f"adapter is {spec.adapter!r}; expected 'module:Class'")
    if spec.task == "speech" and spec.native_sample_rate <= 0:
        raise SpecError("a speech engine needs native_sample_rate")
    for param, rates in ((name, param.sample_rates) for name, param in spec.params.items()):
        if any(rate <= 0 for rate in rates.values()):
            raise SpecError(f"params.{param}.sample_rates must be above 0")
    if not spec.can("speed") and not {"min_speed", "max_speed"}.isdisjoint(data):
        raise SpecError("min_speed and max_speed need the capability 'speed'")
    if spec.can("duration") and not (spec.can("speed") and spec.can("estimate")):
        raise SpecError("the capability 'duration' needs 'speed' and 'estimate'")
    wrong = _requirement_fault(spec) or _model_fault(spec) or _reference_fault(spec)
    if wrong:
        raise SpecError(wrong)
    languages = spec.languages or tuple(dict.fromkeys(tag for model in spec.models.values() for tag in model.languages))
    return msgspec.structs.replace(spec, languages=languages)


def _requirement_fault(spec: EngineSpec) -> str:
    """Return the fault of an invalid requirement, or ''. An installer would read other lines as options."""
    own = spec.environment
    lines = *spec.requirements, *own.requirements, *own.constraints, *own.recommended, *own.overrides, *own.excludes
    of_languages = [line for lines in own.languages.values() for line in lines]
    for requirement in (*lines, *own.without_dependencies, *of_languages):
        try:
            # The grammar of an address allows every character but a space, even the end of a line.
            if not requirement.isprintable():
                raise InvalidRequirement("it isn't one line")
            Requirement(requirement)
        except InvalidRequirement as error:
            return f"{requirement!r} isn't a requirement ({str(error).partition(chr(10))[0]})"
    try:
        SpecifierSet(spec.python)
    except InvalidSpecifier:
        return f"python is '{spec.python}'; expected a range such as '>=3.10,<3.13'"
    for pinned in own.without_dependencies:
        if [clause.operator for clause in Requirement(pinned).specifier] != ["=="]:
            return f"without_dependencies: '{pinned}' must be pinned (NAME==VERSION)"
    return ""


def _reference_fault(spec: EngineSpec) -> str:
    own = [spec.reference] if spec.reference != ReferencePolicy() else []
    policies = own + [model.reference for model in spec.models.values() if model.reference is not None]
    if policies and not spec.can("reference"):
        return "[reference] needs the capability 'reference'"
    for policy in policies:
        if not 0 < policy.min_s <= policy.max_s or policy.sample_rate < 0:
            return "[reference]: min_s must be above 0 and at most max_s, and sample_rate at least 0"
        if policy.lufs is not None and policy.rms is not None:
            return "[reference]: set lufs or rms, not both"
    return ""


def _model_fault(spec: EngineSpec) -> str:
    try:
        spec.complete(dict(spec.low_latency))
    except ValueError as error:
        return f"low_latency: {error}"
    if LOW_LATENCY in spec.params:
        return (
            f"params.{LOW_LATENCY}: the users' switch has this name; name what it sets, and set it in [{LOW_LATENCY}]"
        )
    if PAUSE_SCALE in spec.params:
        return f"params.{PAUSE_SCALE}: an option of every engine has this name; choose another name"
    without = [name for name, model in spec.models.items() if not (model.languages or spec.languages)]
    if without and len(without) < len(spec.models):
        return f"models: '{without[0]}' has no languages, but others have"
    for name, of_model in spec.models.items():
        missing = [tag for tag in of_model.languages if spec.languages and not best_tag(tag, spec.languages)]
        if missing:
            return f"models.{name}: language '{missing[0]}' isn't one of the engine's languages"
    for tag in (*spec.tags, *(tag for of_model in spec.models.values() for tag in of_model.tags or ())):
        if not _TAG.fullmatch(tag):
            return f"tags: '{tag}' can't be written in brackets; use up to 40 letters, digits, spaces, - and _"
    if spec.default_model and spec.models and spec.default_model not in spec.models:
        return f"default_model '{spec.default_model}' isn't one of its models"
    for alias, model in spec.model_aliases.items():
        if model not in spec.models or alias in spec.models:
            return f"model_aliases: '{alias}' can't be an alias of '{model}'"
    return ""
