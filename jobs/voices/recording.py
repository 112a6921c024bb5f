"""A recording of a voice to imitate: any sound file as samples, within bounds."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.decode import AudioReader
from ..errors import VoiceLibraryError

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".m4a")
MAX_FILE_BYTES = 64 << 20
MIN_S, MAX_S = 0.5, 120.0
"""Engines imitate a few seconds; two minutes are more than any of them takes, and no book by mistake."""
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_TRANSCRIPT_BYTES = 64 << 10
_SILENCE = 1e-4


class VoiceRecording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A recorded voice: float32 mono `[n_samples]` at the file's own rate in Hz, and what is said, if known."""

    samples: NDArray[np.float32]
    sample_rate: int
    transcript: str | None = None

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.samples.size / self.sample_rate


def read_recording(file: Path, transcript: Path | None = None) -> VoiceRecording:
    """Return a recording. VoiceLibraryError for a file that isn't sound, or is silent, too long, too short or too large.

    `transcript` is a text file (UTF-8) with what is said.
    """
    try:
        n_bytes = file.stat().st_size
        if n_bytes > MAX_FILE_BYTES:
            raise VoiceLibraryError(f"{file.name} has {n_bytes >> 20} MiB; {MAX_FILE_BYTES >> 20} are the most")
        samples, rate = _decoded(file)
        said = None if transcript is None else _read_transcript(transcript)
    except (OSError, VoiceLibraryError) as error:
        raise VoiceLibraryError(str(error)) from None
    except ValueError as error:  # what isn't media
        raise VoiceLibraryError(f"{file.name}: {error}".replace(str(file), file.name)) from None
    if samples.size < MIN_S * rate:
        raise VoiceLibraryError(f"{file.name} lasts {samples.size / rate:.2f} s; {MIN_S:g} s are the least")
    if float(np.abs(samples).max()) < _SILENCE:
        raise VoiceLibraryError(f"{file.name} is silent")
    return VoiceRecording(samples=samples, sample_rate=rate, transcript=said)


def _decoded(file: Path) -> tuple[NDArray[np.float32], int]:
    with AudioReader(file) as reader:
        rate = reader.sample_rate
        if not MIN_RATE <= rate <= MAX_RATE:
            raise VoiceLibraryError(f"{file.name} has {rate} Hz, outside {MIN_RATE} to {MAX_RATE}")
        blocks: list[NDArray[np.float32]] = []
        n_samples = 0
        for block in reader.blocks():
            n_samples += block.size
            if n_samples > MAX_S * rate:
                # However long it is: no more of it is read.
                raise VoiceLibraryError(f"{file.name} is longer than {MAX_S:g} s")
            blocks.append(block)
        if reader.damage is not None:
            raise VoiceLibraryError(f"{file.name} is damaged ({reader.damage})")
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    return np.ascontiguousarray(samples, dtype="<f4"), rate


def _read_transcript(file: Path) -> str | None:
    data = file.read_bytes() if file.stat().st_size <= MAX_TRANSCRIPT_BYTES else None
    if data is None:
        raise VoiceLibraryError(
            f"{file.name} is larger than {MAX_TRANSCRIPT_BYTES >> 10} KiB: no transcript of that voice"
        )
    try:
        text = " ".join(data.decode("utf-8-sig").split())
    except UnicodeDecodeError as error:
        raise VoiceLibraryError(f"{file.name} isn't UTF-8 at byte {error.start + 1}") from None
    if not text:
        raise VoiceLibraryError(f"{file.name} is empty; write down what is said, or delete it")
    return text
