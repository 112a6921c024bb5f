"""`voxweft dub`, as a user runs it."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures_jobs import Command, all_gone, read_wav, signal_group, to_pcm, wait_for, workers_of
from performer_kit import texts_in
from streaming_kit import tone_samples

from voxweft.media.subtitles import read_subtitles

SRT = """1
00:00:00,500 --> 00:00:01,000
Good [red]morning[/]!

2
00:00:01,000 --> 00:00:02,000
<i>How</i> are you [/] today?

3
00:00:01,500 --> 00:00:03,000
:smile: Fine, thanks.
"""
TEXTS = ["Good [red]morning[/]!", "How are you [/] today?", ":smile: Fine, thanks."]
TONE = ("-e", "tone", "-p", "chunks=4", "-p", "chunk_samples=6000", "--mode", "natural")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "in.srt").write_text(SRT, encoding="utf-8")
    return Command(tmp_path)


def test_audio_report_and_subtitles_agree(command: Command) -> None:
    """In a separate process: exit code and stdout as a shell gets them."""
    outputs = ("--report", "r.json", "--subs-out", "out.vtt", "--json")
    done = command.fine("dub", "in.srt", "-o", "out.wav", *outputs, *TONE)
    report = json.loads(done.out)
    assert report == json.loads((command.folder / "r.json").read_text(encoding="utf-8"))
    assert {
        "sample_rate",
        "duration_s",
        "mode",
        "rules",
        "summary",
        "cues",
        "skipped",
        "unmapped",
        "labels",
        "notes",
        "voice_notes",
        "levels",
        "licenses",
    } == set(report)
    wanted = "index text slot_start_s slot_end_s start_s end_s start_sample end_sample status"
    assert set(wanted.split()) <= set(report["cues"][0])
    rate, samples = read_wav(command.folder / "out.wav")
    assert (rate, samples.size) == (24000, 24000 + 2 * 24000 + 12000)
    assert (report["sample_rate"], report["duration_s"], report["mode"]) == (rate, samples.size / rate, "natural")
    # One speaker: the first cue delays the second, and the second the third.
    assert [cue["start_s"] for cue in report["cues"]] == [0.5, 1.5, 2.5]
    whole = np.zeros(samples.size, np.float32)
    for cue, text in zip(report["cues"], TEXTS, strict=True):
        assert (cue["text"], cue["status"]) == (text, "spoken")
        whole[cue["start_sample"] : cue["end_sample"]] = tone_samples(text, 4, 6000)
    np.testing.assert_array_equal(samples, to_pcm(whole))
    adjusted = read_subtitles((command.folder / "out.vtt").read_bytes())
    assert adjusted.notes == ()
    assert [(cue.start_s, cue.end_s, cue.text) for cue in adjusted.cues] == [
        (0.5, 1.5, TEXTS[0]),
        (1.5, 2.5, TEXTS[1]),
        (2.5, 3.5, TEXTS[2]),
    ]
    assert command.files() == {"in.srt", "out.wav", "r.json", "out.vtt"}


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_shows_every_cue(command: Command, columns: str) -> None:
    """A cue's text is printed literally, even if it looks like markup."""
    done = command.fine_here("dub", "in.srt", "-o", "out.wav", *TONE, COLUMNS=columns)
    assert done.out == ""
    lines = done.err.splitlines()
    assert "in.srt: line 10: overlaps the cue on line 6" in lines[0]
    assert max(map(len, lines[1:-1])) <= int(columns)
    rows = [line for line in lines if "│" in line]
    assert [row.split("│")[0].strip() for row in rows] == ["1", "2", "3"]
    assert "1.00-2.00" in rows[1]
    assert "1.50-2.50" in rows[1]
    assert "0.50" in rows[1]
    assert all(text in row for text, row in zip(TEXTS, rows, strict=True))
    assert lines[-1].startswith("out.wav: 3.50 s at 24000 Hz, 3 cues (2 late, 1 by more than 0.5 s, maximum 1.00 s, ")
    again = command.fine_here("dub", "in.srt", "-o", "[out].wav", *TONE, COLUMNS=columns)
    assert again.err.count("cached") == 3
    assert "[out].wav: 3.50 s" in again.err
    assert command.fine_here("dub", "in.srt", "-o", "out.wav", "-q", *TONE).err == ""


