"""`voxweft dub` with videos: their subtitles in, a dubbed copy out, and invalid input."""

from __future__ import annotations

import json

import av
import pytest
from films import ORIGINAL_HZ, decode_track, level_db, make_film, video_packets
from fixtures_jobs import Command

from voxweft.media.video import read_track, subtitle_tracks

TONE = ("-e", "tone", "-p", "chunks=4", "-p", "chunk_samples=3000", "--mode", "natural")
SRT = "1\n00:00:02,000 --> 00:00:03,000\nGood day\n"


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = Command(tmp_path_factory.mktemp("film"))
    make_film(command.folder / "film.mkv", subtitles={"deu": "srt", "fra": "ass"})
    make_film(command.folder / "bare.mp4", sound=None)
    (command.folder / "subs.srt").write_text(SRT, encoding="utf-8")
    (command.folder / "text.mkv").write_text("This is a letter.\n" * 99, encoding="utf-8")
    (command.folder / "cut.mp4").write_bytes((command.folder / "bare.mp4").read_bytes()[:3000])
    return command


def test_voice_over_from_a_track_of_the_video(command: Command) -> None:
    done = command.fine_here(
        "dub", "film.mkv", "-o", "over.mkv", "--voice-over", "--duck-db", "20", "-l", "en", "--report", "r.json", *TONE
    )
    assert "over.mkv: " in done.err
    film, copy = command.folder / "film.mkv", command.folder / "over.mkv"
    assert [data for _, data in video_packets(copy)] == [data for _, data in video_packets(film)]
    assert [(track.language, track.codec) for track in subtitle_tracks(copy)] == [
        ("de", "subrip"),
        ("fr", "ass"),
        ("en", "subrip"),
    ]
    spoken = read_track(copy, "en").cues
    assert [(cue.start_ms, cue.end_ms) for cue in spoken] == [(1000, 1500), (3000, 3500)]
    sound, rate = decode_track(copy, 0)
    outside, under = (level_db(sound[0], rate, start, start + 0.4, ORIGINAL_HZ) for start in (5.0, 3.05))
    assert outside == pytest.approx(-10.46, abs=0.2)
    assert under < outside - 12  # the rest is the dub itself


def test_the_language_of_the_track_chooses_voice_and_tags(command: Command) -> None:
    """One line says which track was taken, and why."""
    done = command.fine_here("dub", "film.mkv", "-o", "spoken.mkv", "-e", "espeak", "--mode", "natural")
    assert "film.mkv: subtitle track 1: de, subrip (the first of 2 with text)\n" in done.err
    with av.open(str(command.folder / "spoken.mkv")) as copy:
        assert copy.streams.audio[0].language == "ger"
        assert copy.streams.subtitles[-1].language == "ger"
    by_track = decode_track(command.folder / "spoken.mkv", 0)[0]
    for language, is_same in (("de", True), ("en", False)):
        same = ("dub", "film.mkv", "-e", "espeak", "--mode", "natural", "-l", language, "--report", "l.json")
        done = command.fine_here(*same, "-o", f"{language}.mp4")
        spoken = decode_track(command.folder / f"{language}.mp4", 0)[0]
        assert (spoken.shape == by_track.shape and (spoken == by_track).all()) == is_same
    # What the copy can't hold is said once, before the work, and is in the report.
    note = "MP4 can't contain subtitle stream 2 (subrip); it is converted to mov_text, without styles"
    assert done.err.count(note) == 1
    assert note in json.loads((command.folder / "l.json").read_text())["notes"]


def test_offset_rate_and_cues_behind_the_end(command: Command) -> None:
    (command.folder / "far.srt").write_text(
        "1\n10:00:02,000 --> 10:00:03,000\nGood day\n\n2\n10:00:30,000 --> 10:00:31,000\nGood night\n"
    )
    far = ("dub", "bare.mp4", "--subs", "far.srt", *TONE)
    done = command.here(*far, "-o", "far.mkv")
    assert done.code == 2
    assert "all 2 cues start after the film's end (6 s)" in done.err
    assert "An offset of -10:00:00 moves the cues" in done.err
    assert not (command.folder / "far.mkv").exists()
    done = command.fine_here(*far, "-o", "far.mkv", "--offset", "-10:00:00", "--rate", "24:25", "--report", "f.json")
    notes = json.loads((command.folder / "f.json").read_text())["notes"]
    assert notes[0] == "the times of the cues are moved by -36000 s, then multiplied by 0.96"
    done = command.fine_here(*far, "-o", "far.mkv", "--offset", "-10:00:00", "--report", "f.json")
    report = json.loads((command.folder / "f.json").read_text())
    assert [cue["slot_start_s"] for cue in report["cues"]] == [2, 30]
    behind = "1 of 2 cues start after the film's end (6 s)"
    assert any(note.startswith(behind) for note in report["notes"])
    assert done.err.count(behind) == 1
    done = command.here(*far, "-o", "far.mkv", "--offset", "-09:59:59.5", "--track", "1")
    assert done.code == 2


