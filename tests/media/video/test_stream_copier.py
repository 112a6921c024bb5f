"""Copied streams: their packets, times, codes and tags in every container, against the film and against ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import make_dub, make_film

from voxweft.media.video import Dub, mux_dub

BESIDE = Dub(is_default=False)
FILMS = {
    "h264-aac.mkv": {"picture": "libx264", "subtitles": {"deu": "srt", "fra": "ass"}},
    "hevc-eac3.mkv": {"picture": "libx265", "sound": "eac3"},
    "mpeg2-mp2.mkv": {"picture": "mpeg2video", "sound": "mp2"},
    "ffv1-flac.mkv": {"picture": "ffv1", "sound": "flac"},
    "vp9-opus.webm": {"picture": "libvpx-vp9", "sound": "libopus", "subtitles": {"deu": "webvtt"}},
    "h264-aac.mp4": {"picture": "libx264", "subtitles": {"deu": "mov_text"}},
    "mpeg4-alac.mov": {"picture": "mpeg4", "sound": "alac"},
    "mjpeg-pcm.mov": {"picture": "mjpeg", "sound": "pcm_s24le"},
    "mpeg4-ac3.avi": {"picture": "mpeg4", "sound": "ac3"},
    "mpeg4-pcm.avi": {"picture": "mpeg4", "sound": "pcm_s16le"},
    "h264-aac.ts": {"picture": "libx264"},
    "hevc-ac3.m2ts": {"picture": "libx265", "sound": "ac3"},
    "mpeg2-ac3.vob": {"picture": "mpeg2video", "sound": "ac3"},
    "mpeg2-mp2.mpg": {"picture": "mpeg2video", "sound": "mp2"},
    "mpeg2-pcm.mxf": {"picture": "mpeg2video", "sound": "pcm_s16le"},
    "h264-aac.flv": {"picture": "libx264"},
    "h264-late.mp4": {"picture": "libx264", "sound_late_s": 0.5},  # an edit list
    "h264-fragments.mp4": {"picture": "libx264", "movflags": "frag_keyframe+empty_moov"},
    "h264-vfr.mkv": {"picture": "libx264", "n_until_drop": 3},
    "h264-at-600.mkv": {"picture": "libx264", "begin_s": 600},
}
COPIES = [
    *((name, "mkv") for name in FILMS),
    *((name, "mp4") for name in FILMS if name.startswith(("h264", "hevc", "mpeg2", "mpeg4-a"))),
    *((name, "mov") for name in FILMS if name.startswith(("mjpeg", "mpeg4", "h264-aac.m"))),
    ("vp9-opus.webm", "webm"),
]
DUBS = {"Dub", "Voice-over"}
"""The titles of the added tracks."""
Packets = list[tuple[Fraction, bytes]]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {name: make_film(folder / name, seconds=2, **how) for name, how in FILMS.items()}


def packets_of(path: Path) -> dict[tuple[str, str], Packets]:
    """Return the packets of each stream but the dub, by its type and codec: (presentation time, bytes)."""
    found: dict[tuple[str, str], Packets] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            tags, codec = packet.stream.metadata, packet.stream.codec_context
            if packet.size and codec is not None and DUBS.isdisjoint(tags.values()):
                name = codec.codec.canonical_name
                if name != "mov_text" or packet.size > 2:  # MP4 writes gaps as empty texts
                    key = (packet.stream.type, "mp2" if name == "mp3" else name)  # which MP4 doesn't tell apart
                    found.setdefault(key, []).append((packet.pts * packet.time_base, bytes(packet)))
    return found


def shift_s(before: dict[tuple[str, str], Packets], after: dict[tuple[str, str], Packets]) -> float:
    """Return by how much any packet stands elsewhere, after the move of the whole file to its start."""
    moves = [
        float(new - old)
        for key, packets in before.items()
        if key in after
        for (old, _), (new, _) in zip(packets, after[key], strict=True)
    ]
    return max(moves) - min(moves)


def rounding_s(*paths: Path) -> float:
    """Return the coarsest unit of the files' times."""
    units = []
    for path in paths:
        with av.open(str(path)) as container:
            units += [float(stream.time_base) for stream in container.streams if stream.type in ("audio", "video")]
    return min(max(units), 0.001) + 1 / 90_000


