"""The voice library: recordings and presets in real files, which the cache identifies by their content."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import numpy as np
import pytest
from fixtures_jobs import Command
from streaming_kit import ENGINES, engine_module

from voxweft.jobs.errors import CastError, UnknownVoiceError, VoiceLibraryError
from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.voices import Cast, CastSpeaker, PreparedVoice, Speaker, VoiceLibrary, VoiceResolver, read_cast
from voxweft.media.audio.encode import AudioEncoder
from voxweft.media.audio.formats import AudioFormat
from voxweft.utils.streaming import TensorVoice
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.blobs import BlobStore

REGISTRY = EngineRegistry((ENGINES,))
CLONER = engine_module("cloner")
RATE = 16000


def sound(frequency: float = 300.0, seconds: float = 1.0, level: float = 0.5) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def write(file: Path, samples: np.ndarray, kind: AudioFormat = "wav", rate: int = RATE) -> Path:
    with file.open("wb") as stream, AudioEncoder(stream, kind, rate, float32=kind == "wav") as encoder:
        encoder.write(samples)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library with a voice of each kind."""
    here = tmp_path / "voices"
    here.mkdir()
    write(here / "Grandpa.wav", sound())
    (here / "grandpa.txt").write_text("What is\n said.", encoding="utf-8")
    (here / "Radio.yaml").write_text("engine: espeak\nvoice: en-gb\nspeed: 1.2", encoding="utf-8")
    write(here / "both.flac", sound(500), "flac")
    (here / "both.json").write_text('{"engine": "cloner", "gain_db": -3}', encoding="utf-8")
    (here / "readme.txt").write_text("no voice", encoding="utf-8")
    (here / "picture.png").write_bytes(b"x")
    return here


def resolver(folder: Path, files: Path | None = None) -> VoiceResolver:
    return VoiceResolver(REGISTRY, BlobStore(), VoiceLibrary([folder]), files)


def test_a_library_lists_and_finds_its_voices(folder: Path) -> None:
    voices, broken = VoiceLibrary([folder, folder / "nowhere"]).read()
    assert [voice.name for voice in voices] == ["both", "Grandpa", "Radio"]
    assert broken == []
    library = VoiceLibrary([folder])
    recording = library.recording("GRAND PA")
    np.testing.assert_array_equal(recording.samples, sound())
    assert (recording.sample_rate, recording.transcript) == (RATE, "What is said.")
    assert library.presets() == {
        "both": {"engine": "cloner", "gain_db": -3, "voice": "library:both"},
        "Grandpa": {"voice": "library:Grandpa"},
        "Radio": {"engine": "espeak", "voice": "en-gb", "speed": 1.2},
    }
    with pytest.raises(UnknownVoiceError, match=r"unknown voice 'Grampa' in the library .*; did you mean 'Grandpa"):
        library.find("Grampa")
    with pytest.raises(VoiceLibraryError, match="'Radio' in the library is a preset without a recording"):
        library.recording("radio")
    with pytest.raises(UnknownVoiceError, match="the voice library is empty; set VOXWEFT_VOICES"):
        VoiceLibrary([]).find("x")


