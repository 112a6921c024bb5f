"""`voxweft transcribe` with the real tiny model: a recording to text and subtitles, and live audio."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import wave
from pathlib import Path

import pytest
from fixtures_jobs import Command, all_gone, wait_for, workers_of
from optional import skip_without

skip_without("faster_whisper")

from fixtures_whisper import MODEL, TINY

from voxweft.media.subtitles import read_subtitles
from voxweft.text.wer import word_error_rate

SCRIPT = "Hello. Welcome to the show. Today is Monday. Thank you and goodbye."
LINES = ["hello", "welcome to the show", "today is monday", "thank you and goodbye"]
ENGINE = ("-e", "faster_whisper", "-m", MODEL, "--model-path", str(TINY))


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The command in a folder with `show.wav`, spoken by eSpeak NG, on whose speech the tiny model was trained.

    One cache for all tests: the recording is recognized once with and once without word timestamps.
    """
    command = Command(tmp_path_factory.mktemp("show"))
    # The tiny model needs long pauses to tell sentences apart.
    spoken = ("say", SCRIPT, "-e", "espeak", "--pause-scale", "3")
    command.fine_here(*spoken, "-o", "show.wav", "-q", "--report", "spoken.json")
    return command


@pytest.fixture(scope="module")
def recording(command: Command) -> Path:
    return command.folder / "show.wav"


def test_text_on_stdout(command: Command) -> None:
    """In a separate process: exit code, stdout and stderr as a shell gets them."""
    done = command.fine("transcribe", "show.wav", "--model-path", str(TINY))
    assert done.out.split("\n") == [*LINES, ""]
    assert f"4 segments, by faster_whisper {TINY.name}, in" in done.err, "the folder's engine, and its name"
    (command.folder / "half").mkdir()
    shutil.copy(TINY / "config.json", command.folder / "half")
    incomplete = command.here("transcribe", "show.wav", "--model-path", "half")
    assert incomplete.code == 1
    assert "missing model.bin" in incomplete.err


def test_every_format_has_the_same_words_and_times(command: Command) -> None:
    for name in ("txt", "tsv", "json", "srt", "vtt", "ass"):
        command.fine_here("transcribe", "show.wav", *ENGINE, "-o", f"out.{name}", "-q")

    def read(name: str) -> str:
        return (command.folder / f"out.{name}").read_text(encoding="utf-8")

    assert read("txt").splitlines() == LINES
    table = [line.split("\t") for line in read("tsv").splitlines()][1:]
    assert [text for _, _, text in table] == LINES
    data = json.loads(read("json"))
    assert [piece["text"] for piece in data["segments"]] == LINES
    assert [round(piece["start_s"] * 1000) for piece in data["segments"]] == [int(start) for start, _, _ in table]
    words = [word["text"] for piece in data["segments"] for word in piece["words"]]
    assert words == " ".join(LINES).split()
    for name in ("srt", "vtt", "ass"):
        cues = read_subtitles(read(name).encode(), name=f"out.{name}").cues
        assert " ".join(cue.spoken_text for cue in cues) == " ".join(LINES)
        assert all(cue.start_ms < cue.end_ms for cue in cues)


def test_format_of_stdout_and_of_an_unknown_suffix(command: Command) -> None:
    """`--format` means the same as in the commands that write audio."""
    srt = command.fine_here("transcribe", "show.wav", *ENGINE, "-f", "srt", "-q").out
    assert srt.startswith("1\n00:00:0")
    command.fine_here("transcribe", "show.wav", *ENGINE, "-f", "srt", "-o", "out.captions", "-q")
    assert (command.folder / "out.captions").read_text(encoding="utf-8") == srt


def test_times_are_those_of_the_recording(command: Command) -> None:
    """The report of the speech has the time of each sentence."""
    pieces = json.loads((command.folder / "spoken.json").read_text(encoding="utf-8"))["segments"]
    command.fine_here("transcribe", "show.wav", *ENGINE, "--no-words", "-o", "times.json", "-q")
    recognized = json.loads((command.folder / "times.json").read_text(encoding="utf-8"))["segments"]
    for spoken, found in zip(pieces, recognized, strict=True):
        assert found["start_s"] == pytest.approx(spoken["start_s"], abs=0.25)
        assert found["end_s"] == pytest.approx(spoken["end_s"], abs=0.4)


def test_presets_lay_subtitles_out_differently(command: Command) -> None:
    for preset in ("streaming", "short-form", "dubbing"):
        command.fine_here("transcribe", "show.wav", *ENGINE, "--preset", preset, "-o", f"{preset}.srt", "-q")

    def cues(preset: str) -> list[str]:
        file = command.folder / f"{preset}.srt"
        return [cue.spoken_text for cue in read_subtitles(file.read_bytes(), name=file.name).cues]

    assert all(len(text.split()) <= 4 for text in cues("short-form"))
    assert len(cues("short-form")) > len(cues("streaming"))
    assert {" ".join(cues(preset)) for preset in ("streaming", "short-form", "dubbing")} == {" ".join(LINES)}