@pytest.mark.parametrize(("name", "suffix"), COPIES, ids=[f"{name}-{suffix}" for name, suffix in COPIES])
def test_packets_keep_their_times(name, suffix, films, tmp_path):
    film, target = films[name], tmp_path / f"copy.{suffix}"
    notes = mux_dub(film, target, make_dub(2), BESIDE)
    before, after = packets_of(film), packets_of(target)
    lost = {key for key in before if key not in after}
    assert all(any(codec in note for note in notes) for _, codec in lost)
    assert ("video", next(codec for kind, codec in before if kind == "video")) in after
    assert shift_s(before, after) <= rounding_s(film, target) + 1e-9
    if film.suffix == target.suffix:
        for key in before.keys() - lost:
            assert [data for _, data in after[key]] == [data for _, data in before[key]]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg command")
@pytest.mark.parametrize(
    ("name", "suffix"),
    [("h264-aac.mkv", "mkv"), ("h264-aac.ts", "mp4"), ("mpeg4-ac3.avi", "mkv"), ("mpeg2-mp2.mkv", "mov")],
)
def test_packets_stand_where_ffmpeg_copies_them(name, suffix, films, tmp_path):
    target, reference = tmp_path / f"ours.{suffix}", tmp_path / f"ffmpeg.{suffix}"
    streams = ["-map", "0"] if suffix == "mkv" else ["-map", "0:v", "-map", "0:a"]
    command = ["ffmpeg", "-v", "error", "-i", str(films[name]), *streams, "-c", "copy", str(reference)]
    subprocess.run(command, check=True)
    mux_dub(films[name], target, make_dub(2), BESIDE)
    theirs, ours = packets_of(reference), packets_of(target)
    assert ours.keys() >= theirs.keys()
    assert shift_s(theirs, ours) <= 0.001 + 1e-9


def test_packets_at_the_same_time_stay_there(tmp_path):
    """Typeset signs begin together, and sound may have several packets in a millisecond of Matroska."""
    film, target = tmp_path / "signs.mkv", tmp_path / "copy.mkv"
    with av.open(str(film), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        signs = container.add_stream("ass")
        signs.codec_context.subtitle_header = b"[Script Info]\nScriptType: v4.00+\n"
        for at in range(50):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
            for part in range(48):
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 40), np.int16), format="s16", layout="mono")
                frame.sample_rate, frame.pts = 48_000, at * 1920 + part * 40
                container.mux(sound.encode(frame))
        for number in range(60):
            sign = av.Packet(f"{number},0,Default,,0,0,0,,Sign {number}".encode())
            sign.stream, sign.time_base = signs, Fraction(1, 1000)
            sign.pts = sign.dts = 1000
            sign.duration = 500
            container.mux(sign)
        container.mux(video.encode(None))
    mux_dub(film, target, make_dub(2), BESIDE)
    before, after = packets_of(film), packets_of(target)
    for key in [("audio", "pcm_s16le"), ("subtitle", "ass")]:
        assert after[key] == before[key]
        times = [time for time, _ in after[key]]
        assert len(set(times)) < len(times)


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
def test_joined_recordings_are_whole(suffix, films, tmp_path):
    one = films[f"h264-aac.{suffix}"]
    both = tmp_path / f"both.{suffix}"
    both.write_bytes(one.read_bytes() * 2)
    for dub, end in ((BESIDE, "mkv"), (Dub(is_default=False, voice_over=True), "mp4")):
        target = tmp_path / f"copy.{end}"
        mux_dub(both, target, make_dub(4), dub)
        whole, single = packets_of(target), packets_of(one)
        for key in [("video", "h264"), ("audio", "aac")]:
            times = sorted(time for time, _ in whole[key])
            assert len(times) == 2 * len(single[key])
            assert times[-1] - times[0] > 3.5
            if key[0] == "video":
                assert max(np.diff([float(time) for time in times])) < 0.09


