"""One writer for all formats: sound into a file, a pipe or a response while it is made."""

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
    """Writes mono audio of `sample_rate` Hz into `file` in a format, as it comes. It neither opens nor closes the file.

    `file` needs no more than `write`, except for m4a, which has to be seekable. Where it is seekable, sizes and
    durations in the header are put right at the end. Formats that lack the rate get the next one that they have
    (`encoded_rate`). `bit_rate` in bits a second, for mp3, opus, aac and m4a. `float32`: 32-bit float samples in wav,
    24 bits in flac. `tags` (title, artist, album, track, date, language, comment ...) are written in flac, mp3, opus
    and m4a; the other formats have no place for them. With `flush_each` bytes leave with each write as soon as the
    codec's frames allow (20 ms of Opus, 24 to 72 ms of MP3 and AAC, some 0.1 s of FLAC), at some cost in size for Opus.

    As a context manager it closes at the end of the block; an exception inside abandons the file as it is, without an
    end: what should appear whole or not at all is written through `atomic_output`.

    ValueError for rates, bit rates and files that the format can't have.
    """

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
        if format not in AUDIO_FORMATS:
            raise ValueError(f"{format!r} is no format of sound; known are {', '.join(AUDIO_FORMATS)}")
        self.format: AudioFormat = format
        self.rate = encoded_rate(format, sample_rate)
        """Hz, as written."""
        self._file = file
        self._flush_each = flush_each
        self._closed = False
        self._wav: WavWriter | None = None
        self._coded: FfmpegWriter | None = None
        if format in ("wav", "pcm"):
            if bit_rate is not None:
                raise ValueError(f"{format} has no bit rate that could be chosen: it keeps every sample")
            if format == "wav":
                self._wav = WavWriter(file, sample_rate, float32=float32)
            elif float32:
                raise ValueError("pcm is 16-bit; 32-bit float samples go into wav")
            if flush_each:
                flush(file)
            return
        from .ffmpeg_writer import FfmpegWriter  # FFmpeg costs a tenth of a second, and WAV needs none

        self._coded = FfmpegWriter(
            file, format, sample_rate, bit_rate=bit_rate, float32=float32, tags=tags, flush_each=flush_each
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 samples `[n_samples]`; those outside -1..1 are clipped (not in 32-bit float).

        ValueError for another shape, for NaN, and after `close`; TypeError for other types; and what the file raises.
        """
        if self._closed:
            raise ValueError("the file is finished")
        if self._coded is not None:
            self._coded.write(samples)
            return
        if samples.ndim != 1:
            raise ValueError(f"mono samples are written, not an array of shape {samples.shape}")
        if self._wav is not None:
            self._wav.write(samples)
        else:
            write_all(self._file, to_int16_bytes(samples))
        if self._flush_each:
            flush(self._file)

    def close(self) -> None:
        """Write what is held back, and the end. The file stays open, positioned at its end."""
        if self._closed:
            return
        self._closed = True
        if self._coded is not None:
            self._coded.close()
        elif self._wav is not None:
            self._wav.close()
        else:
            flush(self._file)

    def abandon(self) -> None:
        """Write no more: the file is left as it is, without its end."""
        self._closed = True
        if self._coded is not None:
            self._coded.abandon()

    def __enter__(self) -> AudioEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()
