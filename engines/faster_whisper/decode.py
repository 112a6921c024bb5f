"""Media files, and audio of any rate, as what Whisper hears: mono at 16 kHz.

A file's samples are, bit for bit, those of `faster_whisper.decode_audio`: its first audio stream, converted to 16-bit
integers by FFmpeg's resampler. Unlike there, a damaged packet is left out and the rest kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from ...utils.streaming import AudioPayload
from .errors import MediaError

RATE_HZ = 16_000
INT16_SCALE = np.float32(32768)

_GROUP_SAMPLES = 500_000
"""As many samples of the file's own are converted at once as faster-whisper converts."""

# A playlist or a script that calls itself audio could name addresses, and FFmpeg's connections aren't Python's.
_OPTIONS = {"protocol_whitelist": "file"}


def decode_file(path: str, cancelled: Callable[[], bool] = lambda: False) -> Iterator[NDArray[np.int16]]:
    """Yield a file's samples from its begin, int16 `[n]` at 16 kHz, some seconds each; none for a stream of no length.

    MediaError if it isn't there, isn't media, has no audio, or holds nothing that can be decoded. It ends early when
    `cancelled()`.
    """
    try:
        container = av.open(_location(path), mode="r", metadata_errors="ignore", options=_OPTIONS)
    except av.error.FFmpegError as error:
        raise MediaError(_why_not(path, error)) from error
    with container:
        if not container.streams.audio:
            raise MediaError(f"{path} has no audio to recognise ({container.format.long_name})")
        stream = container.streams.audio[0]
        reader = _Reader(path, container, stream)
        decoded = False
        for block in _convert(reader.frames(cancelled)):
            decoded = True
            yield block
        if not decoded and reader.damage is not None and not cancelled():
            raise MediaError(f"{path} is damaged: none of its audio can be decoded ({reader.damage})")


def decode_payload(payload: AudioPayload) -> NDArray[np.float32]:
    """Return a payload's audio as float32 `[n]` at 16 kHz, as it is if it has that rate.

    MediaError for a rate that isn't positive, for bytes that aren't whole samples, and for samples that aren't numbers.
    """
    if payload.sample_rate <= 0:
        raise MediaError(f"audio can't have a rate of {payload.sample_rate} Hz")
    if len(payload.pcm) % 4:
        raise MediaError(f"{len(payload.pcm)} bytes aren't whole samples of 32 bits: the audio was cut in mid-sample")
    samples = np.frombuffer(payload.pcm, "<f4").astype(np.float32, copy=False)
    _check_finite(samples, payload.sample_rate, 0, "the audio")
    if payload.sample_rate == RATE_HZ or not samples.size:
        return samples
    frame = AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = payload.sample_rate
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    done = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in done] or [np.empty(0, np.float32)])


class _Reader:
    """Reads a stream's frames; `damage` is the first error on the way."""

    def __init__(self, path: str, container: InputContainer, stream: AudioStream) -> None:
        self._path = path
        self._container = container
        self._stream = stream
        # Other codecs can't hold what isn't a number.
        self._is_float = stream.codec_context.name.startswith("pcm_f")
        self._n_samples = 0
        self.damage: av.error.FFmpegError | None = None

    def frames(self, cancelled: Callable[[], bool]) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while not cancelled():
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                # A file that ends too early: what the decoder still holds is kept.
                self.damage = self.damage or error
                yield from self._checked(self._decoded(None))
                return
            yield from self._checked(self._decoded(packet))

    def _decoded(self, packet: Packet[AudioStream] | None) -> list[AudioFrame]:
        try:
            return self._stream.codec_context.decode(packet)
        except av.error.FFmpegError as error:
            self.damage = self.damage or error
            return []

    def _checked(self, frames: list[AudioFrame]) -> Iterator[AudioFrame]:
        for frame in frames:
            if self._is_float:
                _check_finite(frame.to_ndarray(), frame.sample_rate, self._n_samples, self._path)
            self._n_samples += frame.samples
            yield frame


def _convert(frames: Iterator[AudioFrame]) -> Iterator[NDArray[np.int16]]:
    """Convert frames in large groups; where their rate, format or channels change, anew."""
    fifo, resampler, shape = AudioFifo(), _resampler(), None
    for frame in frames:
        if not frame.samples:
            continue
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape not in (None, found):
            yield from _resampled(resampler, fifo.read(), None)
            fifo, resampler = AudioFifo(), _resampler()
        shape = found
        frame.pts = None  # gaps and jumps of the file's clock change nothing
        fifo.write(frame)
        if fifo.samples >= _GROUP_SAMPLES:
            yield from _resampled(resampler, fifo.read())
    if shape is not None:
        yield from _resampled(resampler, fifo.read(), None)


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=RATE_HZ)


def _resampled(resampler: AudioResampler, *frames: AudioFrame | None) -> Iterator[NDArray[np.int16]]:
    """Yield what frames become; the last one may be None, for what the resampler still holds."""
    for position, frame in enumerate(frames):
        if frame is None and position < len(frames) - 1:
            continue  # the group was empty
        for done in resampler.resample(frame):
            if done.samples:
                yield done.to_ndarray()[0]


def _check_finite(samples: NDArray[Any], rate_hz: int, n_before: int, source: str) -> None:
    finite = np.isfinite(samples)
    if not finite.all():
        at = int(np.argmin(finite)) % samples.shape[-1]
        raise MediaError(
            f"{source} holds samples that aren't numbers (NaN or infinite), "
            f"the first at {(n_before + at) / max(rate_hz, 1):.3f} s: whatever wrote it failed there"
        )


def _location(path: str) -> str:
    # With the prefix, FFmpeg takes no name for an address or another protocol (`concat:a|b`).
    return f"file:{Path(path).absolute()}"


def _why_not(path: str, error: av.error.FFmpegError) -> str:
    if isinstance(error, OSError):
        return f"{path} can't be read: {error.strerror}"
    try:
        n_bytes = Path(path).stat().st_size
    except OSError:
        n_bytes = -1
    if n_bytes == 0:
        return f"{path} is empty"
    return f"{path} is no audio or video that can be decoded, or its begin is damaged ({error.strerror})"