def tag_of(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.codec_tag


def retagged(film: Path, target: Path, tag: str, timecode: str = "") -> Path:
    """Write a copy of a film's picture with another FourCC."""
    with av.open(str(film)) as source, av.open(str(target), "w") as output:
        video = source.streams.video[0]
        copy = output.add_stream_from_template(video, opaque=True)
        copy.codec_context.codec_tag = tag
        copy.codec_context.framerate = video.average_rate
        if timecode:
            copy.metadata["timecode"] = timecode
        for packet in source.demux(video):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    return target


def test_codes_of_apple_are_kept(films, tmp_path):
    hevc, mpeg2 = films["hevc-eac3.mkv"], films["mpeg2-mp2.mkv"]
    prores = make_film(tmp_path / "prores.mov", picture="prores_ks", sound=None, seconds=1)
    for film, target, tag in [
        (retagged(hevc, tmp_path / "a.mp4", "hvc1"), "mp4", "hvc1"),
        (retagged(hevc, tmp_path / "b.mp4", "hev1"), "mp4", "hev1"),
        (retagged(hevc, tmp_path / "d.mp4", "hvc1"), "mov", "hvc1"),
        (hevc, "mp4", "hvc1"),  # Apple's players refuse FFmpeg's choice, hev1
        (films["hevc-ac3.m2ts"], "mov", "hvc1"),
        (retagged(prores, tmp_path / "e.mov", "ap4h"), "mov", "ap4h"),
        (retagged(prores, tmp_path / "f.mov", "apco"), "mov", "apco"),
        (retagged(mpeg2, tmp_path / "g.mov", "xd5b"), "mov", "xd5b"),
        (films["mpeg4-ac3.avi"], "mp4", "mp4v"),
    ]:
        out = tmp_path / f"out.{target}"
        mux_dub(film, out, make_dub(1), BESIDE)
        assert tag_of(out) == tag, film.name
        out.unlink()


@pytest.mark.skipif(int(av.__version__.partition(".")[0]) < 18, reason="this PyAV writes no time codes")
def test_time_codes_are_kept(films, tmp_path):
    film = retagged(films["mpeg4-ac3.avi"], tmp_path / "a.mov", "mp4v", timecode="01:00:00:00")
    for suffix in ("mov", "mp4", "mkv"):
        assert mux_dub(film, tmp_path / f"b.{suffix}", make_dub(2), BESIDE) == ()
        with av.open(str(tmp_path / f"b.{suffix}")) as copy:
            tags = {key.lower(): text for key, text in copy.streams.video[0].metadata.items()}
            assert tags["timecode"] == "01:00:00:00"
            assert len(copy.streams.data) == (suffix != "mkv")


def test_languages_and_regions(tmp_path):
    """Matroska has bibliographic codes and regions; where a code has no region, the title shows it."""
    tags = ["ger", "deu", "pt-BR", "pt-PT", "zh-Hant", "x-ours", "qaa"]
    film = tmp_path / "a.mkv"
    with av.open(str(film), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        streams = []
        for tag in tags:
            stream = container.add_stream("flac", rate=8000, layout="mono")
            stream.metadata["language"] = tag
            streams.append(stream)
        container.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
        container.mux(video.encode(None))
    for suffix, codes in [
        ("mkv", ["ger", "ger", "por-br", "por-pt", "chi", None, "qaa"]),
        ("mp4", ["deu", "deu", "por", "por", "zho", "und", "qaa"]),
    ]:
        mux_dub(film, tmp_path / f"b.{suffix}", make_dub(1), Dub(is_default=False, language="pt-BR", title="Dub"))
        with av.open(str(tmp_path / f"b.{suffix}")) as copy:
            found = copy.streams.audio[:-1]
            assert [stream.metadata.get("language") for stream in found] == codes
            title = "title" if suffix == "mkv" else "handler_name"
            shown = [stream.metadata.get(title) for stream in found]
            assert shown[4] == "zh-Hant"
            assert suffix == "mkv" or shown[2:4] == ["pt-BR", "pt-PT"]
            assert copy.streams.audio[-1].metadata["language"] == ("por-br" if suffix == "mkv" else "por")


def test_tags_in_other_encodings(tmp_path):
    """Old AVI files have tags in the code page of the machine that made them."""
    film = make_film(tmp_path / "a.avi", picture="mpeg4", sound="ac3", seconds=1, title="A Winter's Tale")
    film.write_bytes(film.read_bytes().replace(b"A Winter's Tale", "Зимняя повесть!".encode("cp1251")))
    for suffix in ("mkv", "mp4"):
        notes = mux_dub(film, tmp_path / f"b.{suffix}", make_dub(1), BESIDE)
        assert notes == ("the tag 'title' of the film isn't UTF-8; it is read as 'Зимняя повесть!'",)
        with av.open(str(tmp_path / f"b.{suffix}")) as copy:
            assert copy.metadata["title"] == "Зимняя повесть!"
