"""`voxweft transcribe`: a recording in, text and subtitles out, with the real tiny model."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest
from fixtures_jobs import Command

pytest.importorskip("faster_whisper")

from fixtures_whisper import MODEL, TINY

from voxweft.media.subtitles import read_subtitles
from voxweft.text.wer import word_error_rate

SCRIPT = "Hello. Welcome to the show. Today is Monday. Thank you and goodbye."
LINES = ["hello", "welcome to the show", "today is monday", "thank you and goodbye"]
ENGINE = ("-e", "faster_whisper", "-m", MODEL, "--model-path", str(TINY))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Said by eSpeak NG, whom the tiny model was trained on."""
    command = Command(tmp_path_factory.mktemp("show"))
    command.fine("say", SCRIPT, "-e", "espeak", "-o", "show.wav", "-q", "--report", "said.json")
    return command.folder / "show.wav"


@pytest.fixture
def recording(command: Command, show: Path) -> Path:
    """The recording in the command's folder."""
    return Path(shutil.copy(show, command.folder))


def test_text_on_stdout(command: Command, recording: Path) -> None:
    done = command.fine("transcribe", "show.wav", *ENGINE)
    assert done.out.split("\n") == [*LINES, ""]
    assert "4 segments, by faster_whisper" in done.err


def test_every_format_says_the_same_at_the_same_times(command: Command, recording: Path) -> None:
    for name in ("txt", "tsv", "json", "srt", "vtt", "ass"):
        command.fine("transcribe", "show.wav", *ENGINE, "-o", f"out.{name}", "-q")

    def read(name: str) -> str:
        return (command.folder / f"out.{name}").read_text(encoding="utf-8")

    assert read("txt").splitlines() == LINES
    table = [line.split("\t") for line in read("tsv").splitlines()][1:]
    assert [text for _, _, text in table] == LINES
    data = json.loads(read("json"))
    assert [piece["text"] for piece in data["pieces"]] == LINES
    assert [round(piece["start_s"] * 1000) for piece in data["pieces"]] == [int(start) for start, _, _ in table]
    words = [word["text"] for piece in data["pieces"] for word in piece["words"]]
    assert words == " ".join(LINES).split()
    for name in ("srt", "vtt", "ass"):
        cues = read_subtitles(read(name).encode(), name=f"out.{name}").cues
        assert " ".join(cue.spoken_text for cue in cues) == " ".join(LINES)
        assert all(cue.start_ms < cue.end_ms for cue in cues)


def test_times_are_those_of_the_recording(command: Command, recording: Path, show: Path) -> None:
    """The report of who spoke knows where each sentence is."""
    pieces = json.loads(show.with_name("said.json").read_text(encoding="utf-8"))["pieces"]
    command.fine("transcribe", "show.wav", *ENGINE, "--no-words", "-o", "heard.json", "-q")
    heard = json.loads((command.folder / "heard.json").read_text(encoding="utf-8"))["pieces"]
    for spoken, found in zip(pieces, heard, strict=True):
        assert found["start_s"] == pytest.approx(spoken["start_s"], abs=0.25)
        assert found["end_s"] == pytest.approx(spoken["end_s"], abs=0.4)


def test_presets_lay_subtitles_out_differently(command: Command, recording: Path) -> None:
    for preset in ("streaming", "short-form", "dubbing"):
        command.fine("transcribe", "show.wav", *ENGINE, "--preset", preset, "-o", f"{preset}.srt", "-q")

    def cues(preset: str) -> list[str]:
        file = command.folder / f"{preset}.srt"
        return [cue.spoken_text for cue in read_subtitles(file.read_bytes(), name=file.name).cues]

    assert all(len(text.split()) <= 4 for text in cues("short-form"))
    assert len(cues("short-form")) > len(cues("streaming"))
    assert {" ".join(cues(preset)) for preset in ("streaming", "short-form", "dubbing")} == {" ".join(LINES)}


