from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.audio.pcm import from_int16
from voxweft.media.audio.wav import WavWriter, whole_wav


def chunks(data: bytes, *, limit_bytes: int = 256) -> dict[str, tuple[int, int]]:
    """Return `name -> (offset of the body, stated size)` up to and with the data chunk, and the root chunk's size."""
    root, size, form = struct.unpack_from("<4sI4s", data)
    assert form == b"WAVE"
    found = {root.decode(): (8, size)}
    position = 12
    while position < limit_bytes:
        name, size = struct.unpack_from("<4sI", data, position)
        found[name.decode()] = (position + 8, size)
        if name == b"data":
            return found
        position += 8 + size + size % 2
    raise AssertionError("no data chunk")


def ramp(n: int) -> np.ndarray:
    return from_int16((np.arange(n) % 60000 - 30000).astype("<i2"))


@given(st.lists(st.integers(0, 3000), max_size=8), st.booleans(), st.booleans())
def test_sizes_and_samples_of_a_closed_file(sizes, float32, stereo):
    file = io.BytesIO()
    samples = ramp(sum(sizes))
    if stereo:
        samples = np.stack([samples, -samples / 2], axis=1)
    with WavWriter(file, 24000, float32=float32, channels=2 if stereo else 1) as writer:
        start = 0
        for n in sizes:
            writer.write(samples[start : start + n])
            start += n
        assert writer.n_frames == sum(sizes)
    data = file.getvalue()
    found = chunks(data)
    frame_bytes = (4 if float32 else 2) * (2 if stereo else 1)
    assert found["RIFF"][1] == len(data) - 8
    assert found["data"][1] == len(samples) * frame_bytes == len(data) - found["data"][0]
    assert found["JUNK"][1] == 28
    code, channels, rate, byte_rate, align, bits = struct.unpack_from("<HHIIHH", data, found["fmt "][0])
    assert (code, channels, rate) == (3 if float32 else 1, 2 if stereo else 1, 24000)
    assert (byte_rate, align, bits) == (24000 * frame_bytes, frame_bytes, frame_bytes * 8 // channels)
    if float32:
        assert found["fmt "][1] == 18
        assert struct.unpack_from("<I", data, found["fact"][0])[0] == len(samples)
        body = np.frombuffer(data, "<f4", offset=found["data"][0]).reshape(samples.shape)
    else:
        assert "fact" not in found
        body = from_int16(data[found["data"][0] :]).reshape(samples.shape)
        with wave.open(io.BytesIO(data)) as reader:
            assert (reader.getnframes(), reader.getframerate(), reader.getsampwidth()) == (len(samples), 24000, 2)
    # Half of a value that isn't even doesn't fit 16 bits.
    np.testing.assert_allclose(body, samples, atol=0 if float32 else 1 / 65536)


def test_a_file_can_start_inside_another():
    file = io.BytesIO(b"prefix")
    file.seek(0, io.SEEK_END)
    with WavWriter(file, 8000) as writer:
        writer.write(ramp(10))
    data = file.getvalue()
    assert data[:6] == b"prefix"
    assert chunks(data[6:])["data"][1] == 20
    assert file.tell() == len(data)


@pytest.mark.parametrize("float32", [False, True])
def test_files_above_4_gib_are_rf64(tmp_path: Path, float32):
    path = tmp_path / "big.wav"
    sample_bytes = 4 if float32 else 2
    skipped = (5 << 30) // sample_bytes
    with path.open("w+b") as file:
        writer = WavWriter(file, 48000, float32=float32)
        writer.write(ramp(100))
        file.seek(skipped * sample_bytes, io.SEEK_CUR)  # a hole: the file takes no 5 GiB
        writer._n_frames += skipped
        writer.write(ramp(50))
        writer.close()
    total = skipped + 150
    with path.open("rb") as file:
        head = file.read(256)
    found = chunks(head)
    assert found["RF64"][1] == found["data"][1] == 0xFFFFFFFF
    assert list(found)[1] == "ds64"
    riff_bytes, data_bytes, n_frames, table = struct.unpack_from("<QQQI", head, found["ds64"][0])
    assert riff_bytes == path.stat().st_size - 8
    assert data_bytes == total * sample_bytes == path.stat().st_size - found["data"][0]
    assert (n_frames, table) == (total, 0)
    if float32:
        assert struct.unpack_from("<I", head, found["fact"][0])[0] == 0xFFFFFFFF
    assert path.stat().st_blocks * 512 < 1 << 20


def test_the_limit_between_riff_and_rf64():
    for extra, root in ((0, b"RIFF"), (1, b"RF64")):
        file = io.BytesIO()
        writer = WavWriter(file, 48000)
        # 72 bytes of header follow the RIFF size; 0xFFFFFFFF itself means "unknown".
        writer._n_frames = (0xFFFFFFFE - 72) // 2 + extra
        writer.close()
        assert file.getvalue()[:4] == root


def test_a_pipe_gets_the_header_at_once_and_unknown_sizes():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", buffering=0) as reader, os.fdopen(write_end, "wb", buffering=0) as file:
        writer = WavWriter(file, 22050)
        head = reader.read(4096)
        found = chunks(head)
        assert found["RIFF"][1] == found["data"][1] == 0xFFFFFFFF
        assert len(head) == found["data"][0] == 44
        received = bytearray()
        thread = threading.Thread(target=lambda: received.extend(b"".join(iter(lambda: reader.read(65536), b""))))
        thread.start()
        samples = ramp(300_000)  # more than a pipe takes at once
        writer.write(samples)
        writer.close()
        file.close()
        thread.join(10)
    np.testing.assert_array_equal(from_int16(received), samples)


SCRIPT = """
import sys, numpy as np
from voxweft.media.audio.wav import WavWriter
with WavWriter(sys.stdout.buffer, 8000) as writer:
    writer.write(np.zeros(4, np.float32))
"""


@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_standard_output_redirected_to_a_file(tmp_path: Path, mode):
    path = tmp_path / "out.wav"
    path.write_bytes(b"older")
    with path.open(mode) as file:
        subprocess.run([sys.executable, "-c", SCRIPT], stdout=file, check=True, timeout=60)
    data = path.read_bytes()
    if mode == "wb":
        assert chunks(data)["data"][1] == 8
    else:
        assert data[:5] == b"older"
        assert chunks(data[5:])["data"][1] == 0xFFFFFFFF
        assert len(data) == 5 + 44 + 8


def test_whole_wav():
    samples = ramp(999)
    data = whole_wav(samples, 16000)
    assert len(data) == 44 + 999 * 2
    assert chunks(data)["RIFF"][1] == len(data) - 8
    with wave.open(io.BytesIO(data)) as reader:
        np.testing.assert_array_equal(from_int16(reader.readframes(999)), samples)
    data = whole_wav(samples, 16000, float32=True)
    assert chunks(data)["fact"][1] == 4
    np.testing.assert_array_equal(np.frombuffer(data, "<f4", offset=chunks(data)["data"][0]), samples)


def test_invalid_arguments_raise():
    with pytest.raises(ValueError, match="0 Hz"):
        WavWriter(io.BytesIO(), 0)
    with pytest.raises(ValueError, match="1 or 2 channels, not 3"):
        whole_wav(ramp(3), 8000, channels=3)
    writer = WavWriter(io.BytesIO(), 8000)
    with pytest.raises(ValueError, match="shape"):
        writer.write(np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match="NaN"):
        writer.write(np.full(4, np.nan, np.float32))
    assert writer.n_frames == 0
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(ramp(1))
