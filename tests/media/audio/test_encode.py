from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.encode import AUDIO_FORMATS, AudioEncoder, encoded_rate, format_of, media_type
from voxweft.utils.atomic_file import atomic_output

CODED = ["flac", "mp3", "opus", "aac", "m4a"]
STREAMED = [name for name in AUDIO_FORMATS if name != "m4a"]


class Pipe:
    """A file with only `write`, which accepts small parts and records their sizes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data) -> int:
        part = bytes(data[:1000])
        self.data += part
        return len(part)


def speech(n: int, rate: int = 24000) -> np.ndarray:
    """Return noise with the spectrum and syllables of a voice, in which a shift of one sample is measurable."""
    rng = np.random.default_rng(n)
    spectrum = np.fft.rfft(rng.standard_normal(max(n, 2)))
    hz = np.fft.rfftfreq(max(n, 2), 1 / rate)
    spectrum *= (hz > 100) * (hz < 3000) / np.maximum(hz, 100)
    voice = np.fft.irfft(spectrum, max(n, 2))[:n]
    voice *= np.sin(2 * np.pi * 2 * np.arange(n) / rate) ** 2
    return (0.5 * voice / max(np.abs(voice).max(initial=0), 1e-9)).astype(np.float32)


def written(kind, samples, rate=24000, file=None, step=2400, **options) -> bytes:
    file = io.BytesIO() if file is None else file
    with AudioEncoder(file, kind, rate, **options) as encoder:
        for start in range(0, len(samples), step):
            encoder.write(samples[start : start + step])
    return bytes(file.data) if isinstance(file, Pipe) else file.getvalue()


def decoded(data: bytes, kind="wav", rate=24000) -> tuple[np.ndarray, int]:
    if kind == "pcm":
        return np.frombuffer(data, "<i2") / np.float32(32768), rate
    # FFmpeg doesn't detect ADTS from a few frames.
    with av.open(io.BytesIO(data), format="aac" if kind == "aac" else None) as container:
        assert len(container.streams) == 1
        stream = container.streams.audio[0]
        assert stream.codec_context.layout.nb_channels == 1
        blocks = [frame.to_ndarray().reshape(-1) for frame in container.decode(stream)]
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    scale = {"int16": 32768.0, "int32": 2147483648.0}.get(samples.dtype.name, 1.0)
    return (samples / scale).astype(np.float32), stream.rate


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
@pytest.mark.parametrize("rate", [22050, 24000, 44100])
def test_decoding_gives_the_written_audio(kind, rate):
    samples = speech(rate * 2 + 137, rate)
    found, found_rate = decoded(written(kind, samples, rate), kind, rate)
    kept = encoded_rate(kind, rate)
    assert found_rate == (48000 if kind == "opus" else kept)
    if kind in ("wav", "pcm", "flac"):
        assert len(found) == len(samples)
        assert np.abs(found - samples).max() <= 0.51 / 32768
        return
    expected_s = len(samples) / rate
    # A decoder's last frame may be longer than the file states.
    excess_s = len(found) / found_rate - expected_s
    assert 0 <= round(excess_s, 4) <= (0 if kind in ("mp3", "opus") else 2200 / kept)
    # Compare with the source at the decoder's rate. ADTS can't mark the encoder's padding in its first frame.
    at = np.arange(len(found)) / found_rate - (1024 / kept if kind == "aac" else 0.0)
    source = np.interp(at, np.arange(len(samples)) / rate, samples, left=0, right=0).astype(np.float32)
    assert likeness(found, source) > 0.98
    for shift in (1, 5):
        assert likeness(found[shift:], source[:-shift]) < likeness(found, source)


@pytest.mark.parametrize("kind", CODED)
def test_the_header_has_the_duration(kind):
    samples = speech(24000 * 3 + 551)
    with av.open(io.BytesIO(written(kind, samples))) as container:
        stated_s = container.duration / av.time_base
    # ADTS states none (it is guessed from the size), and the duration of Opus includes the pre-skip.
    more_s = {"aac": 0.3, "opus": 0.0066}.get(kind, 2e-6)
    assert len(samples) / 24000 - 2e-6 <= stated_s <= len(samples) / 24000 + more_s


@pytest.mark.parametrize("kind", ["mp3", "opus", "m4a"])
def test_an_onset_causes_no_burst(kind):
    """With its default options, FFmpeg's AAC encoder adds a burst of noise there, as loud as the tone."""
    at = np.arange(6 * 48000) / 48000
    samples = (0.0534 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    samples[96000:192000] += 0.2 * np.sin(2 * np.pi * 1000 * at[:96000]).astype(np.float32)
    found, _ = decoded(written(kind, samples, 48000, bit_rate=64_000), kind)
    assert np.abs(found[: len(samples)] - samples)[100:190000].max() < 0.08


@pytest.mark.parametrize("kind", STREAMED)
def test_a_pipe_gets_the_same_audio(kind):
    samples = speech(24000 + 77)
    found, rate = decoded(written(kind, samples, file=Pipe()), kind)
    whole, _ = decoded(written(kind, samples), kind)
    if kind == "mp3":  # without its header the encoder's delay stays in
        found = found[len(found) - len(found) + 1105 :][: len(whole)]
    assert rate == (48000 if kind == "opus" else 24000)
    np.testing.assert_allclose(found, whole, atol=2e-3)


@pytest.mark.parametrize("kind", STREAMED)
def test_bytes_are_flushed_with_each_write(kind):
    pipe = Pipe()
    samples = speech(24000)
    arrived = []
    with AudioEncoder(pipe, kind, 24000, flush_each=True) as encoder:
        for start in range(0, 24000, 2400):
            encoder.write(samples[start : start + 2400])
            arrived.append(bytes(pipe.data))
    grown = [len(data) for data in arrived]
    assert all(b > a for a, b in itertools.pairwise(grown))
    # The bytes received so far contain all audio except the codec's last frames.
    held_s = {"wav": 0, "pcm": 0, "opus": 0.03, "mp3": 0.1, "aac": 0.1, "flac": 0.1}[kind]
    half = arrived[4]
    if kind == "pcm":
        half = half[: len(half) // 2 * 2]
    found, rate = decoded(half, kind)
    assert len(found) / rate >= 0.5 - held_s


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
def test_loud_samples_are_clipped_not_wrapped(kind):
    samples = np.repeat(np.array([0, 3, -3, 1e30, -1e30, np.inf, -np.inf, 0.0], np.float32), 600)
    found, rate = decoded(written(kind, samples), kind)
    if kind in ("wav", "pcm", "flac"):
        np.testing.assert_allclose(found, np.clip(samples, -1, 1), atol=1 / 32000)
        return
    at = (np.array([900, 1500, 2100, 2700]) + (1024 if kind == "aac" else 0)) * rate // 24000
    assert np.abs(found).max() < 2
    assert found[at[0] - 100 : at[0] + 100].mean() > 0.3
    assert found[at[1] - 100 : at[1] + 100].mean() < -0.3


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
def test_nan_and_wrong_types_raise(kind):
    with pytest.raises(ValueError, match="NaN"):
        written(kind, np.array([0, np.nan, 0], np.float32))
    with pytest.raises(TypeError, match="float32"):
        written(kind, np.zeros(10, np.int16))
    with pytest.raises(ValueError, match="shape"):
        written(kind, np.zeros((10, 2), np.float32))


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
@pytest.mark.parametrize("n", [0, 1, 300])
def test_short_and_empty_files_are_valid(kind, n):
    found, rate = decoded(written(kind, speech(n)), kind)
    padding = {"aac": 3 * 1024, "m4a": 1024, "mp3": 48}.get(kind, 0)
    assert n <= len(found) * 24000 / rate <= max(n, n == 0 and kind not in ("wav", "pcm", "flac")) + padding


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["flac", "mp3", "opus", "m4a"]), st.lists(st.integers(0, 3000), max_size=8))
def test_block_size_does_not_matter(kind, sizes):
    samples = speech(sum(sizes))
    file = io.BytesIO()
    with AudioEncoder(file, kind, 24000) as encoder:
        for start, n in zip(np.cumsum([0, *sizes]), sizes, strict=False):
            encoder.write(samples[start : start + n])
    assert file.getvalue() == written(kind, samples, step=1 << 20)