def test_it_comes_from_the_cache_under_any_name(command: Command, recording: Path) -> None:
    first = command.fine("transcribe", "show.wav", *ENGINE)
    (command.folder / "copy.wav").write_bytes(recording.read_bytes())
    # The model would be refused now, if anybody asked for it.
    again = command.fine("transcribe", "copy.wav", *ENGINE)
    assert again.out == first.out
    index = command.fine_here("cache", "stats", "--json")
    assert json.loads(index.out)["entries"] >= 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.wav", *ENGINE], 2, "absent.wav"),
        (["show.wav", *ENGINE, "-o", "out.doc"], 2, "name the format with -f"),
        (["show.wav", *ENGINE, "-o", "out.srt", "-f", "vtt"], 2, "its name says srt"),
        (["show.wav", *ENGINE, "--preset", "cinema"], 2, "--preset is one of"),
        (["show.wav", *ENGINE, "-l", "tlh"], 2, "doesn't understand the language 'tlh'"),
        (["show.wav", *ENGINE, "-l", "de"], 2, "English"),
        (["show.wav", *ENGINE, "-p", "beam=3"], 2, "did you mean 'beam_size"),
        (["show.wav", "-e", "espeak"], 2, "doesn't recognize speech"),
        (["show.wav", "-e", "faster_whisper", "-m", "huge"], 2, "no model 'huge'"),
    ],
)
def test_what_cannot_be_is_said(
    command: Command, recording: Path, arguments: list[str], code: int, message: str
) -> None:
    done = command("transcribe", *arguments)
    assert message in done.err
    assert done.code in (code, 1), done.err
    assert "Traceback" not in done.err


def samples(recording: Path) -> bytes:
    """The recording at 16 kHz, as a microphone would give it."""
    import numpy as np
    import soxr

    with wave.open(str(recording)) as file:
        rate, data = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return soxr.resample(data.astype(np.float32), rate, 16_000).round().astype("<i2").tobytes()


def test_live_words_come_from_stdin_to_the_last(command: Command, recording: Path) -> None:
    said = " ".join(LINES)
    done = command.fine("transcribe", "--live", "-", *ENGINE, "-p", "beam_size=1", stdin=samples(recording))
    # Which windows there are hangs on real time.
    assert word_error_rate(said, done.out).errors <= 2
    assert done.out.split()[-1] == "goodbye"
    events = [
        json.loads(line)
        for line in command.fine(
            "transcribe", "--live", "-", *ENGINE, "-p", "beam_size=1", "--json", stdin=samples(recording)
        ).out.splitlines()
    ]
    committed = [word["text"].strip() for event in events if event["type"] == "committed" for word in event["words"]]
    assert word_error_rate(said, " ".join(committed)).errors <= 2
    assert committed[-1] == "goodbye"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show.wav", "--live"], "takes its audio from stdin"),
        (["-"], "takes its audio from stdin"),
        (["-", "--live", "-o", "out.srt"], "writes lines to stdout"),
        (["-", "--live", "--rate", "0"], "--rate is above 0"),
    ],
)
def test_what_live_cannot_do_is_said(command: Command, arguments: list[str], message: str) -> None:
    done = command("transcribe", *arguments, *ENGINE)
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert message in done.err


def test_a_text_file_is_no_recording(command: Command) -> None:
    (command.folder / "letter.wav").write_text("Dear Sir or Madam, " * 99, encoding="utf-8")
    done = command("transcribe", "letter.wav", *ENGINE, "-o", "out.txt")
    assert done.code == 1
    assert "no audio or video" in done.err
    assert not (command.folder / "out.txt").exists()


def test_silence_is_no_error(command: Command) -> None:
    import numpy as np

    from voxweft.media.audio.wav import WavWriter

    with (command.folder / "silence.wav").open("wb") as file, WavWriter(file, 16000) as writer:
        writer.write(np.zeros(32000, np.float32))
    done = command.fine("transcribe", "silence.wav", *ENGINE)
    assert done.out == ""
    assert "no words were heard" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_leaves_no_half_file(command: Command, recording: Path) -> None:
    command.fine("say", SCRIPT * 60, "-e", "espeak", "-o", "long.wav", "-q")
    running = subprocess.Popen(
        [sys.executable, "-m", "voxweft", "transcribe", "long.wav", *ENGINE, "-o", "long.srt"],
        cwd=command.folder,
        env=command.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=90)
    assert running.returncode == 130, said
    assert [path.name for path in command.folder.iterdir() if path.name.startswith("long.srt")] == []
