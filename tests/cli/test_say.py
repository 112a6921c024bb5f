"""`voxweft say` with real engines, files, pipes and signals."""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures_jobs import Command, all_gone, read_wav, signal_group, to_pcm, wait_for, workers_of
from paths import ROOT
from performer_kit import texts_in
from streaming_kit import tone_samples

UNKNOWN = 0xFFFFFFFF
TONE = ("-e", "tone", "-p", "chunks=4", "-p", "chunk_samples=3000")
HANGS = ("-e", "tone", "-p", "fault=hang")

unix_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals as a Unix shell sends them")


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """For tests that leave no files."""
    return Command(tmp_path_factory.mktemp("say"))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_file_and_report(command: Command) -> None:
    """In a separate process first: exit code, stdout and stderr as a shell gets them."""
    done = command.fine("say", "Hello there. How are you?", "-o", "out.wav", "--json", "--report", "report.json")
    report = json.loads(done.out)
    assert report == json.loads((command.folder / "report.json").read_text(encoding="utf-8"))
    rate, samples = read_wav(command.folder / "out.wav")
    assert (rate, samples.size / rate) == (report["sample_rate"], report["duration_s"])
    assert [piece["text"] for piece in report["segments"]] == ["Hello there.", "How are you?"]
    for piece in report["segments"]:
        assert np.abs(samples[piece["start_sample"] : piece["end_sample"]]).max() > 3000
    first, second = report["segments"]
    assert not samples[first["end_sample"] : second["start_sample"]].any()
    assert command.files() == {"out.wav", "report.json"}
    assert done.err == ""
    again = command.fine_here("say", "Hello there. How are you?", "-o", "out.wav")
    assert again.out == ""
    assert again.err.startswith(f"out.wav: {report['duration_s']:.2f} s at 22050 Hz, 2 segments, in ")
    assert command.fine_here("say", "Hello there.", "-o", "out.wav", "-q").err == ""


def test_pauses_are_scaled(command: Command) -> None:
    text = "The boat left the harbor at noon. Nobody was there."
    for scale in ("0", "2"):
        command.fine_here("say", text, "-o", f"{scale}.wav", "--pause-scale", scale)
    none, double = (read_wav(command.folder / f"{scale}.wav")[1].size for scale in (0, 2))
    assert double - none == round(2 * 0.3 * 22_050)
    wrong = command.here("say", text, "-o", "x.wav", "--pause-scale", "6")
    assert wrong.err == "error: the pause scale must be between 0 and 5, not 6\n"


def test_levels(command: Command) -> None:
    leveled = command.fine_here("say", "Hello there.", "-o", "level.wav", "--level", "-30", "--report", "report.json")
    assert ", 1 segment, level -9.1 dB, in " in leveled.err
    report = json.loads((command.folder / "report.json").read_text(encoding="utf-8"))
    assert report["levels"] == [{"engine": "espeak", "voice": "en-us", "gain_db": -9.1, "message": ""}]
    off = command.fine_here("say", "Hello there.", "-o", "off.wav", "--level", "off", VOXWEFT_LEVEL="-18")
    assert "level" not in off.err.removeprefix("off.wav")
    level, raw = (np.abs(read_wav(command.folder / name)[1]).max() for name in ("level.wav", "off.wav"))
    assert 20 * np.log10(level / raw) == pytest.approx(-9.1, abs=0.05)
    wrong = command.here("say", "Hello.", "-o", "x.wav", "--level", "loud")
    assert wrong.err == "error: --level: a level must be off, or between -40 and -5 LUFS, not 'loud'\n"


def test_float_samples_at_another_rate(command: Command) -> None:
    command.fine_here("say", "a b", "-o", "out.wav", "--float", "--sample-rate", "48000", *TONE)
    data = (command.folder / "out.wav").read_bytes()
    at = data.index(b"fmt ")
    code, channels, rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", data, at + 8)
    assert (code, channels, rate, frame_bytes, bits) == (3, 1, 48000, 4, 32)
    at = data.index(b"data")
    (n_bytes,) = struct.unpack_from("<I", data, at + 4)
    samples = np.frombuffer(data[at + 8 :], "<f4")
    assert samples.nbytes == n_bytes
    assert samples.size == 4 * 3000 * 2
    # The engine's rate is half of it: resampled noise keeps its position and level.
    original = tone_samples("a b", 4, 3000)
    assert np.corrcoef(samples[::2], original)[0, 1] > 0.95


