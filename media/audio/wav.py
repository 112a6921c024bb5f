"""Write WAV while audio is generated: 16-bit or float, to files of any size and to pipes."""

from __future__ import annotations

import struct
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .pcm import to_float32_bytes, to_int16_bytes
from .sink import can_patch, flush, write_all

_UNKNOWN_SIZE = 0xFFFFFFFF
"""In a stream, the size is unknown: players read to the end. In RF64, the size is in the ds64 chunk."""
_FORMAT_PCM = 1
_FORMAT_IEEE_FLOAT = 3
_DS64 = struct.Struct("<QQQI")
"""RIFF size, data size, frame count and the length of an empty table (EBU Tech 3306, section 3)."""
_JUNK_BYTES = 8 + _DS64.size


def _header(sample_rate: int, channels: int, *, float32: bool, n_frames: int | None, reserve_ds64: bool) -> bytes:
    """Return the header of a file. `n_frames` is None for a stream of unknown length.

    With `reserve_ds64` the header has the same length for every `n_frames`: a JUNK chunk reserves the space of ds64, as
    in EBU Tech 3306, and the file becomes RF64 if a size exceeds 32 bits. Source of the layout: Microsoft and IBM,
    "Multimedia Programming Interface and Data Specifications 1.0", and "New Multimedia Data Types and Data Techniques"
    (cbSize and the fact chunk, required of every format but PCM).
    """
    sample_bytes = 4 if float32 else 2
    frame_bytes = sample_bytes * channels
    code = _FORMAT_IEEE_FLOAT if float32 else _FORMAT_PCM
    form = struct.pack("<HHIIHH", code, channels, sample_rate, sample_rate * frame_bytes, frame_bytes, sample_bytes * 8)
    if float32:
        form += struct.pack("<H", 0)
    before_data_bytes = 12 + (_JUNK_BYTES if reserve_ds64 else 0) + 8 + len(form) + (12 if float32 else 0) + 8
    data_bytes = (n_frames or 0) * frame_bytes
    riff_bytes = before_data_bytes - 8 + data_bytes
    is_rf64 = riff_bytes >= _UNKNOWN_SIZE
    if is_rf64 and not reserve_ds64:
        raise ValueError("the audio is too long for a WAV file (maximum 4 GiB)")
    hide_sizes = is_rf64 or n_frames is None

    def size(value: int) -> bytes:
        return struct.pack("<I", _UNKNOWN_SIZE if hide_sizes else value)

    parts = [b"RF64" if is_rf64 else b"RIFF", size(riff_bytes), b"WAVE"]
    if reserve_ds64:
        ds64 = _DS64.pack(riff_bytes, data_bytes, n_frames or 0, 0) if is_rf64 else bytes(_DS64.size)
        parts += [b"ds64" if is_rf64 else b"JUNK", struct.pack("<I", _DS64.size), ds64]
    parts += [b"fmt ", struct.pack("<I", len(form)), form]
    if float32:
        parts += [b"fact", struct.pack("<I", 4), size(n_frames or 0)]
    parts += [b"data", size(data_bytes)]
    return b"".join(parts)


def _check_format(sample_rate: int, channels: int) -> None:
    if not 0 < sample_rate <= 0xFFFFFFFF // 8:
        raise ValueError(f"WAV does not support a sample rate of {sample_rate} Hz")
    if channels not in (1, 2):
        raise ValueError(f"WAV files must have 1 or 2 channels, not {channels}")


class WavWriter:
    """Writes WAV into a file that the caller opens and closes.

    In a seekable file, the sizes in the header are unknown until `close` writes them, as RIFF, or as RF64 if they
    exceed 32 bits (EBU Tech 3306). In a pipe or a file in append mode, all sizes stay 0xFFFFFFFF, which players and
    ffmpeg read as "until the end". The header is written immediately, so that a player can start before the first
    sample exists.

    `channels` is 1 or 2. `float32` writes 32-bit float instead of 16-bit samples. ValueError for other formats.
    """

    def __init__(self, file: BinaryIO, sample_rate: int, *, float32: bool = False, channels: int = 1) -> None:
        _check_format(sample_rate, channels)
        self._file = file
        self._sample_rate = sample_rate
        self._channels = channels
        self._float32 = float32
        self._n_frames = 0
        self._closed = False
        self._start_bytes = file.tell() if can_patch(file) else None
        write_all(self._file, self._header(None))

    @property
    def n_frames(self) -> int:
        """The number of samples per channel so far."""
        return self._n_frames

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 samples: `[n_samples]`, or `[n_samples, 2]` for stereo.

        16-bit samples are clipped. ValueError for another shape, for NaN (in float also infinities), and after `close`.
        """
        if self._closed:
            raise ValueError("the WAV file is closed")
        if samples.shape[1:] != (() if self._channels == 1 else (self._channels,)) or samples.ndim == 0:
            raise ValueError(f"samples of shape {samples.shape} don't match {self._channels} channel(s)")
        write_all(self._file, to_float32_bytes(samples) if self._float32 else to_int16_bytes(samples))
        self._n_frames += samples.shape[0]

    def close(self) -> None:
        """Write the sizes if the file is seekable, and flush it. The file stays open, positioned at its end."""
        if self._closed:
            return
        self._closed = True
        if self._start_bytes is not None:
            end_bytes = self._file.tell()
            self._file.seek(self._start_bytes)
            write_all(self._file, self._header(self._n_frames))
            self._file.seek(end_bytes)
        flush(self._file)

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _header(self, n_frames: int | None) -> bytes:
        return _header(
            self._sample_rate,
            self._channels,
            float32=self._float32,
            n_frames=n_frames,
            reserve_ds64=self._start_bytes is not None,
        )


def whole_wav(samples: NDArray[np.float32], sample_rate: int, *, float32: bool = False, channels: int = 1) -> bytes:
    """Return a complete WAV file of float32 samples, `[n_samples]` or `[n_samples, 2]`, without padding chunks.

    Raises the errors of `WavWriter`, and ValueError for 4 GiB or more.
    """
    _check_format(sample_rate, channels)
    if samples.shape[1:] != (() if channels == 1 else (channels,)) or samples.ndim == 0:
        raise ValueError(f"samples of shape {samples.shape} don't match {channels} channel(s)")
    header = _header(sample_rate, channels, float32=float32, n_frames=samples.shape[0], reserve_ds64=False)
    return header + (to_float32_bytes(samples) if float32 else to_int16_bytes(samples))
