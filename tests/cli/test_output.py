"""Audio output of a command: files of every format, and streams through pipes."""

from __future__ import annotations

import io
import signal
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from fixtures_jobs import Command, signal_group
from streaming_kit import tone_samples

from voxweft.cli.output import audio_format, bits_per_second

TONE = ("-e", "tone", "-p", "chunks=4", "-p", "chunk_samples=6000")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def heard(data: bytes, name: str = "") -> tuple[str, float]:
    """Return the codec and the duration in seconds that can be decoded."""
    with av.open(io.BytesIO(data), format="aac" if name.endswith("aac") else None) as container:
        stream = container.streams.audio[0]
        return stream.codec_context.name, sum(frame.samples for frame in container.decode(stream)) / stream.rate


def test_the_suffix_selects_the_format(command: Command) -> None:
    expected = {
        "a.mp3": ("mp3float", "mp3"),
        "a.flac": ("flac",),
        "a.ogg": ("opus", "libopus"),
        "a.m4a": ("aac",),
        "a.aac": ("aac",),
        "a.wav": ("pcm_s16le",),
    }
    for name, codecs in expected.items():
        done = command.fine_here("say", "a b", "-o", name, *TONE)
        assert done.err.startswith(f"{name}: 1.00 s at 24000 Hz")
        codec, duration_s = heard((command.folder / name).read_bytes(), name)
        assert codec in codecs
        assert duration_s == pytest.approx(1.0, abs=0.1)
    assert command.files() == set(expected)


def test_bit_rates_and_unknown_suffixes(command: Command) -> None:
    command.fine_here("say", "a b", "-o", "low.mp3", "--bit-rate", "16k", *TONE)
    command.fine_here("say", "a b", "-o", "high.mp3", "--bit-rate", "128", *TONE)
    sizes = [(command.folder / name).stat().st_size for name in ("low.mp3", "high.mp3")]
    assert sizes[1] > 4 * sizes[0]
    command.fine_here("say", "a b", "-o", "raw.bin", "--format", "pcm", *TONE)
    samples = np.fromfile(command.folder / "raw.bin", "<i2") / 32768
    np.testing.assert_allclose(samples, tone_samples("a b", 4, 6000), atol=1 / 32768)
    done = command.here("say", "a b", "-o", "x.mp3", "--bit-rate", "100k", *TONE)
    assert (done.code, "does not support 100 kbit/s; choose one of 8, 16" in done.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a Unix shell sends them")
@pytest.mark.parametrize("kind", ["mp3", "opus", "flac"])
def test_a_pipe_streams_before_the_end(command: Command, kind: str) -> None:
    """The engine hangs in the middle of a segment: everything before that arrives, except an incomplete frame."""
    hangs = ("-e", "tone", "-p", "fault=hang")
    with command.started("say", "a b", "-o", "-", "--format", kind, *hangs) as process:
        assert process.stdout is not None
        data = b""
        while True:
            data += process.stdout.read1(65536)
            try:
                duration_s = heard(data)[1]
            except av.error.FFmpegError:
                continue
            if duration_s >= 4 * 0.5 - 0.15:
                break
        assert process.poll() is None
        signal_group(process, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (130, b"interrupted\n")


@pytest.mark.linux
def test_mp4_cannot_be_streamed(command: Command) -> None:
    done = command("say", "a b", "-o", "-", "--format", "m4a", *TONE)
    assert (done.code, done.out) == (2, "")
    assert "m4a can't be written to a pipe" in done.err


def test_formats_and_bit_rates() -> None:
    assert audio_format("-", None) == "wav"
    assert audio_format("-", "mp3") == "mp3"
    assert audio_format("x.OGG", "opus") == "opus"
    assert audio_format("x", "flac") == "flac"
    for target, chosen in (("x.mp3", "wav"), ("x", None), ("x.srt", None)):
        with pytest.raises(ValueError, match=r"format|suffix|no sound"):
            audio_format(target, chosen)
    assert [bits_per_second(text) for text in ("", "0", "64k", "64", "1.5K")] == [None, None, 64_000, 64_000, 1_500]
    for text in ("k", "-64k", "64kk", "6e4", "64 k b", "64000", "1001k"):
        with pytest.raises(ValueError, match=r"such as 64k or 64 \(maximum 1000\)"):
            bits_per_second(text)