def test_24_bits_of_flac():
    samples = speech(24000)
    found, _ = decoded(written("flac", samples, float32=True))
    assert np.abs(found - samples).max() <= 1 / 8388608
    ends, _ = decoded(written("flac", np.array([1.0, -1.0, 7.0, -7.0], np.float32), float32=True))
    np.testing.assert_allclose(ends, [1, -1, 1, -1], atol=1e-6)


def test_tags():
    tags = {"title": "Im Anfang", "artist": "Ä. Müller", "album": "Grünes Buch"}
    for kind in ("flac", "mp3", "opus", "m4a"):
        with av.open(io.BytesIO(written(kind, speech(2400), tags=tags))) as container:
            found = {
                key.lower(): value for key, value in {**container.metadata, **container.streams[0].metadata}.items()
            }
        assert found.items() >= tags.items(), kind


def test_a_file_can_start_inside_another():
    for kind in CODED:
        file = io.BytesIO(b"prefix")
        file.seek(0, io.SEEK_END)
        data = written(kind, speech(4800), file=file)
        assert data[:6] == b"prefix"
        assert data[6:] == written(kind, speech(4800))
        assert file.tell() == len(data)


def test_bit_rates():
    samples = speech(24000 * 2)
    for kind in ("mp3", "opus", "aac", "m4a"):
        sizes = [len(written(kind, samples, bit_rate=bit_rate)) for bit_rate in (24_000, 96_000)]
        assert sizes[1] > 2 * sizes[0]
    with pytest.raises(ValueError, match="does not support 100 kbit/s; choose one of 8, 16"):
        AudioEncoder(io.BytesIO(), "mp3", 24000, bit_rate=100_000)
    with pytest.raises(ValueError, match="between 6 and 256 kbit/s"):
        AudioEncoder(io.BytesIO(), "opus", 24000, bit_rate=512_000)
    with pytest.raises(ValueError, match="between 8 and 144 kbit/s"):
        AudioEncoder(io.BytesIO(), "m4a", 24000, bit_rate=200_000)
    for kind in ("wav", "flac", "pcm"):
        with pytest.raises(ValueError, match="is lossless"):
            AudioEncoder(io.BytesIO(), kind, 24000, bit_rate=64_000)


