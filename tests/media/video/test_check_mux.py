"""What can fail is found before the work: in the film, its end, the copy's container, and the disk."""

from __future__ import annotations

import shutil
from collections import namedtuple
from fractions import Fraction
from pathlib import Path

import av
import pytest
from films import make_dub, make_film

from voxweft.media.errors import MediaError
from voxweft.media.video import Dub, check_mux, mux_dub

BESIDE = Dub(is_default=False)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "a.mkv", subtitles={"deu": "srt"}, seconds=2)


def test_the_trial_leaves_nothing_behind(film, tmp_path):
    for suffix in ("mkv", "mp4", "mov"):
        check_mux(film, tmp_path / f"o.{suffix}", BESIDE)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(film, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9, 1000))
    with pytest.raises(MediaError, match=r"has 0\.00 GB free, but the dubbed copy needs about"):
        check_mux(film, tmp_path / "o.mkv", BESIDE)


@pytest.mark.parametrize(("suffix", "movflags"), [("mkv", ""), ("mp4", "faststart")])
def test_a_film_that_is_cut_off(suffix, movflags, tmp_path):
    film = make_film(tmp_path / f"a.{suffix}", picture="libx264", seconds=8, movflags=movflags)
    data = film.read_bytes()
    check_mux(film, tmp_path / "o.mkv", BESIDE)
    film.write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match=r"is cut off: it ends at \d\.\d s, but its header says [78]\.\d s"):
        check_mux(film, tmp_path / "o.mkv", BESIDE)


@pytest.mark.parametrize("suffix", ["ts", "vob"])
def test_the_header_of_joined_recordings_is_no_limit(suffix, tmp_path):
    film = make_film(tmp_path / f"a.{suffix}", picture="mpeg2video", sound="mp2", seconds=3)
    film.write_bytes(film.read_bytes() * 2)
    check_mux(film, tmp_path / "o.mkv", BESIDE)


def test_a_stream_that_the_container_refuses_late_is_skipped(tmp_path):
    """MP4 refuses PCM in 24 bits and 5.1 only when the film is written."""
    film = make_film(tmp_path / "a.mkv", sound="pcm_s24le", layout="5.1", seconds=1)
    note = "MP4 can't contain audio stream 1 (pcm_s24le); it is skipped"
    assert check_mux(film, tmp_path / "o.mp4", BESIDE) == (note,)
    assert mux_dub(film, tmp_path / "o.mp4", make_dub(1), BESIDE) == (note,)


def test_pictures_of_subtitles_without_an_end(tmp_path):
    """Their length is unknown, which Matroska's demuxer reports as the largest number."""
    film = tmp_path / "a.mkv"
    with av.open(str(film), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        signs = container.add_stream("dvdsub")
        signs.codec_context.time_base = Fraction(1, 1000)
        for at in range(25):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = at
            container.mux(video.encode(frame))
        for at, duration in ((200, 2**32 - 1), (600, 0), (800, 100)):
            packet = av.Packet(b"\x00\x0a\x00\x06\x00\x00\x00\x06\x02\xff")
            packet.stream, packet.time_base = signs, Fraction(1, 1000)
            packet.pts = packet.dts = at
            packet.duration = duration
            container.mux(packet)
        container.mux(video.encode(None))
    for suffix in ("mp4", "mkv"):
        check_mux(film, tmp_path / f"o.{suffix}", BESIDE)
        mux_dub(film, tmp_path / f"o.{suffix}", make_dub(1), BESIDE)
        with av.open(str(tmp_path / f"o.{suffix}")) as copy:
            stream = copy.streams.subtitles[0]
            times = [round(float(one.pts * one.time_base), 3) for one in copy.demux(stream) if one.size > 4]
            assert times == [0.2, 0.6, 0.8]