def test_samples_of_the_engine_are_unchanged(command: Command) -> None:
    command.fine_here("say", "-", "-o", "out.wav", *TONE, stdin="\ufeffGrüße 🙂".encode())
    rate, samples = read_wav(command.folder / "out.wav")
    assert rate == 24000
    np.testing.assert_array_equal(samples, to_pcm(tone_samples("Grüße 🙂", 4, 3000)))


@unix_signals
def test_a_pipe_streams_before_the_end(command: Command) -> None:
    """The engine hangs in the middle of a segment: everything before that has arrived, to the last sample."""
    with command.started("say", "a b", "-o", "-", *HANGS) as process:
        assert process.stdout is not None
        header = process.stdout.read(44)
        assert (header[:4], header[8:16]) == (b"RIFF", b"WAVEfmt ")
        assert (struct.unpack_from("<I", header, 4)[0], struct.unpack_from("<I", header, 40)[0]) == (UNKNOWN, UNKNOWN)
        samples = np.frombuffer(process.stdout.read(4 * 12000 * 2), "<i2")
        np.testing.assert_array_equal(samples, to_pcm(tone_samples("a b")[: 4 * 12000]))
        assert process.poll() is None
        workers = workers_of(process)
        signal_group(process, signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
        assert (process.returncode, rest, errors) == (130, b"", b"interrupted\n")
        all_gone(workers)


@unix_signals
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", 1), 129)]
)
def test_a_signal_leaves_no_process_and_no_partial_file(command: Command, number: signal.Signals, code: int) -> None:
    target = command.folder / "out.wav"
    target.write_bytes(b"previous content")
    with command.started("say", "a b", "-o", "out.wav", "--report", "report.json", *HANGS) as process:

        def half_written() -> bool:
            return any(file.stat().st_size > 50_000 for file in command.folder.glob(".*.part"))

        wait_for(process, half_written, "half of the file is written")
        workers = workers_of(process)
        signal_group(process, number)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == code, errors
        assert b"Traceback" not in errors
        all_gone(workers)
    assert command.files() == {"out.wav"}
    assert target.read_bytes() == b"previous content"


@unix_signals
@pytest.mark.parametrize("wanted", [0, 100, 200_000])
def test_the_reader_of_the_pipe_quits(command: Command, wanted: int) -> None:
    """As in `| head -c 100`."""
    long = ("-e", "tone", "-p", "chunks=200")
    with command.started("say", "a b", "-o", "-", *long) as process:
        assert process.stdout is not None
        assert len(process.stdout.read(wanted)) == wanted
        workers = workers_of(process)
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert (process.wait(30), errors) == (141, b"")
        all_gone(workers)


@unix_signals
def test_a_redirected_stdout_gets_a_complete_header(command: Command) -> None:
    """`-o - > file` is seekable, so the sizes in the header are corrected at the end."""
    with (command.folder / "out.wav").open("wb") as file:
        run_into(command, file.fileno())
    np.testing.assert_array_equal(read_wav(command.folder / "out.wav")[1], to_pcm(tone_samples("a b", 4, 3000)))


def run_into(command: Command, descriptor: int) -> None:
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "voxweft", "say", "a b", "-o", "-", *TONE],
        command.environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, descriptor, 1)],
    )
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@unix_signals
def test_progress_bar_on_a_terminal(command: Command) -> None:
    import pty

    leader, follower = pty.openpty()
    pid = os.posix_spawn(
        sys.executable,
        [
            sys.executable,
            "-m",
            "voxweft",
            "say",
            "One [/]. Two [red]. Three.",
            "-o",
            str(command.folder / "o.wav"),
            *TONE,
        ],
        command.environment | {"TERM": "xterm"},
        file_actions=[(os.POSIX_SPAWN_DUP2, follower, 2), (os.POSIX_SPAWN_DUP2, follower, 1)],
    )
    os.close(follower)
    shown = b""
    try:
        while data := os.read(leader, 65536):
            shown += data
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"tone: " in shown or b"Speaking" in shown
    assert b"3 segments" in shown
    assert b"Traceback" not in shown


