"""Requests: each builds the same job as the functions of the jobs, with its options."""

from __future__ import annotations

from pathlib import Path

import pytest
from streaming_kit import ENGINES

from voxweft.jobs.dub import DubMode
from voxweft.jobs.errors import CastError
from voxweft.jobs.requests.dub import DubRequest
from voxweft.jobs.requests.narrate import NarrateRequest
from voxweft.jobs.requests.options import parse_params, stream_options
from voxweft.jobs.requests.speak import SpeakRequest
from voxweft.jobs.requests.speech import load_cast
from voxweft.jobs.requests.transcribe import TranscribeRequest, resolve_recognizer
from voxweft.jobs.speak import speak
from voxweft.jobs.transcribe import Recognizer
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker, VoiceLibrary
from voxweft.media.books import read_book
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming import NamedVoice
from voxweft.utils.streaming.contract.errors import UnknownEngineError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority

REGISTRY = EngineRegistry((ENGINES,))
ESPEAK = Speaker(engine="espeak")


def test_options_of_a_job() -> None:
    plain = stream_options()
    assert (plain.workers, plain.priority, plain.on_failure, plain.look_ahead) == (1, Priority.BATCH, "raise", 4)
    assert stream_options(workers=4).look_ahead == 8
    assert stream_options(several_models=True).look_ahead == 64
    assert stream_options(several_models=True, live=True).look_ahead == 16
    assert stream_options(workers=16, several_models=True, live=True).look_ahead == 32
    live = stream_options(live=True, on_failure="report")
    assert (live.priority, live.on_failure) == (Priority.LIVE, "report")


def test_every_job_with_a_cast_looks_ahead() -> None:
    cast = Cast(members=(CastSpeaker(name="A"),))
    book = read_book(b"One.", "a.txt")
    for request in (
        SpeakRequest(text="x", cast=cast),
        DubRequest(cues=(), cast=cast),
        NarrateRequest(book=book, output=Path("x"), cast=cast),
    ):
        assert request.options == stream_options(several_models=True)
    assert SpeakRequest(text="x", workers=2, live=True).options == stream_options(workers=2, live=True)


def test_a_script_may_need_a_model_for_each_language() -> None:
    book = read_book(b"One.", "a.txt")
    several, one = stream_options(several_models=True), stream_options()
    for markup, model, expected in ((True, "", several), (True, "world", one), (None, "", one), (False, "", one)):
        speaker = Speaker(engine="polyglot", model=model)
        assert SpeakRequest(text="x", speaker=speaker, markup=markup).options == expected
        assert NarrateRequest(book=book, output=Path("x"), speaker=speaker, markup=markup).options == expected