@pytest.mark.parametrize("kind", ["mp3", "opus", "m4a", "flac"])
def test_every_format_is_read(tmp_path: Path, kind: AudioFormat) -> None:
    write(tmp_path / f"v.{'ogg' if kind == 'opus' else kind}", sound(seconds=2.0), kind)
    recording = VoiceLibrary([tmp_path]).recording("v")
    assert recording.duration_s == pytest.approx(2.0, abs=0.1)
    middle = recording.samples[RATE // 2 : RATE]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_a_stereo_file_becomes_mono(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "v.wav"), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.repeat((sound() * 32767).astype("<i2"), 2).tobytes())
    recording = VoiceLibrary([tmp_path]).recording("v")
    assert recording.samples.shape == (RATE,)


def broken_files(folder: Path) -> dict[str, str]:
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_bytes(b"this is not audio at all" * 100)
    (folder / "playlist.mp3").write_bytes(b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/x.mp3\n")
    write(folder / "short.wav", sound(seconds=0.2))
    write(folder / "silent.wav", sound(level=0.0))
    write(folder / "long.flac", np.resize(sound(), 121 * RATE), "flac")
    write(folder / "low.wav", sound(), rate=4000)
    write(folder / "nothing.wav", sound())
    (folder / "nothing.txt").write_text(" \n")
    write(folder / "latin.wav", sound())
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    data = write(folder / "twice.wav", sound()).read_bytes()
    (folder / "twice.flac").write_bytes(data)
    nan = sound()
    nan[RATE // 2] = np.nan
    buffer = io.BytesIO()
    header = np.frombuffer(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0", np.uint8).tobytes()
    header += np.array([RATE, RATE * 4], "<u4").tobytes() + np.array([4, 32], "<u2").tobytes()
    buffer.write(header + b"data" + np.array([nan.nbytes], "<u4").tobytes() + nan.tobytes())
    (folder / "nan.wav").write_bytes(buffer.getvalue())
    (folder / "keys.yaml").write_text("enginne: espeak")
    (folder / "list.yaml").write_text("- a")
    (folder / "alias.yaml").write_text("aliases: [x]")
    write(folder / "named.wav", sound())
    (folder / "named.yaml").write_text("voice: en")
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 2 * RATE).astype(np.float32)
    cut = write(folder / "damaged.flac", noise, "flac").read_bytes()
    (folder / "damaged.flac").write_bytes(cut[: len(cut) // 2])
    return {
        "empty": "'empty.wav' is empty",
        "damaged": "damaged.flac is damaged (Invalid data found when processing input)",
        "text": "text.wav",
        "playlist": "playlist.mp3",
        "short": "short.wav is 0.20 s long (minimum 0.5 s)",
        "silent": "silent.wav is silent",
        "long": "long.flac is too long (maximum 120 s)",
        "low": "has 4000 Hz",
        "nothing": "nothing.txt is empty",
        "latin": "latin.txt isn't valid UTF-8 at byte 4",
        "twice": "twice.flac and twice.wav have the same name",
        "nan": "NaN or infinite",
        "keys": "unknown key 'enginne'; did you mean 'engine",
        "list": "list.yaml is not a preset",
        "alias": "aliases isn't allowed in a preset",
        "named": "named.yaml names a voice, but named.wav is the voice",
    }


def test_broken_voices_are_skipped_and_listed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    expected = broken_files(folder)
    voices, broken = VoiceLibrary([folder]).read()
    assert [voice.name for voice in voices] == ["both", "Grandpa", "Radio"]
    assert {one.name for one in broken} == set(expected)
    for one in broken:
        assert expected[one.name] in one.reason
        assert str(folder) not in one.reason
    assert sum("voice skipped" in record.getMessage() for record in caplog.records) == len(broken)
    with pytest.raises(VoiceLibraryError, match=r"voice 'silent' in the library can't be used: silent\.wav is silent"):
        VoiceLibrary([folder]).recording("silent")


def test_the_first_folder_takes_precedence(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other / "grandpa.wav", sound(800))
    assert VoiceLibrary([other, folder]).find("Grandpa").folder == other
    assert VoiceLibrary([folder, other]).find("Grandpa").folder == folder


def imitated(runtime: Runtime, folder: Path, name: str) -> tuple[np.ndarray, bool]:
    """Return the output of the imitating test engine for a recording, and whether it came from the cache."""
    voices = VoiceResolver.of(runtime, library=VoiceLibrary([folder]))
    speaker = voices.speaker(Speaker(engine="cloner", voice=f"library:{name}"))
    job = speak("One two.", speaker, runtime.registry)
    audio = np.concatenate(list(run(job, runtime)))
    (piece,) = job.report().segments
    return audio, piece.cached


def test_a_recording_is_identified_by_its_content(runtime: Runtime, folder: Path) -> None:
    first, cached = imitated(runtime, folder, "Grandpa")
    np.testing.assert_array_equal(first, CLONER.expected("One two.", sound()))
    assert not cached
    (folder / "Grandpa.wav").rename(folder / "Grandma.wav")
    (folder / "grandpa.txt").rename(folder / "Grandma.txt")
    renamed, cached = imitated(runtime, folder, "grandma")
    np.testing.assert_array_equal(renamed, first)
    assert cached, "another name is no other voice"
    write(folder / "Grandma.wav", sound(440))
    replaced, cached = imitated(runtime, folder, "grandma")
    np.testing.assert_array_equal(replaced, CLONER.expected("One two.", sound(440)))
    assert not cached, "another recording is"
    (folder / "Grandma.txt").write_text("Other words.")
    assert not imitated(runtime, folder, "grandma")[1], "and so are other words"
    assert imitated(runtime, folder, "grandma")[1]


def test_an_engine_without_cloning_refuses_a_recording(folder: Path) -> None:
    cast = Cast(members=(CastSpeaker(name="Bo", engine="espeak", voice="library:Grandpa"),))
    with pytest.raises(CastError, match=r"'Bo': engine 'espeak' can't imitate the recording .*; these engines can: c"):
        cast.check(REGISTRY, resolver(folder).voice)


def test_voices_are_files_only_where_a_folder_is_given(folder: Path) -> None:
    (folder / "mine.pt").write_bytes(b"PK\3\4 tensor")
    (folder / "text.pt").write_bytes(b"text")
    here = resolver(folder, files=folder).voice
    voice = here("Grandpa.wav", REGISTRY.get("cloner"))
    assert isinstance(voice, PreparedVoice)
    in_library = resolver(folder).voice("library:grandpa", REGISTRY.get("cloner"))
    assert isinstance(in_library, PreparedVoice)
    (clip,), (clip_in_library,) = voice.clips, in_library.clips
    assert clip.voice.digest == clip_in_library.voice.digest
    assert clip_in_library.voice.transcript == "What is said."
    assert isinstance(here("mine.pt", REGISTRY.get("kokoro")), TensorVoice)
    for name, engine, why in (
        ("gone.pt", "kokoro", r"no such voice file: .*gone\.pt"),
        ("text.pt", "kokoro", r"text\.pt is not a voice file"),
        ("mine.pt", "espeak", r"engine 'espeak' can't speak with a voice file \(\.pt\); these engines can: .*kokoro"),
    ):
        with pytest.raises(ValueError, match=why):
            here(name, REGISTRY.get(engine))
    with pytest.raises((ValueError, OSError), match=r"gone\.wav"):
        here("gone.wav", REGISTRY.get("cloner"))
    requested = read_cast(b"members: {A: {engine: cloner, voice: Grandpa.wav}}", "request")
    assert not isinstance(requested.check(REGISTRY, resolver(folder).voice).cast_speaker("A").voice, PreparedVoice)


def test_a_cast_builds_on_presets(folder: Path) -> None:
    cast = read_cast(
        b"members: {A: {preset: radio, speed: 1.0}, B: {preset: both}}", "c", presets=VoiceLibrary([folder]).presets()
    ).check(REGISTRY, resolver(folder).voice)
    assert (cast.cast_speaker("A").engine, cast.cast_speaker("A").speed) == ("espeak", 1.0)
    assert isinstance(cast.cast_speaker("B").voice, PreparedVoice)
    assert cast.cast_speaker("B").gain_db == -3.0


def test_the_command_lists_it_and_speaks_with_it(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.wav").write_bytes(b"")
    command = Command(tmp_path, VOXWEFT_VOICES=str(folder))
    done = command.fine_here("voices", "--library")
    assert "Grandpa" in done.out
    assert "skipped voice 'bad'" in done.err
    listed = json.loads(command.fine_here("voices", "--library", "--json").out)
    assert [voice["name"] for voice in listed["voices"]] == ["both", "Grandpa", "Radio"]
    assert listed["broken"][0]["name"] == "bad"
    (tmp_path / "cast.yaml").write_text("members: {G: {engine: cloner, voice: voices/Grandpa.wav}}")
    report = json.loads(
        command.fine_here("say", "[G] Hi.", "-e", "tone", "--cast", "cast.yaml", "-o", "a.wav", "--json").out
    )
    assert report["segments"][0]["voice"].startswith("reference:")
    done = command.fine_here("say", "Hi.", "-e", "cloner", "-v", "library:grandpa", "-o", "b.wav", "--json")
    assert json.loads(done.out)["segments"][0]["cached"] is False, "it has a transcript"


def test_the_language_of_a_preset_is_that_of_its_recording(folder: Path) -> None:
    write(folder / "Opa.wav", sound())
    (folder / "Opa.yaml").write_text("language: de-AT", encoding="utf-8")
    library = VoiceLibrary([folder])
    assert [library.recording(name).language for name in ("opa", "both")] == ["de-AT", None]
    voice = resolver(folder).voice("library:opa", REGISTRY.get("cloner"))
    notes = Speaker(engine="cloner", voice=voice, language="en").voice_notes(REGISTRY.get("cloner"))
    assert notes[-1] == "Opa.wav is in language 'de-AT', and the text in 'en': expect an accent"