def test_audio_is_not_written_to_a_terminal(warm: Command) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "voxweft", "say", "a", "-o", "-", *TONE],
        warm.environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, follower, 1)],
    )
    os.close(follower)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    os.close(leader)


BAD_INPUT = [
    (("say", "", "-o", "x.wav"), "nothing to speak: the text is empty"),
    (("say", "-", "-o", "x.wav"), "nothing to speak: the text is empty"),
    (("say", "x", "-o", "x.doc"), "'x.doc': unknown audio suffix '.doc'; choose one of .wav, "),
    (("say", "x", "-o", "x.mp3", "--format", "wav"), "x.mp3 has the suffix of mp3, but --format is wav; change one"),
    (("say", "x", "-o", "-", "-f", "midi"), "Invalid value for '--format' / '-f': 'midi' is not one of 'wav', "),
    (("say", "x", "-o", "x.wav", "--bit-rate", "64k"), "wav is lossless; its bit rate can't be set"),
    (("say", "x", "-o", "x.mp3", "--bit-rate", "64q"), "--bit-rate '64q': give kbit/s, such as 64k or 64"),
    (("say", "x", "-o", "x.mp3", "--bit-rate", "64000"), "--bit-rate '64000': give kbit/s, such as 64k or 64"),
    (("say", "x", "-o", "x.mp3", "--bitrate", "64k"), "No such option: --bitrate"),
    (("say", "x", "-o", "no/x.wav"), "no such directory: "),
    (("say", "x", "-o", "[/].wav"), "no such directory: "),
    (("say", "x", "-o", "x.wav", "--report", "no/r.json"), "no such directory: no"),
    (("say", "x", "-o", "x.wav", "--report", "./x.wav"), "--output and --report are the same file, 'x.wav'"),
    (("say", "x", "-o", "-", "--json"), "--json and -o - both write to stdout; use --report for the JSON"),
    (("say", "x", "-o", "x.wav", "-e", "espek"), "there is no engine 'espek'; did you mean 'espeak"),
    (("say", "x", "-o", "x.wav", "-e", "espeak", "-m", "small"), "has no choice of model; leave out --model"),
    (("say", "x", "-o", "x.wav", "-e", "espeak", "--device", "gpu"), "has no choice of device; leave out --device"),
    (("say", "x", "-o", "x.wav", "-e", "kokoro", "--dtype", "int3"), "has no dtype 'int3'; it has float32, "),
    (("say", "x", "-o", "x.wav", "--device", "gpu"), "no engine has the device 'gpu'; available: auto, cpu, cuda, mps"),
    (("say", "x", "-o", "x.wav", "-e", "[/b]"), "there is no engine '[/b]'; available: "),
    (("say", "x", "-o", "x.wav", "-e", "recognizer"), "it is for recognition; speech engines: "),
    (("say", "x", "-o", "x.wav", "-p", "pich=3"), "has no parameter 'pich'; did you mean 'pitch' or 'pitch_range'?"),
    (("say", "x", "-o", "x.wav", "-p", "pitch=300"), "parameter 'pitch' is 300, outside "),
    (("say", "x", "-o", "x.wav", "-p", "pitch"), "--param: expected name=value, not 'pitch'"),
    (
        ("say", "x", "-o", "x.wav", "-s", "9"),
        "speed 9 is out of range for engine 'espeak'",
    ),
    (("say", b"a\xffb", "-o", "x.wav"), "the text isn't valid UTF-8 at character 2"),
    (("say", "x"), "--output"),
    (("say", "x", "-o", "x.wav", "--sped", "1"), "--sped"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT)
def test_bad_input(warm: Command, arguments: tuple[str | bytes, ...], message: str) -> None:
    done = warm.here(*arguments)
    assert done.code == 2, done.err
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert warm.files() == set()


def test_stdin_is_not_utf_8(warm: Command) -> None:
    done = warm.here("say", "-", "-o", "x.wav", stdin=b"a\xff")
    assert (done.code, done.err) == (2, "error: stdin isn't valid UTF-8 at byte 2\n")


def test_invalid_setting(warm: Command) -> None:
    done = warm.here("say", "x", "-o", "x.wav", VOXWEFT_CACHE_BYTES="much")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: VOXWEFT_CACHE_BYTES is 'much'; expected a size")


def test_failing_engine(warm: Command) -> None:
    """The engine's own message, without its traceback; once with the exit code of a process."""
    failing = ("say", "All [bold]is[/] well.", "-o", "x.wav", "-e", "tone", "-p", "fault=raise")
    done = warm(*failing)
    text = "segment 1 ('All [bold]is[/] well.') failed in engine 'tone': this is the engine's own message"
    assert (done.code, done.err) == (1, f"error: {text}\n")
    assert warm.here("--verbose", *failing).code == 1
    killed = warm.here("say", "x", "-o", "x.wav", "-e", "tone", "-p", "fault=kill")
    assert killed.code == 1
    assert "the last words of a worker" in killed.err
    unknown = warm.here("say", "x", "-o", "x.wav", "-v", "en-uss")
    assert unknown.code == 1
    assert "has no voice 'en-uss'; did you mean " in unknown.err
    assert unknown.err.count("\n") == 1
    assert warm.files() == set()


def test_full_disk(warm: Command) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = warm.here("say", "x", "-o", "/dev/full", *TONE)
    assert done.code == 2, "the name has no suffix"
    link = warm.folder / "full.wav"
    link.symlink_to("/dev/full")
    try:
        done = warm.here("say", "x", "-o", "full.wav", *TONE)
        assert done.code == 1
        assert done.err == "error: full.wav: No space left on device\n"
        assert "Traceback" not in done.err
    finally:
        link.unlink()


def test_gaps_are_reported(command: Command) -> None:
    """With --on-failure report, the other segments are written, the report names the gap, and the exit code is 3."""
    fault = command.folder / "fault"
    fault.touch()
    faulty = (*TONE, "-p", "fault=raise", "-p", f"fault_file={fault}", "--no-cache", "--workers", "1")
    arguments = ("say", "One. Two.", "-o", "out.wav", "--report", "r.json", *faulty)
    assert command.here(*arguments).code == 1
    assert command.files() == set()
    fault.touch()
    done = command.here(*arguments, "--on-failure", "report")
    assert done.code == 3
    assert done.err.endswith(
        "error: 1 segment could not be spoken:\n  segment 1 ('One.'): this is the engine's own message\n"
    )
    pieces = json.loads((command.folder / "r.json").read_text(encoding="utf-8"))["segments"]
    assert [piece["status"] for piece in pieces] == ["failed", "spoken"]
    _, samples = read_wav(command.folder / "out.wav")
    last = pieces[-1]
    np.testing.assert_array_equal(
        samples[last["start_sample"] : last["end_sample"]], to_pcm(tone_samples("Two.", 4, 3000))
    )


@pytest.mark.parametrize("text", ["🙂🙃", "...!", "«»", '"'])
def test_text_without_words_is_a_pause(command: Command, text: str) -> None:
    done = command.fine_here("say", text, "-o", "out.wav", "--report", "r.json")
    report = json.loads((command.folder / "r.json").read_text(encoding="utf-8"))
    rate, samples = read_wav(command.folder / "out.wav")
    assert 0 < samples.size == round(report["duration_s"] * rate)
    assert not samples.any()
    assert [piece["status"] for piece in report["segments"]] == ["silent"]
    assert done.err.endswith("the text contains nothing to pronounce; the audio is a pause\n")


def test_silent_segments_are_reported(command: Command) -> None:
    done = command.fine_here("say", "One [/]. Two.", "-o", "[red]out:smile:.wav", "-e", "tone", "-p", "chunks=0")
    assert done.err.startswith("[red]out:smile:.wav: 0.00 s at 24000 Hz, 2 segments, in ")
    assert done.err.endswith("the text contains nothing to pronounce; the audio is empty\n")
    assert read_wav(command.folder / "[red]out:smile:.wav")[1].size == 0


def test_long_text(command: Command) -> None:
    """A sentence of two thousand words, a word of ten thousand letters, and two hundred short sentences."""
    text = "word " * 2000 + "a" * 10_000 + ". " + "And so on. " * 200
    done = command.fine_here("say", "-", "-o", "out.wav", "--json", *TONE[:2], "-p", "chunks=1", stdin=text.encode())
    report = json.loads(done.out)
    spoken = "".join(text[piece["source_start"] : piece["source_end"]] for piece in report["segments"])
    assert spoken.replace(" ", "") == text.replace(" ", "")
    assert read_wav(command.folder / "out.wav")[1].size == report["segments"][-1]["end_sample"]


def test_a_script_with_its_cast(command: Command) -> None:
    examples = ROOT / "examples"
    done = command.fine_here(
        *("say", "--file", str(examples / "dialogue.txt"), "--cast", str(examples / "cast.yaml")),
        *("-o", "out.wav", "--subs-out", "out.vtt", "--report", "report.json"),
    )
    assert "9:37: [1] is not a speaker in the cast; read as text" in done.err
    pieces = json.loads((command.folder / "report.json").read_text(encoding="utf-8"))["segments"]
    assert {piece["speaker"] for piece in pieces} == {"", "Anna", "Bob", "Hans"}
    assert "<v Hans>Guten Abend!" in (command.folder / "out.vtt").read_text(encoding="utf-8")
    (command.folder / "names.txt").write_text("Anna = Hannah\n", encoding="utf-8")
    plain = r"\[Anna\] [pause:1s] Anna."
    (command.folder / "plain.txt").write_text(plain, encoding="utf-8-sig")
    command.fine_here(
        *("say", "--file", "plain.txt", "--lexicon", "names.txt", "--no-normalize"),
        *("-o", "out.wav", "--report", "report.json"),
    )
    pieces = json.loads((command.folder / "report.json").read_text(encoding="utf-8"))["segments"]
    assert " ".join(piece["text"] for piece in pieces) == plain.replace("Anna", "Hannah"), "every character is text"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("-o", "x.wav"), "there is no text to speak; give it as an argument, or a file with --file"),
        (("a", "--file", "b.txt", "-o", "x.wav"), "give a text or --file, not both"),
        (("[Unknown|speed:1] a", "--script", "-o", "x.wav"), "1:1: 'Unknown' is not in the cast"),
        (
            ("a", "-o", "x.wav", "--subs-out", "x.txt"),
            "subtitle file 'x.txt'; use .srt, .vtt, .ass",
        ),
        (
            ("a", "-o", "x.wav", "-e", "cloner", "-v", "library:x"),
            "the voice library is empty; set VOXWEFT_VOICES to a folder",
        ),
        (("a", "-o", "x.wav", "-e", "espeak", "-v", "library:x"), "can't imitate the recording 'library:x'; "),
    ],
)
def test_invalid_script(command: Command, arguments: tuple[str, ...], match: str) -> None:
    done = command.here("say", *arguments)
    assert done.code == 2
    assert match in done.err
    assert command.files() == set()


def test_sounds_are_performed_or_noted_once(command: Command) -> None:
    text = "Well [laughs], yes. Oh [laughs]!\n\n[sighs]"
    done = command.fine_here("say", text, "-o", "out.wav", "-e", "performer", "--json")
    assert texts_in(read_wav(command.folder / "out.wav")[1] / 32768) == ["Well [laugh], yes.", "Oh [laugh]!", "[sigh]"]
    assert [piece["performed"] for piece in json.loads(done.out)["segments"]] == [["laugh"], ["laugh"], ["sigh"]]
    left_out = command.fine_here("say", text, "-o", "out.wav", *TONE[:2], "-p", "chunks=1")
    assert left_out.err.count("[laughs] is left out: engine 'tone' doesn't perform it") == 1
    assert "3:1: [sighs] is left out: engine 'tone' doesn't perform it" in left_out.err
    only = command.fine_here("say", "[laughs]", "-o", "out.wav", *TONE[:2])
    assert "the text contains nothing to pronounce; the audio is empty" in only.err
    assert read_wav(command.folder / "out.wav")[1].size == 0
