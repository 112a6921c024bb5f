"""Muxed dubs: copied streams are the same bytes, and the dub has the right time and level."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from films import DUB_HZ, ORIGINAL_HZ, SECONDS, decode_track, image, level_db, make_dub, make_film, video_packets

from voxweft.media.errors import MediaError
from voxweft.media.subtitles import TimedText
from voxweft.media.video import Dub, mux_dub, read_track, subtitle_tracks
from voxweft.media.video.ducking import DuckCurve, Ducking
from voxweft.media.video.languages import to_bcp47, to_iso639
from voxweft.utils.streaming.contract.errors import JobCancelledError

CUES = (TimedText(start_s=Fraction(2), end_s=Fraction(4), text="Hello <you> & me\nthere"),)
VOICE_OVER = Dub(voice_over=True, speech_spans=((2.0, 4.0),), language="en", subtitles=CUES)
TRACK = Dub(language="en", subtitles=CUES)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {
        "mkv": make_film(folder / "a.mkv", picture="libx264", subtitles={"deu": "srt", "fra": "ass"}, extras=True),
        "mp4": make_film(folder / "a.mp4", subtitles={"deu": "mov_text"}, extras=True),
        "webm": make_film(folder / "a.webm", picture="libvpx", sound="libopus"),
        "mov": make_film(folder / "a.mov", sound="pcm_s16le", layout="mono"),
    }


def streams_of(path: Path) -> list[tuple[str, str | None, str]]:
    """Return the streams as (type, codec, language)."""
    with av.open(str(path)) as container:
        return [
            (
                stream.type,
                stream.codec_context.codec.canonical_name if stream.codec_context else None,
                to_bcp47(stream.language),
            )
            for stream in container.streams
        ]


@pytest.mark.parametrize(
    ("kind", "dub"),
    [("mkv", TRACK), ("mkv", VOICE_OVER), ("mp4", VOICE_OVER), ("webm", VOICE_OVER), ("mov", TRACK)],
    ids=["mkv-track", "mkv-voice-over", "mp4-voice-over", "webm-voice-over", "mov-track"],
)
def test_the_video_is_copied_and_the_dub_has_its_time_and_level(kind, dub, films, tmp_path):
    film, target = films[kind], tmp_path / f"out.{kind}"
    before = film.read_bytes()
    seen: list[float] = []
    assert mux_dub(film, target, make_dub(), dub, on_progress=seen.append) == ()
    assert film.read_bytes() == before
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert [data for _, data in video_packets(target)] == [data for _, data in video_packets(film)]
    times = [[time_s for time_s, _ in video_packets(path)] for path in (target, film)]
    np.testing.assert_allclose(*times, atol=1e-3)
    with av.open(str(target)) as container:
        assert container.duration / av.time_base == pytest.approx(SECONDS, abs=0.1)
        assert [bool(stream.disposition & Disposition.default) for stream in container.streams.audio] == [True, False]
        assert to_bcp47(container.streams.audio[0].language) == "en"
    sound, rate = decode_track(target, 0)
    assert sound.shape[0] == (decode_track(film, 0)[0].shape[0] if dub.voice_over else 1)
    spoken_db = -16.99 if dub.voice_over and sound.shape[0] == 2 else -13.98  # as loud as a mono track, in two channels
    assert level_db(sound[0], rate, 2.2, 3.8, DUB_HZ) == pytest.approx(spoken_db, abs=0.2)
    assert level_db(sound[0], rate, 0.2, 1.8, DUB_HZ) < -60
    # The dub's first sample, to a millisecond (a codec spreads it slightly).
    envelope = np.abs(
        np.convolve(sound[0] * np.exp(-2j * np.pi * DUB_HZ * np.arange(sound.shape[1]) / rate), np.ones(rate // 50))
    )
    assert np.argmax(envelope > envelope.max() / 2) / rate - 0.01 == pytest.approx(2.0, abs=0.004)
    assert level_db(decode_track(target, 1)[0][0], rate=48000, start_s=0.5, end_s=5.5, hz=ORIGINAL_HZ) == pytest.approx(
        -10.46, abs=0.2
    )


def test_the_original_is_ducked_under_speech_and_nowhere_else(films, tmp_path):
    amount_db = 9.0
    dub = Dub(voice_over=True, speech_spans=((2.0, 4.0),), ducking=Ducking(amount_db=amount_db))
    mux_dub(films["mp4"], tmp_path / "o.mp4", make_dub(), dub)
    sound, rate = decode_track(tmp_path / "o.mp4", 0)
    outside = level_db(sound[0], rate, 0.3, 1.7, ORIGINAL_HZ)
    assert outside == pytest.approx(-10.46, abs=0.1)
    assert level_db(sound[0], rate, 2.1, 3.9, ORIGINAL_HZ) - outside == pytest.approx(-amount_db, abs=0.1)
    assert level_db(sound[0], rate, 4.6, 5.8, ORIGINAL_HZ) == pytest.approx(outside, abs=0.1)


def test_everything_else_is_kept(films, tmp_path):
    target = tmp_path / "out.mkv"
    mux_dub(films["mkv"], target, make_dub(), TRACK)
    assert [stream for stream in streams_of(target) if stream[0] == "subtitle"] == [
        ("subtitle", "subrip", "de"),
        ("subtitle", "ass", "fr"),
        ("subtitle", "subrip", "en"),
    ]
    with av.open(str(films["mkv"])) as film, av.open(str(target)) as copy:
        assert copy.metadata["title"] == "Fülm"
        assert copy.chapters() == film.chapters() != []
        assert [(item.metadata["filename"], item.data) for item in copy.streams.attachments] == [
            (item.metadata["filename"], item.data) for item in film.streams.attachments
        ]
        assert bytes(next(copy.demux(copy.streams.video[1]))) == image()
        assert copy.streams.video[1].disposition & Disposition.attached_pic
    for track in ("de", "fr"):
        assert read_track(target, track).cues == read_track(films["mkv"], track).cues
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in read_track(target, "en").cues] == [
        (2000, 4000, "Hello <you> & me\nthere")
    ]


def test_streams_that_do_not_fit_the_container_are_converted_or_noted(films, tmp_path):
    target = tmp_path / "out.mp4"
    notes = mux_dub(films["mkv"], target, make_dub(), VOICE_OVER)
    assert [note.split(";")[0] for note in notes] == [
        "MP4 can't contain subtitle stream 2 (subrip)",
        "MP4 can't contain subtitle stream 3 (ass)",
        "MP4 does not support attachments",
    ]
    assert [data for _, data in video_packets(target)] == [data for _, data in video_packets(films["mkv"])]
    assert [(track.language, track.codec) for track in subtitle_tracks(target)] == [
        ("de", "mov_text"), ("fr", "mov_text"), ("en", "mov_text"),
    ]  # fmt: skip
    assert [cue.text for cue in read_track(target, "de").cues] == ["Hallo du", "Zweite Zeile\nmit Umbruch"]
    with pytest.raises(MediaError, match=r"WebM can't contain its video stream 0 \(h264\); write a \.mkv"):
        mux_dub(films["mkv"], tmp_path / "out.webm", make_dub(), VOICE_OVER)
    assert {file.name for file in tmp_path.iterdir()} == {"out.mp4"}


def test_a_dub_that_is_longer_than_the_video_is_complete(films, tmp_path):
    for dub in (TRACK, VOICE_OVER):
        mux_dub(films["mp4"], tmp_path / "o.mkv", make_dub(8.5), dub)
        sound, rate = decode_track(tmp_path / "o.mkv", 0)
        assert sound.shape[1] / rate == pytest.approx(8.5, abs=0.08)


def test_a_dub_that_is_not_the_default_track(films, tmp_path):
    target = tmp_path / "o.mkv"
    mux_dub(films["mkv"], target, make_dub(), Dub(is_default=False, language="pt-BR", title="Regie"))
    with av.open(str(target)) as container:
        original, dub = container.streams.audio
        assert original.disposition == container.streams.audio[0].disposition
        assert not dub.disposition & Disposition.default
        assert (to_bcp47(dub.language), dub.metadata["title"]) == ("pt-BR", "Regie")


def test_the_output_is_deterministic(films, tmp_path):
    for name in ("a.mkv", "b.mkv"):
        mux_dub(films["mkv"], tmp_path / name, make_dub(), VOICE_OVER)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_bad_input(films, tmp_path):
    target = tmp_path / "o.mkv"
    (tmp_path / "text.mkv").write_text("a letter\n" * 200)
    (tmp_path / "cut.mkv").write_bytes(films["mkv"].read_bytes()[: -len(films["mkv"].read_bytes()) // 2])
    (tmp_path / "cut.mp4").write_bytes(films["mp4"].read_bytes()[:5000])
    mute = make_film(tmp_path / "mute.mp4", sound=None)
    names = {file.name for file in tmp_path.iterdir()}
    for film, dub, message in [
        (tmp_path / "text.mkv", VOICE_OVER, "not an audio or video file"),
        (tmp_path / "absent.mkv", VOICE_OVER, "can't be read"),
        (tmp_path / "cut.mp4", VOICE_OVER, "start is damaged"),
        (
            tmp_path / "cut.mkv",
            VOICE_OVER,
            r"(cut off: it ends at \d\.\d s, but its header says 6\.0|damaged at)",
        ),
        (mute, VOICE_OVER, "no audio for a voice-over; add the dub as a track"),
        (films["mp4"], Dub(language="no such"), "has no language code"),
    ]:
        with pytest.raises(ValueError, match=message):
            mux_dub(film, target, make_dub(), dub)
    mux_dub(mute, tmp_path / "dubbed.mp4", make_dub(), TRACK)
    assert {file.name for file in tmp_path.iterdir()} == names | {"dubbed.mp4"}


def test_the_source_file_is_never_overwritten(films, tmp_path):
    film = tmp_path / "film.mkv"
    film.write_bytes(films["mkv"].read_bytes())
    (tmp_path / "link.mkv").symlink_to(film)
    for target in (film, tmp_path / "link.mkv", tmp_path / "x" / ".." / "film.mkv"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(ValueError, match="is the source file"):
            mux_dub(film, target, make_dub(), TRACK)
    with pytest.raises(ValueError, match=r"unsupported video suffix; choose one of \.mkv"):
        mux_dub(film, tmp_path / "out.avi", make_dub(), TRACK)
    assert film.read_bytes() == films["mkv"].read_bytes()


def test_cancelling_keeps_the_old_target(films, tmp_path):
    target = tmp_path / "o.mkv"
    target.write_bytes(b"older")
    answers = iter([False] * 100 + [True] * 1000)
    with pytest.raises(JobCancelledError):
        mux_dub(films["mkv"], target, make_dub(), VOICE_OVER, cancelled=lambda: next(answers))
    assert target.read_bytes() == b"older"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_curve_of_ducking():
    curve = DuckCurve(
        [(2.0, 3.0), (3.4, 4.0), (8.0, 9.0), (8.2, 8.5)], Ducking(amount_db=12, down_s=0.2, up_s=0.5, hold_s=1.0)
    )
    gain_db = 20 * np.log10(curve.gain(0, 1000, 100))
    down = gain_db[200:401]
    np.testing.assert_allclose(down, -12, atol=1e-3)  # the pause of 0.4 s stays down
    assert (gain_db[:180] == 0).all()
    assert (gain_db[451:780] == 0).all()
    assert (np.diff(gain_db[179:201]) <= 0).all()
    assert (np.diff(gain_db[400:451]) >= 0).all()
    assert np.abs(np.diff(gain_db)).max() < 1.1  # at 100 points per second: no step
    np.testing.assert_array_equal(curve.gain(150, 300, 100), curve.gain(0, 1000, 100)[150:450])
    assert (DuckCurve([], Ducking()).gain(5, 10, 100) == 1).all()
    # If the fades of two spans would overlap, the gain stays low.
    close = DuckCurve([(1.0, 2.0), (3.1, 4.0)], Ducking(hold_s=1.0, up_s=2.0, down_s=0.5)).gain(0, 600, 100)
    np.testing.assert_allclose(20 * np.log10(close[100:401]), -15, atol=1e-3)


def test_languages():
    assert [to_bcp47(code) for code in ("ger", "deu", "fre", "eng", "und", None, "", "por", "pt-BR", "!!")] == [
        "de", "de", "fr", "en", "", "", "", "pt", "pt-BR", "",
    ]  # fmt: skip
    assert [to_iso639(tag) for tag in ("de", "fr-CA", "", "zh-Hans")] == ["deu", "fra", "und", "zho"]
    assert to_iso639("de", old=True) == "ger"