def test_the_cache_does_not_depend_on_the_file_name(command: Command, recording: Path) -> None:
    first = command.fine_here("transcribe", "show.wav", *ENGINE)
    entries = json.loads(command.fine_here("cache", "stats", "--json").out)["entries"]
    assert entries >= 1
    (command.folder / "copy.wav").write_bytes(recording.read_bytes())
    again = command.fine_here("transcribe", "copy.wav", *ENGINE)
    assert again.out == first.out
    assert json.loads(command.fine_here("cache", "stats", "--json").out)["entries"] == entries


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.wav", *ENGINE], 2, "absent.wav"),
        (["show.wav", *ENGINE, "-o", "out.doc"], 2, "out.doc has no known suffix (.txt, .srt, "),
        (["show.wav", *ENGINE, "-o", "new.srt", "-f", "vtt"], 2, "has the suffix of srt, but --format is vtt"),
        (["show.wav", *ENGINE, "--preset", "cinema"], 2, "unknown preset 'cinema'; available: "),
        (["show.wav", *ENGINE, "-l", "tlh"], 2, "'tlh'"),
        (["show.wav", *ENGINE, "-l", "de"], 2, "English"),
        (["show.wav", *ENGINE, "-p", "beam=3"], 2, "did you mean 'beam_size'"),
        (["show.wav", *ENGINE, "-p", "beam"], 2, "--param: expected name=value, not 'beam'"),
        (["show.wav", "-e", "espeak"], 2, "doesn't recognize speech"),
        (["show.wav", "-e", "faster_whisper", "-m", "huge"], 2, "no model 'huge'"),
        (["show.wav", *ENGINE, "-o", "no/out.srt"], 2, "no such directory: no"),
        (["show.wav", "--live"], 2, "--live reads audio from stdin"),
        (["-", *ENGINE], 2, "--live reads audio from stdin"),
        (["-", "--live", "-o", "new.srt", *ENGINE], 2, "--live writes text or JSON lines to stdout"),
        (["-", "--live", "--sample-rate", "0", *ENGINE], 2, "--sample-rate must be above 0 Hz, not 0"),
    ],
)
def test_bad_input(command: Command, arguments: list[str], code: int, message: str) -> None:
    before = command.files()
    done = command.here("transcribe", *arguments)
    assert message in done.err
    assert done.code in (code, 1), done.err
    assert "Traceback" not in done.err
    assert command.files() == before


def samples(recording: Path) -> bytes:
    """Return the recording as PCM at 16 kHz, as a microphone would deliver it."""
    import numpy as np
    import soxr

    with wave.open(str(recording)) as file:
        rate, data = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return soxr.resample(data.astype(np.float32), rate, 16_000).round().astype("<i2").tobytes()


def test_live_words_from_stdin(command: Command, recording: Path) -> None:
    """As text from a pipe in a separate process, and as events; the last word included."""
    spoken, audio = " ".join(LINES), samples(recording)
    live = ("transcribe", "--live", "-", *ENGINE, "-p", "beam_size=1")
    done = command.fine(*live, stdin=audio)
    # The windows depend on real time.
    assert word_error_rate(spoken, done.out).errors <= 2
    assert done.out.split()[-1] == "goodbye"
    events = [json.loads(line) for line in command.fine_here(*live, "--json", stdin=audio).out.splitlines()]
    committed = [word["text"].strip() for event in events if event["type"] == "committed" for word in event["words"]]
    assert word_error_rate(spoken, " ".join(committed)).errors <= 2
    assert committed[-1] == "goodbye"


def test_a_text_file_is_not_a_recording(command: Command) -> None:
    (command.folder / "letter.wav").write_text("Dear Sir or Madam, " * 99, encoding="utf-8")
    done = command.here("transcribe", "letter.wav", *ENGINE, "-o", "letter.txt")
    assert done.code == 1
    assert "letter.wav" in done.err
    assert "Traceback" not in done.err
    assert not (command.folder / "letter.txt").exists()


def test_silence_is_not_an_error(command: Command) -> None:
    import numpy as np

    from voxweft.media.audio.wav import WavWriter

    with (command.folder / "silence.wav").open("wb") as file, WavWriter(file, 16000) as writer:
        writer.write(np.zeros(32000, np.float32))
    done = command.fine_here("transcribe", "silence.wav", *ENGINE)
    assert done.out == ""
    assert "no speech found" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a Unix shell sends them")
def test_an_interrupt_leaves_no_partial_file(command: Command) -> None:
    """Interrupted while the worker computes: it has used more CPU time than it needs to load the model."""
    command.fine_here("say", SCRIPT * 40, "-e", "espeak", "-o", "long.wav", "-q", "--no-cache")
    with command.started("transcribe", "long.wav", *ENGINE, "-o", "long.srt") as running:
        workers = workers_of(running)
        wait_for(running, lambda: sum(worker.cpu_times().user for worker in workers) > 2, "the worker computes")
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=90)
        assert running.returncode == 130, errors
        all_gone(workers)
    assert [path.name for path in command.folder.iterdir() if path.name.startswith((".long", "long.srt"))] == []