def test_many_cues_show_the_late_ones(command: Command) -> None:
    cues = [f"{i + 1}\n00:{i:02d}:00,000 --> 00:{i:02d}:01,000\ncue number {i}\n" for i in range(45)]
    cues.insert(30, "99\n00:29:00,500 --> 00:29:01,000\nthe late one\n")
    (command.folder / "many.srt").write_text("\n".join(cues), encoding="utf-8")
    done = command.fine_here("dub", "many.srt", "-o", "out.wav", "--sample-rate", "8000", *TONE)
    rows = [line for line in done.err.splitlines() if "│" in line]
    assert ["the late one" in row for row in rows] == [False, True], "and the cue that delays it"
    assert "(2 of 46 cues shown; use --report to get all of them)" in done.err


FILM = """1
00:00:00,000 --> 00:00:00,900
ANN: One.

2
00:00:00,900 --> 00:00:03,000
[door slams]
CAT: Two.

3
00:00:01,000 --> 00:00:02,000
CAT: Three.

4
00:00:10,000 --> 00:00:12,000
- Four.
- Five.
"""
CAST = """
narrator: {engine: tone, params: {chunks: 4, chunk_samples: 6000}}
members:
  Ann: {seed: 7, params: {chunks: 4, chunk_samples: 6000}}
"""


def test_a_cast_speaks_at_speeds_that_fit(command: Command) -> None:
    """The default mode, with every output file."""
    (command.folder / "film.srt").write_text(FILM, encoding="utf-8")
    (command.folder / "cast.yaml").write_text(CAST, encoding="utf-8")
    outputs = ("--report", "r.json", "--subs-out", "out.srt", "--timeline", "t.png", "--cast", "cast.yaml")
    done = command.fine_here("dub", "film.srt", "-o", "out.wav", *outputs)
    assert "'CAT' is not in the cast; the narrator speaks 2 lines" in done.err
    assert "skipped 1 sound description (use --keep-sounds to speak them): [door slams]" in done.err
    report = json.loads((command.folder / "r.json").read_text(encoding="utf-8"))
    assert report["mode"] == "fit"
    assert "not spoken, as names of speakers: CAT (2); use --keep-label NAME to speak one" in done.err
    assert report["labels"] == [
        {"label": "ANN", "lines": 1, "in_cast": True},
        {"label": "CAT", "lines": 2, "in_cast": False},
    ]
    assert [(cue["speaker"], cue["spoken_text"]) for cue in report["cues"]] == [
        ("Ann", "One."),
        ("CAT", "Two."),
        ("CAT", "Three."),
        ("", "Four."),
        ("", "Five."),
    ]
    one, two, three, four, five = report["cues"]
    # The test engine declares a speed control but ignores it: the times are those of the audio.
    assert (one["speed"], one["predicted_s"], one["spoken_s"]) == (1.15, round(24000 / 1.15) / 24000, 1.0)
    assert (one["start_s"], one["end_s"], one["stretch"]) == (0.0, 0.92, 0.92)
    assert (two["start_s"], three["start_s"]) == (0.92, two["end_s"])
    assert (four["start_s"], five["start_s"]) == (10.0, five["slot_start_s"])
    _, samples = read_wav(command.folder / "out.wav")
    np.testing.assert_array_equal(samples[240000:][:24000], to_pcm(tone_samples("Four.", 4, 6000)))
    adjusted = read_subtitles((command.folder / "out.srt").read_bytes())
    assert [cue.text for cue in adjusted.cues] == [cue.text for cue in read_subtitles(FILM.encode()).cues]
    assert (command.folder / "t.png").read_bytes().startswith(b"\x89PNG")
    rows = [line for line in done.err.splitlines() if "│" in line]
    assert [row.split("│")[0].strip() for row in rows] == ["1", "2", "3", "4a", "4b"]
    options = ("--cast", "cast.yaml", "--keep-sounds", "--keep-label", "cat", "--json")
    kept = json.loads(command.fine_here("dub", "film.srt", "-o", "out.wav", *options).out)
    assert (kept["skipped"], [label["label"] for label in kept["labels"]]) == ([], ["ANN"])
    assert [cue["spoken_text"] for cue in kept["cues"]][:2] == ["One.", "[door slams] CAT: Two."]


