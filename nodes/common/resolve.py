"""From what is connected to a node, and what stands in its widgets, to who speaks or listens."""

from __future__ import annotations

import json

import msgspec

from ...jobs.transcribe import Recogniser
from ...jobs.voices import Cast, Member, Speaker, VoiceFinder, VoiceLibrary
from ...jobs.voices.cast import as_narrator
from ...text.lexicon import Lexicon, read_lexicon
from ...utils.streaming import ParamValue, ReferenceVoice, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import UnknownEngineError
from ...utils.streaming.contract.voice_syntax import parse_voice
from ...utils.streaming.runtime import Runtime
from .inputs import DEFAULT_PITCH, DEFAULT_VOICE
from .values import EngineValue, LexiconValue, VoiceValue

WITHOUT_ENGINE = EngineValue(name="espeak")
"""Who speaks where no engine is connected: the one that needs no download. Graphs from before there were engine nodes
sound as they did."""


def make_speaker(
    runtime: Runtime,
    engine: EngineValue | None,
    speaker: VoiceValue | None,
    *,
    voice: str,
    speed: float,
    pitch: int = DEFAULT_PITCH,
    seed: int = 0,
) -> Speaker:
    """Return who speaks. A connected voice goes before the widget; the widget's default means the engine's own voice.

    ValueError for what the engine can't do, naming the widget where it is one.
    """
    chosen = engine or WITHOUT_ENGINE
    spec = runtime.registry.get(chosen.name)
    params = dict(chosen.params)
    if pitch != DEFAULT_PITCH:
        if "pitch" not in spec.params:
            raise ValueError(f"'pitch' is {pitch}, and engine '{spec.name}' has none: set it back to {DEFAULT_PITCH}")
        params["pitch"] = pitch
    name = voice.strip()
    taken = speaker or VoiceValue(name=chosen.voice if name in ("", DEFAULT_VOICE) else name)
    return Speaker(
        engine=spec.name,
        model=chosen.model,
        voice=_voice(runtime, spec, taken),
        language=taken.language or chosen.language,
        speed=speed,
        seed=seed,
        params=params,
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
    """Return a member of a cast. Without an engine it is that of whoever speaks, and the voice is checked there."""
    taken = speaker or VoiceValue(name=voice.strip() or (engine.voice if engine is not None else ""))
    settled: str | Voice | None = taken.name or None
    if engine is not None:
        settled = _voice(runtime, runtime.registry.get(engine.name), taken)
    elif taken.recording is not None:
        raise ValueError(f"'{name}' has a recording for a voice: connect the engine that shall imitate it")
    return Member(
        name=name,
        aliases=aliases,
        engine=engine.name if engine is not None else "",
        model=engine.model if engine is not None else "",
        voice=settled,
        language=taken.language or (engine.language if engine is not None else None),
        speed=speed,
        params=dict(engine.params) if engine is not None else {},
        gain_db=gain_db,
    )


def settle_cast(runtime: Runtime, cast: Cast | None, speaker: Speaker) -> Cast | None:
    """Return a cast whose members can speak, with `speaker` for a narrator unless it has one; None for no cast.

    Whoever names no engine has the speaker's. CastError names the member who can't speak as he should.
    """
    if cast is None:
        return None
    narrator = cast.narrator or as_narrator(speaker)
    if not narrator.engine:
        narrator = msgspec.structs.replace(narrator, engine=speaker.engine, model=narrator.model or speaker.model)
    library = VoiceLibrary(runtime.settings.voice_folders)
    # Without a folder: no text of a graph leads to a file.
    return msgspec.structs.replace(cast, narrator=narrator).check(
        runtime.registry, VoiceFinder(runtime.blobs, runtime.registry, library)
    )


def make_lexicon(lexicon: LexiconValue | None) -> Lexicon | None:
    """Return how words are to be spoken; None where nothing says so."""
    return Lexicon.joined(map(read_lexicon, lexicon.contents)) if lexicon is not None else None


def make_recogniser(
    runtime: Runtime,
    engine: EngineValue | None,
    *,
    language: str = "",
    translate: bool = False,
    prompt: str = "",
    words: bool = False,
) -> Recogniser:
    """Return who listens: the connected engine, else the preferred one of those that are ready.

    UnknownEngineError where none is, ValueError for what the engine can't do.
    """
    if engine is not None:
        spec = runtime.registry.get(engine.name)
    else:
        try:
            spec = runtime.registry.default("recognition")
        except UnknownEngineError as error:
            raise UnknownEngineError(
                "no engine for recognition is ready here: connect a faster-whisper node, which downloads its model once"
            ) from error
    params = dict(engine.params) if engine is not None else {}
    if words and "word_timestamps" in spec.params:
        params.setdefault("word_timestamps", True)
    recogniser = Recogniser(
        engine=spec.name,
        model=engine.model if engine is not None else "",
        language=language.strip() or (engine.language if engine is not None else None),
        translate=translate,
        prompt=prompt.strip(),
        params=params,
    )
    recogniser.check(runtime.registry)
    return recogniser


def read_params(text: str) -> dict[str, ParamValue]:
    """Return an engine's settings from lines of `name=value`. ValueError names the line that isn't one."""
    params: dict[str, ParamValue] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, separator, value = (part.strip() for part in line.partition("="))
        if not (separator and name):
            raise ValueError(f"'params' has no name=value in line {number}: {line.strip()!r}")
        params[name] = _value(value)
    return params


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text


def _voice(runtime: Runtime, spec: EngineSpec, voice: VoiceValue) -> Voice | None:
    if voice.recording is not None:
        if not spec.can("reference"):
            raise ValueError(f"engine '{spec.name}' can't imitate a recording: connect a voice that it has by name")
        recording = voice.recording
        digest = runtime.blobs.put(recording.pcm, recording.sample_rate)
        return ReferenceVoice(digest, recording.transcript)
    return parse_voice(voice.name, can_mix=spec.can("mix")) if voice.name else None
