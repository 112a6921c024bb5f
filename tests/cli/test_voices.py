"""The command `voices`: the transcripts of one's own recordings."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken
from fixtures_jobs import Command

from voxweft.media.audio.encode import AudioEncoder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "voices"
    folder.mkdir()
    samples, _ = spoken("This is my own voice, and it says a few words more than would be needed for that.")
    for name, part in (("Ann.wav", samples), ("Short.wav", samples[: SPEECH_RATE_HZ * 6 // 10])):
        with (folder / name).open("wb") as file, AudioEncoder(file, "wav", SPEECH_RATE_HZ) as encoder:
            encoder.write(np.array(part))
    (folder / "Radio.yaml").write_text("engine: espeak", encoding="utf-8")
    return folder


@pytest.fixture
def own(library: Path, tmp_path: Path) -> Command:
    return Command(tmp_path, VOXWEFT_VOICES=str(library))


def listed(command: Command, name: str) -> dict[str, object]:
    voices = json.loads(command.fine_here("voices", "--library", "--json").out)["voices"]
    return next(voice for voice in voices if voice["name"] == name)


def test_what_was_heard_is_shown_until_a_transcript_is_written(own: Command, library: Path) -> None:
    assert listed(own, "Ann")["heard"] is None
    first = own.fine_here("voices", "transcript", "ann")
    assert first.out.startswith("level")
    assert "recognizing the words of Ann.wav with recognizer" in first.err
    assert "if that is wrong, run `voxweft voices transcript ann TEXT`" in first.err
    again = own.fine_here("voices", "transcript", "library:Ann")
    assert again.out == first.out
    assert "recognizing" not in again.err
    assert listed(own, "Ann")["heard"] == first.out.strip()
    (row,) = (line for line in own.fine_here("voices", "--library").out.splitlines() if line.startswith("Ann"))
    assert f'heard: "{first.out[:40]}' in row

    done = own.fine_here("voices", "transcript", "ann", " This is my\nown voice. ")
    assert done.err == f"written to {library / 'Ann.txt'}\n"
    assert (library / "Ann.txt").read_text(encoding="utf-8") == "This is my own voice.\n"
    assert own.fine_here("voices", "transcript", "ann").out == "This is my own voice.\n"
    assert (listed(own, "Ann")["heard"], listed(own, "Ann")["transcript"]) == (None, str(library / "Ann.txt"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("transcript", "Anna"), "unknown voice 'Anna' in the library"),
        (("transcript", "radio"), "'Radio' in the library is a preset without a recording"),
        (("transcript", "radio", "Words."), "'Radio' in the library is a preset without a recording"),
        (("transcript", "ann", "  "), "the transcript is empty; give its words"),
        (("transcript", "ann", "word " * 20_000), "the transcript is too long"),
    ],
)
def test_mistakes_are_named(own: Command, arguments: tuple[str, ...], problem: str) -> None:
    done = own.here("voices", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {problem}")


def test_notes_are_plain_lines_and_quiet_leaves_them_out(own: Command, library: Path) -> None:
    # A note is logged once in a process: each call has a recording of its own name.
    for name in ("Cleo.wav", "Dora.wav"):
        (library / name).write_bytes((library / "Ann.wav").read_bytes())
    arguments = ("say", "Hello.", "-e", "mimic", "-m", "words", "-o", "a.wav")
    assert own.fine_here(*arguments, "-v", "library:cleo", "--quiet").err == ""
    lines = own.fine_here(*arguments, "-v", "library:dora").err.splitlines()
    assert any(line.startswith('Dora.wav: heard "') for line in lines), lines


def test_a_transcript_is_never_written_through_a_link(own: Command, library: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("mine", encoding="utf-8")
    (library / "Ann.txt").symlink_to(elsewhere)
    done = own.here("voices", "transcript", "ann", "New words.")
    assert done.code == 2
    assert done.err.startswith(f"error: Ann.txt is a link to {elsewhere}; replace the link with a file")
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert own.fine_here("voices", "transcript", "ann").out == "mine\n"


@pytest.mark.parametrize(
    ("voice", "problem"),
    [
        ("missing.wav", "there is no file 'missing.wav'"),
        ("pipe.wav", "'pipe.wav' isn't a file; give a recording"),
        ("folder.wav", "'folder.wav' isn't a file; give a recording"),
        (
            "talk.opus",
            "engine 'mimic' speaks in the voice of a recording, and 'talk.opus' isn't one; give a file (--voice",
        ),
    ],
)
def test_what_is_no_recording_is_named(own: Command, tmp_path: Path, voice: str, problem: str) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    done = own.here("say", "Hello.", "-e", "mimic", "-v", voice, "-o", "a.wav")
    assert done.code == 2
    assert done.err.startswith(f"error: {problem}")


def test_a_recording_is_spoken_with_as_the_engine_wants_it(own: Command, library: Path) -> None:
    refused = own.here("say", "Hello.", "-e", "mimic", "-o", "a.wav")
    assert refused.code == 2
    assert refused.err.startswith("error: engine 'mimic' speaks in the voice of a recording, and needs one: a file")
    short = own.here("say", "Hello.", "-e", "mimic", "-v", "library:short", "-o", "a.wav")
    assert short.code == 2
    assert "engine 'mimic' can't use Short.wav: it is 0." in short.err
    for voice in ("library:ann", "voices/Ann.wav"):
        done = own.fine_here("say", "Hello.", "-e", "mimic", "-v", voice, "-o", "a.wav", "--json")
        report = json.loads(done.out)
        assert report["voice_notes"][0].startswith("Ann.wav: ")
        assert report["voice_notes"][0].endswith("s are used, as the maximum is 4 s")
        assert report["segments"][0]["voice"].startswith("reference:")
    assert report["segments"][0]["cached"], "the content counts, not the path"
    report = json.loads(
        own.fine_here("say", "Hello.", "-e", "mimic", "-m", "words", "-v", "library:ann", "-o", "a.wav", "--json").out
    )
    assert 'Ann.wav: heard "level' in report["voice_notes"][1]


def test_a_cast_names_recordings_next_to_it(own: Command, library: Path, tmp_path: Path) -> None:
    (library / "cast.yaml").write_text(
        "members: {Ann: {engine: mimic, voice: Ann.wav}, Bo: {engine: mimic}}", encoding="utf-8"
    )
    done = own.here("say", "[Ann] Hello.", "-e", "tone", "--cast", "voices/cast.yaml", "-o", "a.wav")
    assert done.code == 2
    assert "'Bo': engine 'mimic' speaks in the voice of a recording" in done.err
    (library / "cast.yaml").write_text("members: {Ann: {engine: mimic, voice: Ann.wav}}", encoding="utf-8")
    own.fine_here("say", "[Ann] Hello.", "-e", "tone", "--cast", "voices/cast.yaml", "-o", "a.wav")