def test_concatenated_into_a_pipe(command: Command) -> None:
    """The same samples as in a file, after the header of a stream."""
    options = (*TONE, "--mode", "concatenate", "--float")
    data = command.fine_bytes("dub", "in.srt", "-o", "-", *options)
    samples = np.concatenate([tone_samples(text, 4, 6000) for text in TEXTS])
    assert data.endswith(samples.astype("<f4").tobytes())
    header = data[: -samples.nbytes]
    assert header.endswith(b"data\xff\xff\xff\xff")
    command.fine_here("dub", "in.srt", "-o", "out.wav", *options)
    assert (command.folder / "out.wav").read_bytes().endswith(samples.astype("<f4").tobytes())


def test_espeak_from_utf16(command: Command) -> None:
    (command.folder / "in.srt").write_bytes(SRT.replace("Good", "Größten guten").encode("utf-16"))
    done = command.fine_here("dub", "in.srt", "-o", "out.wav", "--json", "-l", "de")
    report = json.loads(done.out)
    assert report["cues"][0]["text"] == "Größten guten [red]morning[/]!"
    rate, samples = read_wav(command.folder / "out.wav")
    assert rate == report["sample_rate"] == 22050
    for cue in report["cues"]:
        loud = np.flatnonzero(np.abs(samples[cue["start_sample"] : cue["end_sample"]]) > 330)
        assert loud[0] < 0.15 * rate
    assert samples.size == report["cues"][-1]["end_sample"]


def test_gaps_are_reported(command: Command) -> None:
    """The engine fails at one cue: the others keep their times, and the exit code is 3."""
    fault = command.folder / "fault"
    fault.touch()
    faulty = (*TONE, "-p", "fault=raise", "-p", f"fault_file={fault}", "--no-cache")
    outputs = ("--report", "r.json", "--subs-out", "out.srt", "--on-failure", "report")
    done = command.here("dub", "in.srt", "-o", "out.wav", *outputs, *faulty)
    assert done.code == 3
    assert "error: 1 cue could not be spoken:\n  cue 1: this is the engine's own message\n" in done.err
    report = json.loads((command.folder / "r.json").read_text(encoding="utf-8"))
    assert [cue["status"] for cue in report["cues"]] == ["failed", "spoken", "spoken"]
    assert report["cues"][0]["message"] == "this is the engine's own message"
    assert [cue["start_s"] for cue in report["cues"]] == [0.5, 1.0, 2.0]
    _, samples = read_wav(command.folder / "out.wav")
    np.testing.assert_array_equal(samples[24000:48000], to_pcm(tone_samples(TEXTS[1], 4, 6000)))
    adjusted = read_subtitles((command.folder / "out.srt").read_bytes())
    assert [cue.start_s for cue in adjusted.cues] == [0.5, 1.0, 2.0]
    assert adjusted.cues[0].end_s == 1.0, "the part that was delivered"