def test_subtitle_file_for_a_video_without_audio(command: Command) -> None:
    command.fine_here("dub", "bare.mp4", "--subs", "subs.srt", "-o", "dubbed.mp4", "-q", *TONE)
    with av.open(str(command.folder / "dubbed.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio", "subtitle"]
    assert [cue.text for cue in read_track(command.folder / "dubbed.mp4").cues] == ["Good day"]


def test_audio_file_from_a_selected_track(command: Command) -> None:
    command.fine_here("dub", "film.mkv", "--track", "fr", "-o", "dub.flac", "--subs-out", "dub.srt", *TONE)
    assert (
        (command.folder / "dub.srt").read_text(encoding="utf-8").startswith("1\n00:00:01,000 --> 00:00:01,500\nHallo")
    )
    assert decode_track(command.folder / "dub.flac", 0)[0].shape[1] == 3.5 * 24000


@pytest.mark.parametrize(
    "arguments",
    [
        ("film.mkv", "-o", "planned.mkv", "--voice-over", "--duck-db", "20"),
        ("subs.srt", "-o", "planned.mp3", "--format", "mp3", "--bit-rate", "64k"),
        ("subs.srt", "-o", "planned.wav", "--float"),
    ],
)
def test_any_dub_can_be_planned_first(command: Command, arguments: tuple[str, ...]) -> None:
    """By the same command with --plan; the options of the file to write have no effect."""
    plan = json.loads(command.fine_here("dub", *arguments, "--plan", "--json", "-q", *TONE).out)
    assert len(plan["cues"]) == (2 if "film.mkv" in arguments else 1)
    assert not (command.folder / arguments[2]).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("film.mkv", "-o", "film.mkv"), "--output would replace the input, 'film.mkv'; write to another file"),
        (
            ("subs.srt", "-o", "x.mkv"),
            "x.mkv is a video; give the video to dub, and its subtitles with --subs subs",
        ),
        (
            ("film.mkv", "-o", "x.wav", "--voice-over"),
            "--voice-over needs a video as output, such as -o dubbed.mkv, ",
        ),
        (
            ("film.mkv", "-o", "x.mkv", "--track", "it"),
            "film.mkv' has no subtitle track 'it'; it has 1: de, subrip; 2: fr, ass",
        ),
        (("film.mkv", "-o", "x.mkv", "--track", "1", "--subs", "subs.srt"), "--subs and --track exclude each other"),
        (("film.mkv", "-o", "x.mkv", "--bit-rate", "64k"), "--format, --bit-rate and --float are for audio files"),
        (("film.mkv", "-o", "x.mkv", "--voice-over", "--duck-db", "-3"), "--duck-db -3 must be between 0 and 100 dB"),
        (("film.mkv", "-o", "x.mkv", "--duck-db", "3"), "--duck-db is for the original audio under a voice-over"),
        (("film.mkv", "-o", "x.mkv", "--offset", "later"), "offset 'later': give seconds such as -1.5"),
        (("film.mkv", "-o", "x.mkv", "--rate", "25"), "rate '25': give the cues' and the film's frames per second"),
        (("film.mkv", "-o", "x.mkv", "-l", "no such"), "has no language code for media files"),
        (("film.mkv", "-o", "no/x.mkv"), "no such directory: no"),
        (("bare.mp4", "-o", "x.mkv"), "bare.mp4' has no subtitle track; use a subtitle file"),
        (("text.mkv", "-o", "x.mkv"), "text.mkv' is not an audio or video file"),
        (("cut.mp4", "-o", "x.mkv"), "cut.mp4' is not an audio or video file, or its start is damaged"),
        (("absent.mkv", "-o", "x.mkv"), "'absent.mkv' can't be read: No such file"),
        (
            ("bare.mp4", "--subs", "subs.srt", "--voice-over", "-o", "x.mp4", *TONE),
            "no audio for a voice-over",
        ),
    ],
)
def test_bad_input(command: Command, arguments: tuple[str, ...], message: str) -> None:
    before = command.files()
    done = command.here("dub", *arguments)
    assert (done.code, done.out) == (2, ""), done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert command.files() == before
