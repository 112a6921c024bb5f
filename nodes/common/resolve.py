"""Resolve what is connected to a node and set in its widgets to speakers, casts, lexicons and recognizers."""

from __future__ import annotations

import json

import numpy as np

from ...jobs.transcribe import Recognizer
from ...jobs.voices import Cast, Member, Speaker, VoiceRecording, VoiceResolver
from ...text.lexicon import Lexicon, read_lexicon
from ...utils.streaming import ParamValue, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.runtime import Runtime
from .values import EngineValue, LexiconValue, VoiceValue


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

    Without an engine it is the default speech engine. A connected voice takes precedence over the widget, and the widget
    over the engine node's voice.

    Raises:
        UnknownEngineError: there is no such engine, or none is ready.
        ValueError: the engine does not support the voice or a setting.
    """
    registry = runtime.registry
    selected = engine or EngineValue(name=registry.default("speech").name)
    value = speaker or VoiceValue(name=voice.strip() or selected.voice)
    resolver = VoiceResolver.of(runtime)
    return resolver.speaker(
        Speaker(
            engine=selected.name,
            model=selected.model,
            voice=_voice(resolver, registry.get(selected.name), value),
            language=value.language or selected.language,
            speed=speed,
            seed=seed,
            params=selected.params,
        )
    )


def make_member(
    runtime: Runtime,
    name: str,
    aliases: tuple[str, ...],
    engine: EngineValue | None,
    speaker: VoiceValue | None,
    *,
    voice: str,
    speed: float,
    gain_db: float,
) -> Member:
    """Return a member of a cast. Without an engine, its voice is resolved later, for the narrator's engine.

    ValueError if the engine does not support the voice.
    """
    value = speaker or VoiceValue(name=voice.strip() or (engine.voice if engine is not None else ""))
    resolved: str | Voice | None = value.name or None
    if engine is not None:
        resolved = _voice(VoiceResolver.of(runtime), runtime.registry.get(engine.name), value)
    elif value.recording is not None:
        raise ValueError(f"'{name}' has a recording as its voice; connect an engine that can clone voices")
    return Member(
        name=name,
        aliases=aliases,
        engine=engine.name if engine is not None else "",
        model=engine.model if engine is not None else "",
        voice=resolved,
        language=value.language or (engine.language if engine is not None else None),
        speed=speed,
        params=dict(engine.params) if engine is not None else {},
        gain_db=gain_db,
    )


def resolve_cast(runtime: Runtime, cast: Cast | None, narrator: Speaker) -> Cast | None:
    """Return a cast whose members have engines and voices; None for no cast.

    `narrator` is the narrator unless the cast has one. CastError names the member that is wrong.
    """
    # The resolver has no folder: no text in a graph leads to a file.
    return None if cast is None else VoiceResolver.of(runtime).cast(cast, narrator)


def make_lexicon(lexicon: LexiconValue | None) -> Lexicon | None:
    """Return the joined lexicon; None for no lexicon."""
    return Lexicon.joined(map(read_lexicon, lexicon.contents)) if lexicon is not None else None


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
        UnknownEngineError: there is no such engine, or none is ready.
        ValueError: the engine does not support a setting.
    """
    spec = _recognition_engine(runtime, engine)
    params = dict(engine.params) if engine is not None else {}
    if words and "word_timestamps" in spec.params:
        params.setdefault("word_timestamps", True)
    recognizer = Recognizer(
        engine=spec.name,
        model=engine.model if engine is not None else "",
        language=language.strip() or (engine.language if engine is not None else None),
        translate=translate,
        prompt=prompt.strip(),
        params=params,
    )
    recognizer.check(runtime.registry)
    return recognizer


def _recognition_engine(runtime: Runtime, engine: EngineValue | None) -> EngineSpec:
    from ...utils.streaming.contract.errors import UnknownEngineError

    if engine is not None:
        return runtime.registry.get(engine.name)
    try:
        return runtime.registry.default("recognition")
    except UnknownEngineError as error:
        raise UnknownEngineError(
            "no recognition engine is ready; connect a faster-whisper node, which downloads its model once"
        ) from error


def read_params(text: str) -> dict[str, ParamValue]:
    """Return an engine's settings from lines of `name=value`. ValueError names a line that is not one."""
    params: dict[str, ParamValue] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, separator, value = (part.strip() for part in line.partition("="))
        if not (separator and name):
            raise ValueError(f"'params', line {number}: {line.strip()!r} is not name=value")
        params[name] = _value(value)
    return params


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text


def _voice(resolver: VoiceResolver, spec: EngineSpec, voice: VoiceValue) -> Voice | None:
    if voice.recording is None:
        return resolver.voice(voice.name, spec)
    recording = VoiceRecording(
        samples=np.frombuffer(voice.recording.pcm, "<f4"),
        sample_rate=voice.recording.sample_rate,
        transcript=voice.recording.transcript,
    )
    return resolver.reference(recording, spec)