def test_a_request_builds_the_job_of_its_function(runtime: Runtime) -> None:
    request = SpeakRequest(text="One. Two.", speaker=Speaker(engine="espeak", voice="en-gb"), seeds={1: 7})
    expected = speak("One. Two.", Speaker(engine="espeak", voice=NamedVoice("en-gb")), runtime.registry, seeds={1: 7})
    assert request.job(runtime).segments == expected.segments
    cues = read_subtitles(b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n").cues
    job = DubRequest(cues=cues, speaker=ESPEAK, mode=DubMode.PAD, sample_rate=16_000).job(runtime)
    assert (job.mode, job.sample_rate, [segment.text for segment in job.segments]) == (DubMode.PAD, 16_000, ["Hello."])


def test_a_book_is_spoken_in_its_language_unless_the_speaker_says_otherwise(runtime: Runtime, tmp_path: Path) -> None:
    book = read_book(b"---\nlang: de\n---\n\nEins. Zwei.\n", "a.md")

    def language(speaker: Speaker) -> str | None:
        return NarrateRequest(book=book, output=tmp_path / "out", speaker=speaker).job(runtime).speaker.language

    assert language(ESPEAK) == (book.language or None)
    assert language(Speaker(engine="espeak", voice="en-gb")) is None
    assert language(Speaker(engine="espeak", language="fr")) == "fr"


def test_a_cast_file_finds_its_voices_next_to_it(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "cast.yaml"
    file.write_text("members: {A: {engine: cloner, voice: missing.wav}}")
    with pytest.raises((CastError, OSError), match=r"missing\.wav"):
        SpeakRequest(text="[A] x", cast=file, speaker=ESPEAK).job(runtime)
    file.write_text("members: {A: {voice: en-gb}}")
    job = SpeakRequest(text="[A] x", cast=file, speaker=ESPEAK).job(runtime)
    assert job.segments[0].voice == NamedVoice("en-gb")


def test_a_narrator_of_the_file_and_a_chosen_speaker_contradict(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "cast.yaml"
    file.write_text("members: {A: {voice: en-gb}}\nnarrator: A")
    SpeakRequest(text="x", cast=file).job(runtime)
    default = runtime.registry.default("speech").name
    SpeakRequest(text="x", cast=file, speaker=Speaker(engine=default)).job(runtime)
    with pytest.raises(ValueError, match=r"cast\.yaml has a narrator; remove it"):
        SpeakRequest(text="x", cast=file, speaker=Speaker(speed=1.2)).job(runtime)
    # A book's language isn't a choice of the user's.
    book = read_book(b"---\nlang: de\n---\n\nEins.\n", "a.md")
    NarrateRequest(book=book, output=tmp_path / "out", cast=file).job(runtime)


def test_a_dub_names_the_engine_that_its_language_has_chosen(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.registry, "is_ready", lambda spec, _model: spec.name in ("kokoro", "espeak"))
    cues = read_subtitles(b"1\n00:00:01,000 --> 00:00:02,000\nGuten Tag.\n").cues
    job = DubRequest(cues=cues, language="de").job(runtime)
    assert job.segments[0].engine == "espeak"
    assert job.notes[0] == "engine 'espeak' speaks: 'kokoro' doesn't speak the language 'de'"
    assert DubRequest(cues=cues, language="de", speaker=Speaker(engine="espeak")).job(runtime).notes == []


def test_the_narrator_of_a_cast_object_takes_precedence_over_the_speaker(runtime: Runtime) -> None:
    cast = Cast(narrator=CastSpeaker(name="", voice="de"), members=(CastSpeaker(name="A"),))
    job = SpeakRequest(text="x", cast=cast, speaker=Speaker(engine="espeak", voice="en-gb")).job(runtime)
    assert (job.segments[0].engine, job.segments[0].voice) == ("espeak", NamedVoice("de"))


def test_a_cast_file_is_read_with_presets(tmp_path: Path) -> None:
    (tmp_path / "radio.yaml").write_text("speed: 1.2")
    (tmp_path / "cast.yaml").write_text("members: {A: {preset: radio}}")
    assert load_cast(tmp_path / "cast.yaml", VoiceLibrary([tmp_path])).cast_speaker("A").speed == 1.2


def test_a_recognizer_gets_word_times_where_there_are_any() -> None:
    found = resolve_recognizer(Recognizer(engine="recognizer"), REGISTRY, words=True)
    has_words = "word_timestamps" in REGISTRY.get("recognizer").params
    assert found.params == ({"word_timestamps": True} if has_words else {})
    whisper = resolve_recognizer(Recognizer(engine="faster_whisper"), REGISTRY, words=True)
    assert whisper.params == {"word_timestamps": True}
    chosen = Recognizer(engine="faster_whisper", model="small", params={"word_timestamps": False})
    assert resolve_recognizer(chosen, REGISTRY, words=True) == chosen
    assert resolve_recognizer(Recognizer(engine="faster_whisper"), REGISTRY).params == {}
    with pytest.raises(UnknownEngineError, match="did you mean 'recognizer'"):
        resolve_recognizer(Recognizer(engine="recogizer"), REGISTRY)
    with pytest.raises(ValueError, match="its task is speech"):
        resolve_recognizer(Recognizer(engine="espeak"), REGISTRY)


def test_a_transcription_starts_with_its_file(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TranscribeRequest(file=tmp_path / "x.wav", recognizer=Recognizer(engine="recognizer")).job(runtime)


def test_params_are_read_from_text() -> None:
    assert parse_params(["a=1", "b = 0.5", "c=true", "d=x=y", "e="]) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": "x=y",
        "e": "",
    }
    assert parse_params(["a=[1]"]) == {"a": "[1]"}
    for wrong in ("pitch", "=3", ""):
        with pytest.raises(ValueError, match="expected name=value, not"):
            parse_params([wrong])
