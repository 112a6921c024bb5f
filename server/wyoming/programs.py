"""Voices and models as Wyoming's `info` lists them.

There is one program for each task, since Home Assistant uses only the first; it has the voices of all engines. A voice
is named `ENGINE/VOICE`, so that its name stays the same when other engines are installed. Home Assistant sorts voices
by their descriptions, and its default is the first: so that is an engine's default voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import langcodes
from langcodes.tag_parser import LanguageTagError
from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

from ... import __version__
from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...utils.streaming import VoiceInfo
from ...utils.streaming.contract.engine_spec import EngineSpec
from ..service.model_choice import ModelChoice

_NAME = "voxweft"
_PROJECT = Attribution(name="Voxweft", url="https://github.com/voxweft/voxweft")
_UNKNOWN = "und"
"""The tag of a voice without a known language."""


def info_of(voices: list[TtsVoice], recognizers: Sequence[ModelChoice]) -> Info:
    """Return the programs: of a task without anything installed, none."""
    models = [_model(choice) for choice in recognizers if choice.model or not choice.spec.models]
    speech = TtsProgram(
        name=_NAME,
        attribution=_PROJECT,
        installed=True,
        description="Voxweft text to speech",
        version=__version__,
        voices=voices,
        supports_synthesize_streaming=True,
    )
    recognition = AsrProgram(
        name=_NAME,
        attribution=_PROJECT,
        installed=True,
        description="Voxweft speech to text",
        version=__version__,
        models=models,
        supports_transcript_streaming=True,
    )
    return Info(tts=[speech] if voices else [], asr=[recognition] if models else [])


def voices_of_engine(choice: ModelChoice, infos: Sequence[VoiceInfo], recordings: Iterable[str]) -> list[TtsVoice]:
    """Return an engine's voices, and the recordings of the voice library if it speaks in their voices."""
    spec = choice.spec
    of_model = spec.facts(choice.model).languages or spec.languages
    defaults: dict[str, list[str]] = {spec.default_voice: []}
    for language, name in spec.language_voices.items():
        # `en` for the default voice of English, which itself says only `en-US`.
        defaults.setdefault(name, []).append(language)
    voices = [
        _voice(
            choice,
            info.name,
            info.title or info.name,
            (*info.languages, *defaults.get(info.name, ())),
            is_default=info.name in defaults,
        )
        for info in infos
    ]
    if spec.can("reference"):
        voices += [_voice(choice, f"{LIBRARY_PREFIX}{name}", name, of_model) for name in recordings]
    for voice in voices:
        voice.languages = voice.languages or _tags(of_model)
    return voices


def needs_recording(choice: ModelChoice) -> bool:
    """Whether an engine speaks in the voice of a recording only."""
    return choice.spec.can("reference") and choice.spec.reference_of(choice.model).recording == "required"


def _voice(
    choice: ModelChoice, name: str, title: str, languages: Sequence[str], *, is_default: bool = False
) -> TtsVoice:
    spec = choice.spec
    # A space sorts before a colon.
    engine = f"{spec.title} (default)" if is_default else spec.title
    return TtsVoice(
        name=f"{spec.name}/{name}",
        attribution=_attribution(spec, choice.model),
        installed=True,
        description=f"{engine}: {title}",
        version=_version(spec, choice.model),
        languages=_tags(languages),
    )


def _model(choice: ModelChoice) -> AsrModel:
    spec = choice.spec
    return AsrModel(
        name=choice.id,
        attribution=_attribution(spec, choice.model),
        installed=True,
        description=f"{spec.title}: {choice.model}" if choice.model else spec.title,
        version=_version(spec, choice.model),
        languages=_tags(spec.facts(choice.model).languages or spec.languages),
    )


def _attribution(spec: EngineSpec, model: str) -> Attribution:
    weights = spec.weights.get(model or spec.default_model)
    if weights is None:
        return Attribution(name=spec.title, url=_PROJECT.url)
    return Attribution(name=weights.repo.partition("/")[0], url=f"https://huggingface.co/{weights.repo}")


def _version(spec: EngineSpec, model: str) -> str:
    weights = spec.weights.get(model or spec.default_model)
    return weights.revision[:12] if weights is not None else __version__


def _tags(languages: Sequence[str]) -> list[str]:
    """Return language tags in the usual letter case (`pt-BR`), which clients compare exactly, without repeats."""
    tags: dict[str, None] = {}
    for language in languages:
        try:
            tags[langcodes.standardize_tag(language)] = None
        except LanguageTagError:
            continue
    tags.pop(_UNKNOWN, None)
    return list(tags)
