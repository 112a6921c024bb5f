"""The length of a recording from its header and its packets."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from voxweft.media.audio.duration import packets_length_s
from voxweft.media.errors import MediaError

HOUR_S = 3600


def silence(file: Path, codec: str, sample_format: str, rate: int, seconds: int) -> Path:
    kind = np.int16 if sample_format.startswith("s16") else np.float32
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        for second in range(0, seconds, 10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 10 * rate), kind), sample_format, "mono")
            frame.sample_rate, frame.pts = rate, second * rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "rate"),
    [
        ("a.flac", "flac", "s16", 8000),
        ("a.mp3", "mp3", "s16p", 8000),
        ("a.m4a", "aac", "fltp", 8000),
        ("a.opus", "libopus", "flt", 48_000),
        ("a.webm", "libopus", "flt", 48_000),
        ("a.aac", "aac", "fltp", 8000),
        ("a.wav", "pcm_s16le", "s16", 8000),
    ],
)
def test_every_kind(tmp_path: Path, name: str, codec: str, sample_format: str, rate: int) -> None:
    file = silence(tmp_path / name, codec, sample_format, rate, 120)
    assert packets_length_s(file, HOUR_S) == pytest.approx(120, abs=0.5)
    assert packets_length_s(file, 60) > 60


def test_a_header_that_says_less_is_not_believed(tmp_path: Path) -> None:
    data = bytearray(silence(tmp_path / "a.flac", "flac", "s16", 8000, 120).read_bytes())
    # STREAMINFO: its last 36 bits before the checksum are the number of samples; 0 is unknown.
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    (tmp_path / "lie.flac").write_bytes(data)
    assert packets_length_s(tmp_path / "lie.flac", 60) > 60


def test_no_sound(tmp_path: Path) -> None:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(1)
        file.writeframes(bytes(100))
    (tmp_path / "slow.wav").write_bytes(data.getvalue())
    with pytest.raises(MediaError, match=r"sample rate of 1 Hz; the minimum is 1000 Hz"):
        packets_length_s(tmp_path / "slow.wav", HOUR_S)
    (tmp_path / "text").write_bytes(b"no sound" * 100)
    with pytest.raises(MediaError, match="not an audio or video file"):
        packets_length_s(tmp_path / "text", HOUR_S)


def test_a_long_stream_without_a_length_is_measured_by_a_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxweft.media.audio.duration._MANY_PACKETS", 100)
    file = tmp_path / "live.webm"
    with av.open(str(file), "w", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for second in range(120):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "flt", "mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    for limit_s, expected_s in ((60, 60), (200, 120)):
        for source in (file, io.BytesIO(file.read_bytes())):
            assert packets_length_s(source, limit_s) == pytest.approx(expected_s, abs=0.5)
