"""Speakers of a script: each segment's model has its language, and notes say what an engine doesn't support."""

from __future__ import annotations

import numpy as np
import pytest
from streaming_kit import ENGINES, MakeRuntime, collect

from voxweft.jobs.errors import CastError
from voxweft.jobs.requests.speak import SpeakRequest
from voxweft.jobs.speak import SpeakJob, speak
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker
from voxweft.jobs.voices.cast_file import read_cast
from voxweft.jobs.voices.speaker_resolver import resolve_speakers
from voxweft.text.errors import TextError
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry((ENGINES,))
POLYGLOT = Speaker(engine="polyglot")
SCRIPT = "Good morning. [de:] Guten Morgen. [es:] Buenos días. [en:] Bye."
PITCHES = {"english": 220, "world": 330, "iberia": 440}


def models(job: SpeakJob) -> list[str]:
    return [segment.model for segment in job.segments]


def test_each_language_of_a_script_has_its_model() -> None:
    job = speak(SCRIPT, POLYGLOT, REGISTRY, markup=True)
    assert models(job) == ["english", "world", "iberia", "english"]
    assert [segment.language for segment in job.segments] == [None, "de", "es", "en"]
    named = Speaker(engine="polyglot", model="multilingual")
    assert models(speak("One. [de:] Zwei. [fr:] Trois.", named, REGISTRY, markup=True)) == ["world"] * 3
    german = Speaker(engine="polyglot", language="de")
    assert models(speak("Eins. [en:] Two.", german, REGISTRY, markup=True)) == ["world", "english"]


def test_a_named_model_is_never_left() -> None:
    named = Speaker(engine="polyglot", model="english")
    with pytest.raises(TextError, match=r"1:11: model 'english' of engine 'polyglot' doesn't have language 'de'; use"):
        speak("One. [de:] Zwei.", named, REGISTRY, markup=True)
    with pytest.raises(TextError, match=r"engine 'polyglot' doesn't speak the language 'ja'; these do: .*espeak"):
        speak("One. [ja:] 二。", POLYGLOT, REGISTRY, markup=True)


def test_the_casts_speaker_for_a_language_replaces_a_narrator_whose_model_lacks_it() -> None:
    cast = Cast(members=(CastSpeaker(name="Hans", engine="espeak", language="de"),))
    named = Speaker(engine="polyglot", model="english")
    job = speak("One. [de:] Zwei.", named, REGISTRY, cast=cast)
    assert [segment.engine for segment in job.segments] == ["polyglot", "espeak"]
    speakers = resolve_speakers(named, REGISTRY, cast)
    assert speakers.resolve(None, "de").notes == ("model 'english' doesn't have language 'de'; Hans speaks it",)
    # Any of its models will do if none is named.
    assert models(speak("One. [de:] Zwei.", POLYGLOT, REGISTRY, cast=cast)) == ["english", "world"]


def test_models_of_a_cast() -> None:
    cast = read_cast(
        b"narrator: Anna\nmembers:\n  Anna: {engine: polyglot, model: multilingual}\n  Ben: {}\n"
        b"  Cem: {model: english}\n  Dia: {engine: polyglot, language: pt}\n  Eva: {engine: polyglot}\n",
        "cast.yaml",
    )
    text = "[Anna] One. [Ben] Two. [Cem] Three. [Dia] Quatro. [Eva] Five. [de:Eva] Sechs."
    job = speak(text, Speaker(engine="espeak"), REGISTRY, cast=cast)
    assert models(job) == ["world", "world", "english", "iberia", "english", "world"], "Ben has the narrator's"
    refused = read_cast(b"members: {Ben: {engine: polyglot, model: english, language: de}}", "cast.yaml")
    with pytest.raises(
        CastError, match=r"cast.yaml, 'Ben': model 'english' of engine 'polyglot' doesn't have language"
    ):
        speak("[Ben] Eins.", POLYGLOT, REGISTRY, cast=refused)


@pytest.mark.parametrize("memory_bytes", [None, 1])
def test_a_job_of_several_models(make_runtime: MakeRuntime, memory_bytes: int | None) -> None:
    """Each model speaks its own segments: the test engine's models refuse any other, and differ in pitch.

    Each is loaded once, also where memory holds only one of them at a time.
    """
    runtime = make_runtime(memory_bytes=memory_bytes)
    request = SpeakRequest(text=SCRIPT + " [de:] Ja. [es:] Sí." * 20, speaker=POLYGLOT, markup=True)
    job = request.job(runtime)
    with runtime.stream(job.segments, request.options) as events:
        log = collect(events)
    assert runtime.loader.loads == 3
    for segment in job.segments:
        spectrum = np.abs(np.fft.rfft(log.samples(segment.index)))
        assert np.argmax(spectrum) * 16_000 / log.samples(segment.index).size == pytest.approx(
            PITCHES[segment.model], 0.02
        )


def test_low_latency_of_a_job_holds_for_its_cast() -> None:
    cast = Cast(
        members=(
            CastSpeaker(name="Ben", engine="polyglot"),
            CastSpeaker(name="Cem", engine="polyglot", params={"streaming": "sentences"}),
            CastSpeaker(name="Dia", engine="espeak"),
        )
    )
    text = "One. [Ben] Two. [Cem] Three. [Dia] Four."
    for narrator in (None, CastSpeaker(name="", engine="polyglot")):
        whole = Cast(members=cast.members, narrator=narrator)
        speaker = Speaker(engine="polyglot", low_latency=True)
        job = speak(text, speaker, REGISTRY, cast=whole)
        assert [segment.params for segment in job.segments] == [
            {"streaming": "clauses"},
            {"streaming": "clauses"},
            {"streaming": "sentences"},
            {},
        ], "a speaker's own settings take precedence"
    of_tone = speak("One. Two. Three.", Speaker(engine="tone", low_latency=True), REGISTRY).segments
    assert [segment.params for segment in of_tone] == [{"chunk_samples": 1000}, {}, {}], "only for the first segment"
    own = read_cast(b"members: {Ben: {engine: polyglot, low_latency: true}}", "cast.yaml")
    segments = speak("One. [Ben] Two.", POLYGLOT, REGISTRY, cast=own).segments
    assert [segment.params for segment in segments] == [{}, {"streaming": "clauses"}]


def test_notes_on_what_an_engine_does_not_support() -> None:
    speakers = resolve_speakers(Speaker(engine="still", speed=1.2, seed=5), REGISTRY)
    expected = (
        "speed 1.2 by tempo change: engine 'still' has no speed control",
        "seed 5 has no effect: engine 'still' has no seed",
    )
    assert speakers.narrator.notes == expected
    assert speakers.narrator.tempo == 1.2
    tagged = speakers.resolve(None, None, (("speed", 1.5),))
    assert tagged.notes[0].startswith("speed 1.5 by tempo change")
    assert resolve_speakers(Speaker(engine="still", seed=None), REGISTRY).narrator.notes == ()
    assert resolve_speakers(Speaker(engine="polyglot", speed=1.2, seed=5), REGISTRY).narrator.notes == ()
