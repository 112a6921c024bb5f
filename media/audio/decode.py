"""Decode the audio of any media file to mono blocks, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Literal

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from ..errors import MediaError
from .media_file import Source, audio_track, name_of, open_media, reason_of

_GROUP_SAMPLES = 500_000
"""The number of samples that are converted at once; the same as in faster-whisper."""
_INT32_SCALE = np.float32(2_147_483_648)


class AudioReader:
    """Decodes one audio track of a file or stream to mono. Damaged parts are skipped.

    Channels are mixed so that their sum doesn't exceed full scale.

    Args:
        sample_rate: In Hz; None keeps the file's rate.
        sample_format: `flt` for float32 in -1..1 (a file with float samples may exceed that), or `s16` for 16-bit
            integers, bit for bit those of `faster_whisper.decode_audio`.
        track: The audio track, counted from 0.
        cancelled: `blocks` ends early when this returns true.

    Raises:
        MediaError: The source is missing, isn't media, or doesn't have this track.
    """

    def __init__(
        self,
        source: Source,
        *,
        sample_rate: int | None = None,
        sample_format: Literal["flt", "s16"] = "flt",
        track: int = 0,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = name_of(source)
        self._format = sample_format
        self._cancelled = cancelled
        self._container = open_media(source)
        try:
            self._stream = audio_track(self._container, self._name, track)
            self.sample_rate = sample_rate or self._stream.codec_context.sample_rate
            """Hz of the blocks."""
            if self.sample_rate <= 0:
                raise MediaError(f"{self._name} has no sample rate")
        except BaseException:
            self.close()
            raise
        self._n_samples = 0
        # Only float samples can be NaN or infinite.
        self._is_float = self._stream.codec_context.name.startswith("pcm_f")
        self.damage: Exception | None = None
        """The first decoding error; None if there was none."""

    @property
    def duration_s(self) -> float | None:
        """The length in the file's header, which may be wrong; None if unknown."""
        duration, base = self._stream.duration, self._stream.time_base
        if duration and base:
            return float(duration * base)
        return self._container.duration / av.time_base if self._container.duration else None

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield the samples once, in blocks `[n_samples]` of a few seconds; no block for an empty track.

        MediaError if nothing can be decoded, or for NaN or infinite samples.
        """
        decoded = False
        try:
            for block in self._converted(self._frames()):
                decoded = True
                yield block
        except av.error.FFmpegError as error:  # parameters that change to impossible ones
            self.damage = self.damage or error
        if not decoded and self.damage is not None and not self._cancelled():
            raise MediaError(f"{self._name} is damaged; none of its audio can be decoded ({reason_of(self.damage)})")

    def close(self) -> None:
        """Close the file. A stream that was passed in stays open."""
        self._container.close()

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while not self._cancelled():
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                # The file is cut off: keep the frames that the decoder still holds.
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
                check_finite(frame.to_ndarray(), frame.sample_rate, self._n_samples, self._name)
            self._n_samples += frame.samples
            yield frame

    def _converted(self, frames: Iterator[AudioFrame]) -> Iterator[NDArray[Any]]:
        """Convert frames in large groups; start a new converter if the rate, format or channels change."""
        fifo, resampler, shape = AudioFifo(), None, None
        for frame in frames:
            if not frame.samples:
                continue
            frame_shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or shape != frame_shape:
                if resampler is not None:
                    yield from _resampled(resampler, fifo.read(), None)
                fifo, resampler = AudioFifo(), self._resampler(frame)
            shape = frame_shape
            frame.pts = None  # ignore gaps and jumps of the file's clock
            fifo.write(frame)
            if fifo.samples >= _GROUP_SAMPLES:
                yield from _resampled(resampler, fifo.read())
        if resampler is not None:
            yield from _resampled(resampler, fifo.read(), None)

    def _resampler(self, frame: AudioFrame) -> AudioResampler:
        # When mixing to floats, FFmpeg's sum of channels exceeds full scale; to integers it doesn't.
        exact = "s32" if frame.layout.nb_channels > 1 else "flt"
        return AudioResampler(
            format=exact if self._format == "flt" else self._format, layout="mono", rate=self.sample_rate
        )


def _resampled(resampler: AudioResampler, *frames: AudioFrame | None) -> Iterator[NDArray[Any]]:
    """Yield the resampled frames; None as the last frame flushes the resampler."""
    for position, frame in enumerate(frames):
        if frame is None and position < len(frames) - 1:
            continue  # the group was empty
        for resampled in resampler.resample(frame):
            if resampled.samples:
                samples: NDArray[Any] = resampled.to_ndarray()[0]
                yield samples / _INT32_SCALE if samples.dtype == np.int32 else samples


def check_finite(samples: NDArray[Any], sample_rate: int, n_before: int, name: str) -> None:
    """Raise MediaError if any of the samples is NaN or infinite. `n_before` is the number of samples before them."""
    finite = np.isfinite(samples)
    if not finite.all():
        at = int(np.argmin(finite)) % samples.shape[-1]
        raise MediaError(
            f"{name} contains NaN or infinite samples, the first at "
            f"{(n_before + at) / max(sample_rate, 1):.3f} s; export the recording again"
        )