def test_a_failure_that_stops_leaves_no_file(command: Command) -> None:
    outputs = ("--report", "r.json", "--subs-out", "out.srt")
    done = command.here("dub", "in.srt", "-o", "out.wav", *outputs, *TONE, "-p", "fault=raise")
    assert done.code == 1
    assert done.err.endswith(
        f"error: segment 1 ({TEXTS[0]!r}) failed in engine 'tone': this is the engine's own message\n"
    )
    assert command.files() == {"in.srt"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a Unix shell sends them")
def test_an_interrupt_keeps_finished_cues(command: Command) -> None:
    """Ctrl-C after the first cue: no file and no worker is left, and the next run finds the cue in the cache."""
    slow = ("-e", "tone", "-p", "chunks=2", "-p", "delay_s=0.6")
    outputs = ("-o", "out.wav", "--report", "r.json", "--subs-out", "out.srt")
    with command.started("dub", "in.srt", *outputs, *slow) as process:
        wait_for(process, lambda: len(command.entries()) >= 1, "a cue is in the cache")
        workers = workers_of(process)
        signal_group(process, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert errors.endswith(b"interrupted\n")
        all_gone(workers)
    assert command.files() == {"in.srt"}
    done = command.fine_here("dub", "in.srt", "-o", "out.wav", "--json", *slow)
    assert [cue["cached"] for cue in json.loads(done.out)["cues"]][:1] == [True]


BROKEN = "1\n00:00:01,000 --> 00:00:02,000\nGood.\n\n2\n00:00:99,000 --> 00:01:00,000\nBad [/].\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope [/].srt", "-o", "x.wav"), "nope [/].srt: No such file or directory"),
        ((".", "-o", "x.wav"), ".: Is a directory"),
        (("broken.srt", "-o", "x.wav", "--strict"), "error: broken.srt: line 6: minutes and seconds must be below 60"),
        (("in.srt",), "--output is missing; name an audio file or a copy of the video, or use --plan"),
        (("in.srt", "-o", "x.wav", "--catch-up-speed", "nan"), "catch_up_speed must be between 0.1 and 10, not nan"),
        (("in.srt", "-o", "x.doc"), "'x.doc': unknown audio suffix '.doc'"),
        (("in.srt", "-o", "no/x.wav"), "no such directory: "),
        (("in.srt", "-o", "x.wav", "--report", "no/r.json"), "no such directory: no"),
        (("in.srt", "-o", "x.wav", "--subs-out", "no/s.srt"), "no such directory: no"),
        (("in.srt", "-o", "x.wav", "--subs-out", "in.srt"), "--subs-out would replace the input, 'in.srt'"),
        (
            ("in.srt", "-o", "x.wav", "--subs-out", "s.txt"),
            "unknown suffix of the subtitle file 's.txt'; use .srt, .vtt, .ass",
        ),
        (("in.srt", "-o", "-", "--json"), "--json and -o - both write to stdout"),
        (("in.srt", "-o", "x.wav", "--mode", "fast"), "--mode"),
        (("in.srt", "-o", "x.wav", "--timeline", "x.jpg"), "unknown suffix of the timeline 'x.jpg'; use .png"),
        (("in.srt", "-o", "x.wav", "--timeline", "no/x.png"), "no such directory: no"),
        (("in.srt", "-o", "x.wav", "--max-speed", "0.8"), "speeds from 0.9 to 0.8"),
        (("in.srt", "-o", "x.wav", "--max-stretch", "0.7"), "max_stretch must be between 0 and 0.5, not 0.7"),
        (("in.srt", "-o", "x.wav", "--tolerance", "-1"), "tolerance_s must be a finite number, 0 or more, not -1"),
        (("in.srt", "-o", "x.wav", "--cast", "no.yaml"), "no.yaml: No such file or directory"),
        (("in.srt", "-o", "x.wav", "--cast", "empty.srt"), "empty.srt: not a cast"),
        (("backwards.srt", "-o", "x.wav", "--strict"), "error: backwards.srt: line 6: the cue ends before it starts"),
        (("sounds.srt", "-o", "x.wav"), "all cues are sound descriptions"),
        (("empty.srt", "-o", "x.wav"), "error: empty.srt: the file is empty"),
    ],
)
def test_bad_input(command: Command, arguments: tuple[str, ...], message: str) -> None:
    (command.folder / "broken.srt").write_text(BROKEN, encoding="utf-8")
    (command.folder / "empty.srt").touch()
    (command.folder / "backwards.srt").write_text(BROKEN.replace("00:00:99", "00:02:00"), encoding="utf-8")
    (command.folder / "sounds.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n[bang]\n", encoding="utf-8")
    before = command.files()
    done = command.here("dub", *arguments)
    assert done.code == 2, done.err
    assert message in done.err
    assert (done.out, "Traceback" in done.err) == ("", False)
    assert command.files() == before


def test_faults_are_noted_and_a_cue_without_a_time_is_left_out(command: Command) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>Добрый день</i>, Анна!\n\n2\nsoon --> later\nПотеряно.\n"
    (command.folder / "old.srt").write_bytes(text.encode("cp1251"))
    done = command.here("dub", "old.srt", "-o", "x.wav", "--subs-out", "out.srt", "--json", "-q", *TONE)
    assert (done.code, "1 cue is left out" in done.err) == (3, True)
    report = json.loads(done.out)
    assert [cue["text"] for cue in report["cues"]] == ["Добрый день, Анна!"]
    assert any("cp1251" in note for note in report["notes"])
    assert any("Потеряно." in note for note in report["notes"])
    assert "{\\an8}<i>Добрый день</i>, Анна!" in (command.folder / "out.srt").read_text(encoding="utf-8")


