"""Resolve a node's connections and widgets to speakers, lexicons and recognizers."""

from __future__ import annotations

import numpy as np
from comfy.model_management import throw_exception_if_processing_interrupted

from ...jobs.requests.options import parse_params
from ...jobs.requests.transcribe import resolve_recognizer
from ...jobs.transcribe import Recognizer
from ...jobs.voices import CastSpeaker, Speaker, VoiceRecording, VoiceResolver
from ...jobs.voices.prepared_voice import SpeakerVoice
from ...text.lexicon import Lexicon, read_lexicon
from ...utils.streaming import ParamValue
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import UnknownEngineError
from ...utils.streaming.runtime import Runtime
from ..comfy.commands import runnable_commands
from .values import EngineValue, LexiconValue, VoiceValue


@runnable_commands()
def make_speaker(
    runtime: Runtime,
    engine: EngineValue | None,
    speaker: VoiceValue | None,
    *,
    voice: str,
    speed: float,
    seed: int = 0,
) -> Speaker:
    """Return the speaker of a node.

    Without an engine, the default speech engine is used. A connected voice takes precedence over the widget, and the
    widget over the engine node's voice.

    Raises:
        UnknownEngineError: the engine does not exist, or no engine is ready.
        ValueError: the engine does not support the voice or a setting.
    """
    registry = runtime.registry
    selected = engine or EngineValue(name=registry.default("speech").name)
    value = speaker or VoiceValue(name=voice.strip() or selected.voice)
    resolver = _resolver(runtime)
    return resolver.speaker(
        Speaker(
            engine=selected.name,
            model=selected.model,
            voice=_voice(resolver, registry.get(selected.name), value),
            language=value.language or selected.language,
            speed=speed,
            seed=seed,
            params=selected.params,
            low_latency=selected.low_latency,
        )
    )


def make_cast_speaker(
    runtime: Runtime,
    name: str,
    aliases: tuple[str, ...],
    engine: EngineValue | None,
    speaker: VoiceValue | None,
    *,
    model: str,
    voice: str,
    speed: float,
    gain_db: float,
) -> CastSpeaker:
    """Return a speaker of a cast. Without an engine, its voice is resolved later, for the narrator's engine.

    ValueError if the engine does not support the voice.
    """
    value = speaker or VoiceValue(name=voice.strip() or (engine.voice if engine is not None else ""))
    resolved: str | SpeakerVoice | None = value.name or None
    if engine is not None:
        resolved = _voice(
            _resolver(runtime),
            runtime.registry.get(engine.name),
            value,
        )
    elif value.recording is not None:
        raise ValueError(f"'{name}' has a recording as its voice; connect an engine that can clone voices")
    return CastSpeaker(
        name=name,
        aliases=aliases,
        engine=engine.name if engine is not None else "",
        model=model.strip() or (engine.model if engine is not None else ""),
        voice=resolved,
        language=value.language or (engine.language if engine is not None else None),
        speed=speed,
        params=dict(engine.params) if engine is not None else {},
        low_latency=engine is not None and engine.low_latency,
        gain_db=gain_db,
    )


def make_lexicon(lexicon: LexiconValue | None) -> Lexicon | None:
    """Return the joined lexicon, or None if none is connected."""
    return Lexicon.joined(map(read_lexicon, lexicon.contents)) if lexicon is not None else None


@runnable_commands()
def make_recognizer(
    runtime: Runtime,
    engine: EngineValue | None,
    *,
    language: str = "",
    translate: bool = False,
    prompt: str = "",
    words: bool = False,
) -> Recognizer:
    """Return the recognizer: the connected engine, else the default one.

    Raises:
        UnknownEngineError: the engine does not exist, or no engine is ready.
        ValueError: the engine does not support a setting.
    """
    selected = engine or EngineValue(name="")
    recognizer = Recognizer(
        engine=selected.name,
        model=selected.model,
        language=language.strip() or selected.language,
        translate=translate,
        prompt=prompt.strip(),
        params=selected.params,
    )
    try:
        return resolve_recognizer(recognizer, runtime.registry, words=words)
    except UnknownEngineError as error:
        if engine is not None:
            raise
        raise UnknownEngineError(
            "no recognition engine is ready; connect a faster-whisper node: it downloads its model, or shows the "
            "command that installs it"
        ) from error


def read_params(text: str, spec: EngineSpec) -> dict[str, ParamValue]:
    """Return an engine's settings from lines of `name=value`. ValueError names an invalid line."""
    params: dict[str, ParamValue] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                params |= parse_params([line], spec)
            except ValueError as error:
                raise ValueError(f"'params', line {number}: {error}") from None
    return params


def _resolver(runtime: Runtime) -> VoiceResolver:
    """Return a resolver that Cancel interrupts while it recognizes the words of a recording."""
    return VoiceResolver.of(runtime, poll=throw_exception_if_processing_interrupted)


def _voice(resolver: VoiceResolver, spec: EngineSpec, voice: VoiceValue) -> SpeakerVoice | None:
    if voice.recording is None:
        return resolver.voice(voice.name, spec)
    recording = VoiceRecording(
        samples=np.frombuffer(voice.recording.pcm, "<f4"),
        sample_rate=voice.recording.sample_rate,
        transcript=voice.recording.transcript,
        transcript_place="'transcript' of the Voice from audio node",
    )
    return resolver.reference(recording, spec)
