"""Voice-overs on sound of every kind: without a layout, late, and with changes on the way."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from films import ORIGINAL_HZ, decode_track, level_db, make_dub, make_film, tone
from numpy.typing import NDArray

from voxweft.media.errors import MediaError
from voxweft.media.video import Dub, check_mux, mux_dub
from voxweft.media.video.ducking import Ducking

OVER = Dub(voice_over=True, is_default=False, ducking=Ducking(amount_db=0))


def mixed(film: Path, target: Path, seconds: float = 2) -> tuple[NDArray[np.float32], int]:
    """Return the samples of a voice-over with a silent dub, and their rate."""
    check_mux(film, target, OVER)
    assert mux_dub(film, target, make_dub(seconds), OVER) == ()
    with av.open(str(target)) as copy:
        track = len(copy.streams.audio) - 1
    return decode_track(target, track)


@pytest.mark.parametrize(
    ("name", "sound", "layout"),
    [
        ("a.mkv", "pcm_f32le", "stereo"),
        ("a.avi", "pcm_s16le", "mono"),
        ("a.mxf", "pcm_s16le", "mono"),
        ("b.mkv", "pcm_s24le", "5.1"),
    ],
)
def test_pcm_that_states_only_a_number_of_channels(name, sound, layout, tmp_path):
    picture = "mpeg2video" if name.endswith("mxf") else "mpeg4"
    film = make_film(tmp_path / name, picture=picture, sound=sound, layout=layout, seconds=2)
    samples, rate = mixed(film, tmp_path / "out.mkv")
    assert len(samples) == av.AudioLayout(layout).nb_channels
    level = level_db(samples[0], rate, 0.2, 1.8, ORIGINAL_HZ)
    assert level == pytest.approx(-10.46, abs=0.3)


def test_channels_without_places_are_an_error_before_the_work(tmp_path):
    film = make_film(tmp_path / "a.mkv", sound="pcm_s16le", layout="hexadecagonal", seconds=1)
    with pytest.raises(MediaError, match="has 16 channels without known places, which can't be mixed"):
        check_mux(film, tmp_path / "o.mkv", OVER)


@pytest.mark.parametrize("late_s", [0.0, 0.04, 0.5])
def test_late_sound_is_placed_exactly(late_s, tmp_path):
    film = make_film(tmp_path / "a.mkv", sound="flac", seconds=2, sound_late_s=late_s)
    samples, rate = mixed(film, tmp_path / "o.mkv")
    part = slice(round(0.8 * rate), round(1.6 * rate))
    expected = tone(ORIGINAL_HZ, round(1.6 * rate), rate)
    shift = round(late_s * rate)
    own = np.pad(expected, (shift, 0))[: len(expected)]
    np.testing.assert_allclose(samples[0][part], own[part], atol=0.02)


def parts(path: Path, shapes: list[tuple[int, str]], encoder: str) -> Path:
    """Write a film whose sound changes its rate or layout each second, as a broadcast does."""
    pieces = []
    for number, (rate, layout) in enumerate(shapes):
        piece = path.with_name(f"{number}-{path.name}")
        make_film(piece, picture="mpeg2video", sound=encoder, layout=layout, seconds=2, rate=rate)
        pieces.append(piece.read_bytes())
    path.write_bytes(b"".join(pieces))
    return path


@pytest.mark.parametrize(
    ("shapes", "encoder"),
    [
        ([(48_000, "stereo"), (48_000, "5.1"), (48_000, "stereo")], "ac3"),
        ([(44_100, "stereo"), (48_000, "mono"), (32_000, "stereo")], "mp2"),
    ],
)
def test_sound_that_changes_on_the_way(shapes, encoder, tmp_path):
    film = parts(tmp_path / "a.ts", shapes, encoder)
    samples, rate = mixed(film, tmp_path / "o.mkv", 6)
    assert len(samples) == 2
    assert rate == shapes[0][0]
    for number in range(len(shapes)):
        start_s = 2.1 * number + 0.4
        assert level_db(samples[0], rate, start_s, start_s + 1.2, ORIGINAL_HZ) > -20
    with av.open(str(tmp_path / "o.mkv")) as copy:
        assert float(copy.duration / av.time_base) == pytest.approx(6, abs=0.3)


def test_damaged_sound_is_said(tmp_path):
    film = make_film(tmp_path / "a.ts", picture="mpeg2video", sound="ac3", seconds=2)
    data = bytearray(film.read_bytes())
    rng = np.random.default_rng(3)
    for at in rng.integers(len(data) // 4, len(data), 60):
        data[at] ^= 0x55
    film.write_bytes(bytes(data))
    notes = mux_dub(film, tmp_path / "o.mkv", make_dub(2), OVER)
    assert any("can't be decoded and are silent in the voice-over" in note for note in notes)


def test_sound_that_cannot_be_decoded_is_found_before_the_work(tmp_path):
    film = make_film(tmp_path / "a.mkv", sound="flac", seconds=2)
    with av.open(str(film)) as container:
        sound = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    data = film.read_bytes()
    for packet in sound:
        data = data.replace(packet, bytes(len(packet)))
    film.write_bytes(data)
    with pytest.raises(MediaError, match=r"a\.mkv' can't be decoded for a voice-over; add the dub as a track instead"):
        check_mux(film, tmp_path / "o.mkv", OVER)
    assert [file.name for file in tmp_path.iterdir()] == ["a.mkv"]
    check_mux(film, tmp_path / "o.mkv", Dub())
