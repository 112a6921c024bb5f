"""Encode audio in any format into a file, a pipe or an HTTP response while it is generated."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .formats import AUDIO_FORMATS, AudioFormat, encoded_rate, format_of, media_type
from .pcm import to_int16_bytes
from .sink import flush, write_all
from .wav import WavWriter

if TYPE_CHECKING:
    from .ffmpeg_writer import FfmpegWriter

__all__ = ["AUDIO_FORMATS", "AudioEncoder", "AudioFormat", "encoded_rate", "format_of", "media_type"]


class AudioEncoder:
    """Encodes mono audio into a file that the caller opens and closes.

    As a context manager it closes the encoder at the end of the block. After an exception the file is left incomplete;
    use `atomic_output` for files that must be complete.

    Args:
        file: A file object with `write`; m4a needs a seekable file. In a seekable file, the sizes and durations in the
            header are corrected at the end.
        sample_rate: In Hz. If the format doesn't support it, the next supported rate is written (`encoded_rate`).
        bit_rate: In bits per second, for mp3, opus, aac and m4a.
        float32: Write 32-bit float samples in wav, 24-bit samples in flac.
        tags: Title, artist, album, track, date, language, comment and other tags, for flac, mp3, opus and m4a.
        flush_each: Flush after each write, as soon as the codec's frames allow (20 ms of Opus, 24 to 72 ms of MP3 and
            AAC, about 0.1 s of FLAC). Opus files become slightly larger.

    Raises:
        ValueError: The format doesn't support the rate, the bit rate or the file.
    """

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
        if format not in AUDIO_FORMATS:
            raise ValueError(f"unknown audio format {format!r}; choose one of {', '.join(AUDIO_FORMATS)}")
        self.format: AudioFormat = format
        self.rate = encoded_rate(format, sample_rate)
        """The sample rate of the file, in Hz."""
        self._file = file
        self._flush_each = flush_each
        self._closed = False
        self._wav: WavWriter | None = None
        self._ffmpeg: FfmpegWriter | None = None
        if format in ("wav", "pcm"):
            if bit_rate is not None:
                raise ValueError(f"{format} is lossless; its bit rate can't be set")
            if format == "wav":
                self._wav = WavWriter(file, sample_rate, float32=float32)
            elif float32:
                raise ValueError("pcm is always 16-bit; use wav for 32-bit float samples")
            if flush_each:
                flush(file)
            return
        from .ffmpeg_writer import FfmpegWriter  # loading FFmpeg takes 0.1 s, and WAV doesn't need it

        self._ffmpeg = FfmpegWriter(
            file, format, sample_rate, bit_rate=bit_rate, float32=float32, tags=tags, flush_each=flush_each
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 samples `[n_samples]`. Samples outside -1..1 are clipped, except in 32-bit float.

        ValueError for another shape, for NaN, and after `close`; TypeError for other types; errors of the file.
        """
        if self._closed:
            raise ValueError("the encoder is closed")
        if self._ffmpeg is not None:
            self._ffmpeg.write(samples)
            return
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
        if self._wav is not None:
            self._wav.write(samples)
        else:
            write_all(self._file, to_int16_bytes(samples))
        if self._flush_each:
            flush(self._file)

    def close(self) -> None:
        """Write the remaining audio and the end of the file. The file stays open, positioned at its end."""
        if self._closed:
            return
        self._closed = True
        if self._ffmpeg is not None:
            self._ffmpeg.close()
        elif self._wav is not None:
            self._wav.close()
        else:
            flush(self._file)

    def abandon(self) -> None:
        """Stop writing; the file is left incomplete."""
        self._closed = True
        if self._ffmpeg is not None:
            self._ffmpeg.abandon()

    def __enter__(self) -> AudioEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()