STYLED = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Main,,0,0,0,,Hello.
Dialogue: 0,0:00:03.00,0:00:04.00,Sign-A,,0,0,0,,EXIT
"""
TWO_LANGUAGES = "1\n00:00:01,000 --> 00:00:02,000\n港口在哪里？\nWhere is it?\n"
SHOWN_AGAIN = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,000\nOne\n"


@pytest.mark.parametrize(
    ("text", "encoding", "options", "cues"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nДа.\n", "cp866", ("--encoding", "cp866"), [(1.0, "Да.")]),
        (STYLED, "utf-8", ("--style", "Main"), [(1.0, "Hello.")]),
        (STYLED, "utf-8", ("--skip-style", "sign*"), [(1.0, "Hello.")]),
        (TWO_LANGUAGES, "utf-8", ("--line", "1"), [(1.0, "港口在哪里？")]),
        (TWO_LANGUAGES, "utf-8", ("--line", "2"), [(1.0, "Where is it?")]),
        (SHOWN_AGAIN, "utf-8", (), [(1.0, "One")]),
        (SHOWN_AGAIN, "utf-8", ("--keep-repeats",), [(1.0, "One"), (2.0, "One")]),
        ("{25}{75}One\n", "utf-8", ("--fps", "25"), [(1.0, "One")]),
        ("{25}{75}One\n", "utf-8", ("--fps", "50"), [(0.5, "One")]),
    ],
)
def test_how_subtitles_are_read(
    command: Command, text: str, encoding: str, options: tuple[str, ...], cues: list[tuple[float, str]]
) -> None:
    (command.folder / "film.sub").write_bytes(text.encode(encoding))
    done = command.fine_here("dub", "film.sub", "--plan", "--json", "-q", "-e", "espeak", *options)
    assert [(cue["slot_start_s"], cue["text"]) for cue in json.loads(done.out)["cues"]] == cues


def test_a_long_cue_uses_the_gap_or_speed_first(command: Command) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nWe should have left an hour ago.\n\n"
    (command.folder / "gap.srt").write_text(text + "2\n00:00:06,000 --> 00:00:07,000\nYes.\n", encoding="utf-8")
    speeds = {}
    for prefer in ("gap", "slot"):
        done = command.fine_here("dub", "gap.srt", "--plan", "--json", "-q", "-e", "espeak", "--prefer", prefer)
        speeds[prefer] = json.loads(done.out)["cues"][0]["speed"]
    assert speeds["gap"] < speeds["slot"]


def test_a_plan_names_what_is_too_long_and_speaks_nothing(command: Command) -> None:
    text = "This one is far too long for the time that it has."
    (command.folder / "long.srt").write_text(
        f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n\n2\n00:00:02,000 --> 00:00:04,000\nThis fits.\n",
        encoding="utf-8",
    )
    done = command.fine_here("dub", "long.srt", "-e", "espeak", "--plan", "--report", "plan.json")
    plan = json.loads((command.folder / "plan.json").read_text(encoding="utf-8"))
    long, fits = plan["cues"]
    assert (long["fits"], fits["fits"], plan["too_long"]) == ("too long", "slot", 1)
    assert 0 < long["shorten_to"] < len(text)
    assert f"{len(text)} > {long['shorten_to']}" in done.err
    assert "2 cues: 1 fit their slot, 0 fit the gap after it, 1 too long" in done.err
    assert json.loads(command.fine_here("dub", "long.srt", "-e", "espeak", "--plan", "--json", "-q").out) == plan
    assert {file.name for file in command.folder.iterdir()} >= {"long.srt", "plan.json"}
    assert not list(command.folder.glob("*.wav"))


def test_sounds_are_performed(command: Command) -> None:
    (command.folder / "in.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\n(Laughs) Yes. (coughs)\n")
    options = ("in.srt", "-o", "out.wav", "--json", "--perform-sounds")
    done = command.fine_here("dub", *options, "-e", "performer", "--mode", "natural")
    (cue,) = json.loads(done.out)["cues"]
    assert (cue["spoken_text"], cue["performed"]) == ("Yes.", ["laugh"])
    assert texts_in(read_wav(command.folder / "out.wav")[1] / 32768) == ["[laugh] Yes."]
    assert "'cough' is left out: model 'lively' of engine 'performer' doesn't perform it" in done.err