@pytest.mark.parametrize("kind", ["mp3", "opus", "aac", "m4a", "flac"])
@pytest.mark.parametrize("rate", [8000, 11025, 192000])
def test_every_rate(kind, rate):
    samples = speech(rate // 4, rate)
    found, found_rate = decoded(written(kind, samples, rate), kind)
    assert len(found) / found_rate >= 0.2499
    assert Fraction(found_rate) >= min(rate, 48000)
    # The encoder must also accept the default and the highest bit rates.
    top = {"mp3": 64_000 if rate < 16_000 else 160_000, "opus": 256_000}.get(kind, 6 * encoded_rate(kind, rate))
    if kind != "flac":
        written(kind, samples, rate, bit_rate=top)


def test_invalid_arguments_raise():
    with pytest.raises(ValueError, match="can't be written to a pipe"):
        AudioEncoder(Pipe(), "m4a", 24000)
    with pytest.raises(ValueError, match="does not support 32-bit float"):
        AudioEncoder(io.BytesIO(), "mp3", 24000, float32=True)
    with pytest.raises(ValueError, match="16-bit"):
        AudioEncoder(io.BytesIO(), "pcm", 24000, float32=True)
    with pytest.raises(ValueError, match="sample rate"):
        AudioEncoder(io.BytesIO(), "mp3", 0)
    with pytest.raises(ValueError, match="unknown audio format"):
        AudioEncoder(io.BytesIO(), "midi", 24000)
    encoder = AudioEncoder(io.BytesIO(), "mp3", 24000)
    encoder.close()
    with pytest.raises(ValueError, match="closed"):
        encoder.write(speech(10))


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
def test_an_error_in_the_block_leaves_no_file(kind, tmp_path):
    path = tmp_path / f"x.{kind}"
    path.write_bytes(b"older")
    with (  # noqa: PT012
        pytest.raises(RuntimeError, match="engine"),
        atomic_output(path) as file,
        AudioEncoder(file, kind, 24000) as out,
    ):
        out.write(speech(24000))
        raise RuntimeError("engine")
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", STREAMED)
@pytest.mark.parametrize("error", [BrokenPipeError("gone"), KeyboardInterrupt(), OSError(28, "no space")])
def test_errors_of_the_file_are_raised_unchanged(kind, error):
    class Broken:
        n_bytes = 0

        def write(self, data) -> int:
            Broken.n_bytes += len(data)
            if Broken.n_bytes > 9000:
                raise error
            return len(data)

    def write_on() -> None:
        with AudioEncoder(Broken(), kind, 24000, flush_each=True) as encoder:
            for _ in range(20):
                encoder.write(speech(24000))

    with pytest.raises(type(error)) as raised:
        write_on()
    assert raised.value is error


@pytest.mark.parametrize("kind", ["mp3", "opus", "flac", "m4a"])
def test_an_error_at_the_end_is_raised(kind):
    class Full(io.BytesIO):
        full = False

        def write(self, data) -> int:
            if self.full:
                raise OSError(28, "no space")
            return super().write(data)

    file = Full()
    encoder = AudioEncoder(file, kind, 24000)
    encoder.write(speech(24000 * 2))
    file.full = True
    with pytest.raises(OSError, match="no space"):
        encoder.close()


@pytest.mark.linux
def test_a_real_pipe_with_a_slow_reader():
    read, write = os.pipe()
    heard = bytearray()

    def listen() -> None:
        with os.fdopen(read, "rb", buffering=0) as stream:
            while block := stream.read(333):
                heard.extend(block)

    listener = threading.Thread(target=listen)
    listener.start()
    with os.fdopen(write, "wb", buffering=0) as pipe, AudioEncoder(pipe, "opus", 24000, flush_each=True) as encoder:
        encoder.write(speech(24000))
    listener.join()
    found, _ = decoded(bytes(heard))
    assert len(found) == 48000


def test_names_and_types():
    names = {"a.WAV": "wav", "b.mp3": "mp3", "c.ogg": "opus", "d.x.opus": "opus", "e.m4a": "m4a", "f.flac": "flac"}
    assert {name: format_of(name) for name in names} == names
    with pytest.raises(ValueError, match=r"'x\.doc': unknown audio suffix '\.doc'; choose one of \.wav"):
        format_of("x.doc")
    with pytest.raises(ValueError, match="no suffix"):
        format_of("x")
    assert {media_type(name).split("/")[0] for name in AUDIO_FORMATS} == {"audio", "application"}


def test_wav_needs_no_ffmpeg():
    code = (
        "import io, sys, numpy as np\n"
        "from voxweft.media.audio.encode import AudioEncoder\n"
        "with AudioEncoder(io.BytesIO(), 'wav', 24000) as out: out.write(np.zeros(9, np.float32))\n"
        "assert 'av' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
