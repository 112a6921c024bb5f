"""Encode FLAC, MP3, Opus and AAC with FFmpeg (PyAV)."""

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
"""The number of samples passed to the encoder at once, so that memory doesn't grow with the length of a block."""
_EMPTY_FILE_FORMATS = ("s16", "s32")
"""FLAC's sample formats: only for FLAC does FFmpeg write a valid file without samples."""


class FfmpegWriter:
    """Encodes mono float32 audio with FFmpeg into a file that the caller opens and closes.

    The output is deterministic for one FFmpeg version and the same blocks. Without resampling, the block sizes don't
    matter.
    The encoder's padding at both ends is recorded so that players skip it: always in Ogg Opus and MP4, in MP3 if the
    file is seekable, never in ADTS.
    """

    _MUXER: ClassVar[str] = ""
    _OPTIONS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        file: BinaryIO,
        format: AudioFormat,  # noqa: A002  the name that all interfaces use
        sample_rate: int,
        *,
        bit_rate: int | None = None,
        float32: bool = False,
        tags: Mapping[str, str] | None = None,
        flush_each: bool = False,
    ) -> None:
        settings = ENCODER_SETTINGS[format]
        self.rate = encoded_rate(format, sample_rate)
        if bit_rate is not None:
            check_bit_rate(format, self.rate, bit_rate)
        if float32 and format != "flac":
            raise ValueError(f"{format} does not support 32-bit float samples")
        self._sink = Sink(file)
        if format == "m4a" and not self._sink.seekable():
            raise ValueError("m4a can't be written to a pipe; use aac, or a seekable file")
        self._file = file
        self._flush_each = flush_each
        self._sample_format = "s32" if float32 else settings.sample_format
        self._resampler = Resampler(sample_rate, self.rate)
        self.sample_rate = sample_rate
        self.n_written = 0
        """The number of samples passed to `write`, at `sample_rate`."""
        self._n_samples = 0
        self._closed = False
        # Without bitexact, an Ogg stream gets a random serial number.
        options = {"fflags": "+bitexact"}
        if flush_each:
            options["flush_packets"] = "1"
            if format == "opus":
                options["page_duration"] = str(_OPUS_FRAME_US)
        if format == "m4a":  # otherwise the edit list that removes the padding is in milliseconds
            options["movie_timescale"] = str(self.rate)
        options.update(self._OPTIONS)
        self._container = av.open(self._sink, mode="w", format=self._MUXER or settings.muxer, options=options)
        self._stream = cast(
            "AudioStream", self._container.add_stream(settings.encoder, rate=self.rate, options=dict(settings.options))
        )
        codec = self._stream.codec_context
        codec.layout = "mono"
        codec.format = self._sample_format
        chosen_bit_rate = default_bit_rate(format, self.rate) if bit_rate is None else bit_rate
        if chosen_bit_rate is not None:
            codec.bit_rate = chosen_bit_rate
        self._container.metadata.update(tags or {})
        if flush_each and format != "m4a":
            # Write the header before the first audio exists.
            with self._checked():
                self._container.start_encoding()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 samples `[n_samples]`. Samples outside -1..1 are clipped.

        ValueError for another shape, for NaN, and after `close`; TypeError for other types; errors of the file.
        """
        if self._closed:
            raise ValueError("the encoder is closed")
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
        # Clip before resampling, which would spread an infinity over its neighbors.
        clipped = np.clip(samples, -1.0, 1.0)
        if np.isnan(clipped.sum()):  # a sum is NaN if any term is NaN
            raise ValueError("the samples contain NaN")
        self._encode(self._resampler.process(clipped))
        self.n_written += len(samples)
        if self._flush_each:
            flush(self._file)

    def close(self) -> None:
        """Write the remaining audio and the end of the file, which stays open, positioned at its end.

        In a format that needs at least one sample, an empty file gets a silent one.
        """
        if self._closed:
            return
        self._encode(self._resampler.flush())
        if not self._n_samples and self._sample_format not in _EMPTY_FILE_FORMATS:
            self._encode(np.zeros(1, np.float32))
        self._closed = True
        self._mux(None)
        with self._checked():
            self._container.close()
        flush(self._file)

    def abandon(self) -> None:
        """Close the encoder; the file is left incomplete."""
        self._closed = True
        self._sink.dead = True
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def _encode(self, samples: NDArray[np.float32]) -> None:
        for start in range(0, len(samples), _FRAME_SAMPLES):
            block = samples[start : start + _FRAME_SAMPLES]
            frame = AudioFrame.from_ndarray(
                self._converted(block)[np.newaxis], format=self._sample_format, layout="mono"
            )
            frame.sample_rate = self.rate
            frame.time_base = Fraction(1, self.rate)
            frame.pts = self._n_samples
            self._n_samples += len(block)
            self._mux(frame)

    def _mux(self, frame: AudioFrame | None) -> None:
        with self._checked():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        """Raise the file's error instead of FFmpeg's."""
        try:
            yield
        except (av.error.FFmpegError, OSError):
            self._sink.check()
            raise
        self._sink.check()

    def _converted(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int16] | NDArray[np.int32]:
        if self._sample_format == "s16":
            return to_int16(samples)
        if self._sample_format == "s32":  # FLAC uses the upper 24 bits
            integers = np.rint(samples.astype(np.float64) * _INT24_SCALE).clip(-_INT24_SCALE, _INT24_MAX)
            return integers.astype(np.int32) << 8
        return np.clip(samples, -1.0, 1.0)  # resampling may overshoot
