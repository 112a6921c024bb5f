"""Subtitle tracks in video files: listing, choosing and reading them."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from films import make_film

from voxweft.media.errors import MediaError
from voxweft.media.subtitles import ReadOptions
from voxweft.media.video import SubtitleTrack, choice_reason, choose_track, read_track, subtitle_tracks
from voxweft.media.video.ass_header import ASS_HEADER


def track(number: int, language: str = "", **flags) -> SubtitleTrack:
    known = {"codec": "subrip", "title": "", "is_text": True, "is_default": False, "is_forced": False}
    return SubtitleTrack(number=number, language=language, **{**known, **flags})


IMAGES = {"codec": "hdmv_pgs_subtitle", "is_text": False}
TRACKS = (
    track(1, "de", is_forced=True, is_default=True),
    track(2, "de", title="Voll"),
    track(3, "en", **IMAGES),
    track(4, "pt-BR"),
    track(5, "en"),
)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("", 2),
        ("1", 1),
        ("2", 2),
        ("de", 2),
        ("ger", 2),
        ("DE", 2),
        ("en", 5),
        ("pt", 4),
        ("pt-BR", 4),
        ("por", 4),
        ("de-AT", 2),
    ],
)
def test_choosing_a_track(wanted, number):
    assert choose_track(TRACKS, wanted, "x.mkv").number == number


@pytest.mark.parametrize(
    ("tracks", "wanted", "reason"),
    [
        (TRACKS, "de", "as requested"),
        (TRACKS, "", "the first of 3 with text"),
        ((track(1, "en"), track(2, "de", is_default=True)), "", "the default one"),
        ((track(1, "en"),), "", "the only track"),
        ((track(1, "en", **IMAGES), track(2, "de")), "", "the only one with text"),
        (
            (track(1, "en", is_default=True, **IMAGES), track(2, "en", is_forced=True)),
            "",
            (
                "the only one with text; a forced track has only signs and foreign words, "
                "and track 1: en, images, Blu-ray (PGS) has the dialogue: convert it with OCR software"
            ),
        ),
    ],
)
def test_why_a_track_is_chosen(tracks, wanted, reason):
    assert choice_reason(tracks, choose_track(tracks, wanted, "x.mkv"), wanted) == reason


def test_tags_that_name_no_language_choose_no_voice():
    tags = ["de", "pt-BR", "mul", "zxx", "mis", "qaa", "qtz", "quz", ""]
    assert [track(1, tag).spoken_language for tag in tags] == ["de", "pt-BR", "", "", "", "", "", "quz", ""]


def test_missing_tracks_and_tracks_of_images_raise():
    with pytest.raises(MediaError, match=r"'x\.mkv' has no subtitle track; use a subtitle file"):
        choose_track((), "", "x.mkv")
    for wanted in ("9", "0", "fr", "!"):
        with pytest.raises(
            MediaError,
            match=rf"no subtitle track '{wanted}'; it has 1: de, subrip, forced; 2: de, subrip, “Voll”; 3: en, ima",
        ):
            choose_track(TRACKS, wanted, "x.mkv")
    with pytest.raises(MediaError, match=r"track 3: en, images, Blu-ray \(PGS\) contains no text; convert it with OCR"):
        choose_track(TRACKS, "3", "x.mkv")
    with pytest.raises(MediaError, match="contains no text"):
        choose_track((track(1, **IMAGES),), "", "x.mkv")


@pytest.mark.parametrize(
    ("suffix", "codec", "picture"),
    [("mkv", "srt", "mpeg4"), ("mp4", "mov_text", "mpeg4"), ("mkv", "ass", "mpeg4"), ("webm", "webvtt", "libvpx")],
)
def test_the_cues_of_a_track(suffix, codec, picture, tmp_path):
    film = make_film(tmp_path / f"a.{suffix}", picture=picture, sound=None, subtitles={"deu": codec}, seconds=1)
    (found,) = subtitle_tracks(film)
    known = "subrip" if codec == "srt" else codec
    assert (found.number, found.codec, found.language, found.is_text) == (1, known, "de", True)
    seen: list[float] = []
    read = read_track(film, on_progress=seen.append)
    assert [(cue.start_ms, cue.end_ms, cue.text.replace("</i>", "")) for cue in read.cues] == [
        (1000, 2500, "Hallo du"),
        (3000, 4500, "Zweite Zeile\nmit Umbruch"),
    ]
    assert [cue.speaker for cue in read.cues] == ["Anna" if codec == "ass" else ""] * 2
    assert seen
    assert max(seen) <= 1


def test_a_track_of_images_is_recognized(tmp_path):
    film = tmp_path / "pictures.mkv"
    with av.open(str(film), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        stream = container.add_stream("dvdsub")
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.metadata["language"] = "eng"
        stream.metadata["title"] = "Director"
        stream.disposition = Disposition.forced.value
        for _ in range(3):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(video.encode(None))
    assert [str(found) for found in subtitle_tracks(film)] == ["1: en, images, DVD (VobSub), “Director”, forced"]
    with pytest.raises(MediaError, match=r"DVD \(VobSub\).* contains no text"):
        read_track(film)


def test_unusual_packets(tmp_path):
    """Check texts that would end a SubRip block, cues without an end, and empty cues."""
    film = tmp_path / "unusual.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_mux_stream("subrip") if hasattr(container, "add_mux_stream") else None
        if stream is None:
            pytest.skip("this PyAV makes no stream without an encoder")
        stream.time_base = Fraction(1, 1000)
        for start_ms, duration_ms, text in [
            (0, 500, "a\n\n\nb"),
            (1000, 0, "x --> y"),
            (1500, 100, " \n"),
            (2000, 0, "end"),
            (9000, 0, "late"),
        ]:
            packet = av.Packet(text.encode())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = start_ms
            packet.duration = duration_ms
            container.mux(packet)
    found = [(cue.start_ms, cue.end_ms, cue.text) for cue in read_track(film).cues]
    assert found == [(0, 500, "a\nb"), (1000, 2000, "x -> y"), (2000, 6000, "end"), (9000, 13000, "late")]


def test_bad_input(tmp_path):
    (tmp_path / "text.mkv").write_text("not a film\n" * 100)
    with pytest.raises(MediaError, match="not an audio or video file"):
        subtitle_tracks(tmp_path / "text.mkv")
    with pytest.raises(MediaError, match="can't be read"):
        read_track(tmp_path / "absent.mkv")
    with pytest.raises(MediaError, match="has no subtitle track"):
        read_track(make_film(tmp_path / "bare.mkv", sound=None))


@pytest.mark.parametrize("named", [ReadOptions(), ReadOptions(language="ru"), ReadOptions(encoding="cp1251")])
@pytest.mark.parametrize("codec", ["subrip", "ass"])
def test_a_track_that_is_not_utf8(tmp_path, codec, named):
    lines = ["Поезд ушёл рано утром.", "Мы ждали его у моста."]
    film = tmp_path / "film.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream(codec)
        stream.codec_context.subtitle_header = ASS_HEADER
        stream.codec_context.time_base = Fraction(1, 1000)
        for at, line in enumerate(lines):
            text = line if codec == "subrip" else f"{at},0,Default,,0,0,0,,{line}"
            packet = av.Packet(text.encode("cp1251"))
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = at * 2000
            packet.duration = 1000
            container.mux(packet)
    file = read_track(film, options=named)
    assert ([cue.text for cue in file.cues], file.encoding) == (lines, "cp1251")
    assert [note.kind for note in file.notes] == ([] if named.encoding else ["encoding"])
