"""The sound of any media file, as it is read: mono, in blocks, in bounded memory."""

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
from .media_file import Source, name_of, open_media

_GROUP_SAMPLES = 500_000
"""As many samples of the file's own are converted at once as faster-whisper converts."""
_INT32_SCALE = np.float32(2_147_483_648)


class AudioReader:
    """Reads one audio track of a file or stream, from its begin, as mono; what is damaged is left out.

    `sample_rate` None keeps the file's own. Samples are float32 in -1..1 (`flt`; a file of floats may exceed that), or
    16-bit integers (`s16`) as `faster_whisper.decode_audio` makes them, bit for bit. Channels are mixed so that the sum
    of full ones doesn't exceed 1. `blocks` ends early when `cancelled()`.

    MediaError if the source isn't there, isn't media or has no such track (the first is 0).
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
            self._stream = self._choose(track)
            self.sample_rate = sample_rate or self._stream.codec_context.sample_rate
            """Hz of the blocks."""
            if self.sample_rate <= 0:
                raise MediaError(f"{self._name} doesn't say at which rate its audio is")
        except BaseException:
            self.close()
            raise
        self._n_samples = 0
        # Other codecs can't hold what isn't a number.
        self._is_float = self._stream.codec_context.name.startswith("pcm_f")
        self.damage: Exception | None = None
        """The first error on the way, if there was any."""

    @property
    def duration_s(self) -> float | None:
        """The length as the file states it, which may be wrong, or None."""
        duration, base = self._stream.duration, self._stream.time_base
        if duration and base:
            return float(duration * base)
        return self._container.duration / av.time_base if self._container.duration else None

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield the samples, `[n_samples]` each, some seconds at the most; none for a track of no length. Once.

        MediaError if nothing can be decoded, or for samples that aren't numbers.
        """
        decoded = False
        for block in self._converted(self._frames()):
            decoded = True
            yield block
        if not decoded and self.damage is not None and not self._cancelled():
            raise MediaError(f"{self._name} is damaged: none of its audio can be decoded ({self.damage})")

    def close(self) -> None:
        """Let go of the file. A stream that was given stays open."""
        self._container.close()

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _choose(self, track: int) -> AudioStream:
        tracks = self._container.streams.audio
        if not tracks:
            raise MediaError(f"{self._name} has no audio ({self._container.format.long_name})")
        if not 0 <= track < len(tracks):
            raise MediaError(
                f"{self._name} has {len(tracks)} audio track(s), so none of number {track}, counted from 0"
            )
        return tracks[track]

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while not self._cancelled():
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
                check_finite(frame.to_ndarray(), frame.sample_rate, self._n_samples, self._name)
            self._n_samples += frame.samples
            yield frame

    def _converted(self, frames: Iterator[AudioFrame]) -> Iterator[NDArray[Any]]:
        """Convert frames in large groups; where their rate, format or channels change, anew."""
        fifo, resampler, shape = AudioFifo(), None, None
        for frame in frames:
            if not frame.samples:
                continue
            found = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or shape != found:
                if resampler is not None:
                    yield from _resampled(resampler, fifo.read(), None)
                fifo, resampler = AudioFifo(), self._resampler(frame)
            shape = found
            frame.pts = None  # gaps and jumps of the file's clock change nothing
            fifo.write(frame)
            if fifo.samples >= _GROUP_SAMPLES:
                yield from _resampled(resampler, fifo.read())
        if resampler is not None:
            yield from _resampled(resampler, fifo.read(), None)

    def _resampler(self, frame: AudioFrame) -> AudioResampler:
        # To floats, FFmpeg would add channels up beyond full scale; to integers it doesn't.
        exact = "s32" if frame.layout.nb_channels > 1 else "flt"
        return AudioResampler(
            format=exact if self._format == "flt" else self._format, layout="mono", rate=self.sample_rate
        )


def _resampled(resampler: AudioResampler, *frames: AudioFrame | None) -> Iterator[NDArray[Any]]:
    """Yield what frames become; the last one may be None, for what the resampler still holds."""
    for position, frame in enumerate(frames):
        if frame is None and position < len(frames) - 1:
            continue  # the group was empty
        for done in resampler.resample(frame):
            if done.samples:
                samples: NDArray[Any] = done.to_ndarray()[0]
                yield samples / _INT32_SCALE if samples.dtype == np.int32 else samples


def check_finite(samples: NDArray[Any], sample_rate: int, n_before: int, name: str) -> None:
    """Raise MediaError for the first of these samples that is no number; `n_before` others came before them."""
    finite = np.isfinite(samples)
    if not finite.all():
        at = int(np.argmin(finite)) % samples.shape[-1]
        raise MediaError(
            f"{name} holds samples that aren't numbers (NaN or infinite), "
            f"the first at {(n_before + at) / max(sample_rate, 1):.3f} s: whatever wrote it failed there"
        )
