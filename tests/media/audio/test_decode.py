from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from voxweft.media.audio.decode import AudioReader
from voxweft.media.audio.encode import AudioEncoder
from voxweft.media.audio.media_file import clean, open_media
from voxweft.media.audio.wav import whole_wav
from voxweft.media.errors import MediaError

RATE = 24000


def sound(n: int = RATE) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * 220 * np.arange(n) / RATE)).astype(np.float32)


def read(source, **options) -> tuple[np.ndarray, int]:
    with AudioReader(source, **options) as reader:
        return np.concatenate([np.zeros(0, np.float32), *reader.blocks()]), reader.sample_rate


def encoded(kind: str, samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with AudioEncoder(file, kind, RATE) as encoder:
        encoder.write(samples)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "opus", "m4a"])
def test_a_file_and_a_stream_give_the_same_samples(kind, tmp_path):
    data = encoded(kind, sound())
    path = tmp_path / f"x.{kind}"
    path.write_bytes(data)
    samples, rate = read(path)
    streamed, _ = read(io.BytesIO(data))
    assert rate == (48000 if kind == "opus" else RATE)
    assert samples.dtype == np.float32
    assert np.array_equal(samples, streamed)
    assert len(samples) / rate == pytest.approx(1.0, abs=0.05)
    if kind in ("wav", "flac"):
        assert np.abs(samples - sound()).max() <= 1 / 32768


def test_another_rate_and_the_length_in_the_header(tmp_path):
    with AudioReader(io.BytesIO(encoded("flac", sound())), sample_rate=16000) as reader:
        assert reader.duration_s == pytest.approx(1.0)
        samples = np.concatenate(list(reader.blocks()))
    assert abs(len(samples) - 16000) <= 32
    expected = 0.4 * np.sin(2 * np.pi * 220 * np.arange(15000) / 16000)
    assert np.abs(samples[500:14500] - expected[500:14500]).max() < 1e-3


@pytest.mark.parametrize("float32", [False, True])
def test_channels_are_mixed_within_full_scale(float32):
    both = np.stack([np.full(RATE, 0.9), np.full(RATE, 0.7)], axis=1).astype(np.float32)
    samples, _ = read(io.BytesIO(whole_wav(both, RATE, float32=float32, channels=2)))
    assert np.abs(samples[100:-100] - 0.8).max() < 1e-3


def test_a_loud_float_file_keeps_what_exceeds_full_scale():
    samples, _ = read(io.BytesIO(whole_wav(np.full(RATE, 1.75, np.float32), RATE, float32=True)))
    assert samples.max() == np.float32(1.75)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.wav\n#EXT-X-ENDLIST\n"),
        ("list.wav", "ffconcat version 1.0\nfile secret.wav\n"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"),
        ("list.mpd", '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>\n'),
    ],
)
def test_playlists_and_scripts_are_rejected(name, text, tmp_path):
    (tmp_path / "secret.wav").write_bytes(encoded("wav", sound()))
    path = tmp_path / name
    path.write_text(text)
    for source in (path, io.BytesIO(text.encode())):
        with pytest.raises(MediaError, match=r"playlist or a script|is not an audio"):
            read(source)


def test_a_tag_in_another_encoding_can_be_read(tmp_path):
    wav = bytearray(encoded("wav", sound(100)))
    name = b"Gr\xfc\xdfe\x00\x00\x00"
    info = b"LIST" + (4 + 8 + len(name)).to_bytes(4, "little") + b"INFOINAM" + len(name).to_bytes(4, "little") + name
    wav[4:8] = (len(wav) - 8 + len(info)).to_bytes(4, "little")
    with open_media(io.BytesIO(bytes(wav) + info)) as container:
        assert clean(container.metadata["title"]) == "Gr\ufffd\ufffde"


def test_bad_input(tmp_path):
    (tmp_path / "text.mkv").write_text("a letter\n" * 100)
    (tmp_path / "empty.wav").touch()
    cut = encoded("m4a", sound())
    for source, message in [
        (tmp_path / "absent.wav", "can't be read"),
        (tmp_path, "can't be read"),
        (tmp_path / "text.mkv", "not an audio or video file"),
        (tmp_path / "empty.wav", "is empty"),
        (io.BytesIO(b""), "the recording is empty"),
        (io.BytesIO(cut[: len(cut) // 2]), "not an audio or video file"),
        ("http://127.0.0.1:9/x.wav", "can't be read"),
        ("concat:a|b", "can't be read"),
    ]:
        with pytest.raises(MediaError, match=message):
            read(source)
    with pytest.raises(MediaError, match="no audio track 1; it has 1"):
        read(io.BytesIO(encoded("wav", sound())), track=1)
    bad = sound()
    bad[RATE // 2] = np.nan
    header = whole_wav(sound(), RATE, float32=True)[: -4 * RATE]
    with pytest.raises(MediaError, match=r"NaN or infinite samples, .* 0\.500 s"):
        read(io.BytesIO(header + bad.tobytes()))


def test_decoding_stops_when_cancelled(tmp_path):
    path = tmp_path / "x.flac"
    path.write_bytes(encoded("flac", sound()))
    with AudioReader(path, cancelled=lambda: True) as reader:
        assert list(reader.blocks()) == []


def test_damaged_audio_is_skipped():
    data = bytearray(encoded("flac", sound(RATE * 4)))
    middle = len(data) // 2
    data[middle : middle + 500] = np.random.default_rng(1).bytes(500)
    with AudioReader(io.BytesIO(bytes(data))) as reader:
        n = sum(len(block) for block in reader.blocks())
        assert RATE * 3 < n < RATE * 4


def test_the_second_track(tmp_path: Path):
    path = tmp_path / "two.mka"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in range(2)]
        for level, stream in enumerate(streams, 1):
            frame = av.AudioFrame.from_ndarray(np.full((1, 4800), level * 1000, np.int16), format="s16", layout="mono")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
    assert read(path, track=1)[0].max() == np.float32(2000 / 32768)
