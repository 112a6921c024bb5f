"""The precedence of engines and voices, and the suggestions for unknown names."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from streaming_kit import ENGINES

from voxweft.jobs.errors import UnknownVoiceError
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker, VoiceLibrary, VoiceResolver
from voxweft.utils.streaming import MixedVoice, NamedVoice, ReferenceVoice
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.contract.voice import VoicePart
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.blobs import BlobStore

REGISTRY = EngineRegistry((ENGINES,))
ESPEAK, KOKORO, CLONER = (REGISTRY.get(name) for name in ("espeak", "kokoro", "cloner"))
RESOLVER = VoiceResolver(REGISTRY, BlobStore(), VoiceLibrary([]))


@pytest.mark.parametrize("text", ["", " ", "default"])
def test_no_voice_is_the_default_one(text: str) -> None:
    assert RESOLVER.voice(text, ESPEAK) is None
    assert Speaker(engine="espeak", voice=text).segment(0, "x", ESPEAK).voice == NamedVoice("en-us")


def test_the_voice_of_the_language_takes_precedence_over_the_default() -> None:
    for language, voice in KOKORO.language_voices.items():
        assert Speaker(language=language).voice_on(KOKORO) == NamedVoice(voice)
    assert Speaker().voice_on(KOKORO) == NamedVoice(KOKORO.default_voice)
    assert Speaker(language="de", voice="en-gb").voice_on(ESPEAK) == NamedVoice("en-gb"), "a named voice stays"


def test_text_is_a_mix_where_the_engine_can_mix() -> None:
    mix = RESOLVER.voice("af_bella(2)+af_sky", KOKORO)
    assert mix == MixedVoice((VoicePart("af_bella", 2.0), VoicePart("af_sky", 1.0)))
    assert RESOLVER.voice("en-us+f2", ESPEAK) == NamedVoice("en-us+f2")
    assert Speaker(voice="af_bella(2)+af_sky").voice_on(KOKORO) == mix


def test_a_library_voice_needs_a_resolver() -> None:
    with pytest.raises(ValueError, match="'library:x' is not resolved"):
        Speaker(voice="library:x").voice_on(CLONER)
    with pytest.raises(UnknownVoiceError, match="unknown voice 'x': the voice library is empty"):
        RESOLVER.voice("library:x", CLONER)
    with pytest.raises(
        ValueError, match=r"'espeak' can't imitate the recording 'library:x'; these engines can: .*cloner"
    ):
        RESOLVER.voice("library:x", ESPEAK)


def test_without_a_folder_no_text_leads_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.pt").write_bytes(b"PK\3\4 tensor")
    path = str(tmp_path / "mine.pt")
    assert not isinstance(RESOLVER.voice("a.wav", CLONER), ReferenceVoice)
    with pytest.raises(ValueError, match="voice"):
        RESOLVER.voice(path, KOKORO)


def test_a_speaker_is_resolved_once() -> None:
    resolved = RESOLVER.speaker(Speaker(engine="espeak", voice="de"))
    assert resolved == Speaker(engine="espeak", voice=NamedVoice("de"))
    assert RESOLVER.speaker(resolved) == resolved
    assert (Speaker(voice="de").voice_text, resolved.voice_text, Speaker().voice_text) == ("de", "de", "")


def test_speakers_of_a_cast_use_the_narrators_engine(runtime: Runtime) -> None:
    resolver = VoiceResolver.of(runtime)
    cast = Cast(members=(CastSpeaker(name="A"), CastSpeaker(name="B", engine="tone")))
    narrator = Speaker(engine="espeak", voice="de")
    checked = resolver.cast(cast, resolver.speaker(narrator))
    assert [checked.speaker(name).engine for name in (None, "A", "B")] == ["espeak", "espeak", "tone"]
    own = msgspec.structs.replace(cast, narrator=CastSpeaker(name="", voice="fr"))
    checked = resolver.cast(own, resolver.speaker(narrator))
    assert checked.speaker(None) == Speaker(engine="espeak", voice=NamedVoice("fr"))


def test_the_speed_of_an_engine_without_speed_control_is_that_of_a_tempo_change() -> None:
    with pytest.raises(
        ValueError, match=r"^speed 2\.5 is out of range for engine 'cloner', which has no speed control"
    ):
        RESOLVER.speaker(Speaker(engine="cloner", speed=2.5))
    assert RESOLVER.speaker(Speaker(engine="cloner", speed=1.2)).speed == 1.2
