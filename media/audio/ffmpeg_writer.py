"""FLAC, MP3, Opus and AAC as the sound is made, by FFmpeg (PyAV)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, ClassVar, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from .formats import ENCODER_SETTINGS, AudioFormat, check_bit_rate, default_bit_rate, encoded_rate
from .pcm import check_float32, to_int16
from .resample import Resampler
from .sink import Sink, flush

_INT24_SCALE = 8_388_608.0
_INT24_MAX = 8_388_607
_OPUS_FRAME_US = 20_000
_FRAME_SAMPLES = 1 << 16
"""So much goes to the encoder at once: what one call holds in memory doesn't grow with what it was given."""


_EMPTY_IS_A_FILE = ("s16", "s32")


class FfmpegWriter:
    """Writes mono float32 audio in one of FFmpeg's formats. It neither opens nor closes the file.

    The same samples give the same bytes with the same FFmpeg, in the same pieces or, where the rate isn't changed, in
    any. What the encoder adds at both ends is noted where the format has a place for it, so that players leave it out:
    always in Ogg Opus and MP4, in MP3 where the file is seekable; ADTS has none.
    """

    _MUXER: ClassVar[str] = ""
    _OPTIONS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        file: BinaryIO,
        format: AudioFormat,  # noqa: A002  its name in every interface
        sample_rate: int,
        *,
        bit_rate: int | None = None,
        float32: bool = False,
        tags: Mapping[str, str] | None = None,
        flush_each: bool = False,
    ) -> None:
        coding = ENCODER_SETTINGS[format]
        self.rate = encoded_rate(format, sample_rate)
        if bit_rate is not None:
            check_bit_rate(format, self.rate, bit_rate)
        if float32 and format != "flac":
            raise ValueError(f"{format} has no choice of samples")
        self._sink = Sink(file)
        if format == "m4a" and not self._sink.seekable():
            raise ValueError("MP4 can only be written into a file, not into a pipe; AAC can (.aac)")
        self._file = file
        self._flush_each = flush_each
        self._sample_format = "s32" if float32 else coding.sample_format
        self._resampler = Resampler(sample_rate, self.rate)
        self.sample_rate = sample_rate
        self.n_written = 0
        """Samples that were given so far, at the rate that they were given at."""
        self._n_samples = 0
        self._closed = False
        # Without bitexact an Ogg stream has a random serial number.
        options = {"fflags": "+bitexact"}
        if flush_each:
            options["flush_packets"] = "1"
            if format == "opus":
                options["page_duration"] = str(_OPUS_FRAME_US)
        if format == "m4a":  # else its edit list, which cuts the encoder's own off, is in milliseconds
            options["movie_timescale"] = str(self.rate)
        options.update(self._OPTIONS)
        self._container = av.open(self._sink, mode="w", format=self._MUXER or coding.muxer, options=options)
        self._stream = cast(
            "AudioStream", self._container.add_stream(coding.encoder, rate=self.rate, options=dict(coding.options))
        )
        codec = self._stream.codec_context
        codec.layout = "mono"
        codec.format = self._sample_format
        chosen = default_bit_rate(format, self.rate) if bit_rate is None else bit_rate
        if chosen is not None:
            codec.bit_rate = chosen
        self._container.metadata.update(tags or {})
        if flush_each and format != "m4a":
            # A listener learns what is coming before the first sound exists.
            with self._checked():
                self._container.start_encoding()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 samples `[n_samples]`. What lies outside -1..1 is clipped.

        ValueError for another shape, for NaN, and after `close`; TypeError for other types; and what the file raises.
        """
        if self._closed:
            raise ValueError("the file is finished")
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"mono samples are written, not an array of shape {samples.shape}")
        # Before resampling, which would spread an infinity over all that is near it.
        clipped = np.clip(samples, -1.0, 1.0)
        if np.isnan(clipped.sum()):  # a sum is NaN if any term is
            raise ValueError("the samples hold NaN")
        self._encode(self._resampler.process(clipped))
        self.n_written += len(samples)
        if self._flush_each:
            flush(self._file)

    def close(self) -> None:
        """Write the rest. The file stays open, positioned at its end. Where no sample is no file, there will be one."""
        if self._closed:
            return
        self._encode(self._resampler.flush())
        if not self._n_samples and self._sample_format not in _EMPTY_IS_A_FILE:
            self._encode(np.zeros(1, np.float32))
        self._closed = True
        self._mux(None)
        with self._checked():
            self._container.close()
        flush(self._file)

    def abandon(self) -> None:
        """Let go of the encoder. What was written is left without its end."""
        self._closed = True
        self._sink.dead = True
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def _encode(self, samples: NDArray[np.float32]) -> None:
        for start in range(0, len(samples), _FRAME_SAMPLES):
            piece = samples[start : start + _FRAME_SAMPLES]
            frame = AudioFrame.from_ndarray(
                self._converted(piece)[np.newaxis], format=self._sample_format, layout="mono"
            )
            frame.sample_rate = self.rate
            frame.time_base = Fraction(1, self.rate)
            frame.pts = self._n_samples
            self._n_samples += len(piece)
            self._mux(frame)

    def _mux(self, frame: AudioFrame | None) -> None:
        with self._checked():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        """Raise what went wrong in the file as it was, not as FFmpeg tells it."""
        try:
            yield
        except (av.error.FFmpegError, OSError):
            self._sink.check()
            raise
        self._sink.check()

    def _converted(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int16] | NDArray[np.int32]:
        if self._sample_format == "s16":
            return to_int16(samples)
        if self._sample_format == "s32":  # FLAC takes the upper 24 bits
            integers = np.rint(samples.astype(np.float64) * _INT24_SCALE).clip(-_INT24_SCALE, _INT24_MAX)
            return integers.astype(np.int32) << 8
        return np.clip(samples, -1.0, 1.0)  # resampling may overshoot
