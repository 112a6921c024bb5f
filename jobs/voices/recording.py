"""Read a recording of a voice to imitate, from any audio file, within limits."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.decode import AudioReader
from ...media.audio.media_file import reason_of
from ..errors import VoiceLibraryError

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".m4a")
MAX_FILE_BYTES = 64 << 20
MIN_S, MAX_S = 0.5, 120.0
"""Engines use a few seconds of a recording. The maximum only rejects long files given by mistake."""
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_TRANSCRIPT_BYTES = 64 << 10
_SILENCE = 1e-4


class VoiceRecording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A recorded voice.

    Attributes:
        samples: float32 mono `[n_samples]` at the file's own rate, `sample_rate` in Hz.
        transcript: Its words, if they are written down.
        language: The language spoken in it (BCP-47), if its owner says so.
        name: Its name in messages.
        transcript_place: Where users write its transcript, in messages.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    transcript: str | None = None
    language: str | None = None
    name: str = "the recording"
    transcript_place: str = "its transcript"

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        return self.samples.size / self.sample_rate


def read_recording(file: Path, transcript: Path | None = None) -> VoiceRecording:
    """Return the recording in a file, with the transcript in a UTF-8 text file.

    Raises:
        VoiceLibraryError: The file is missing, isn't audio, or is silent, too long, too short or too large; or the
            transcript can't be read.
    """
    try:
        info = file.stat()
        if not stat.S_ISREG(info.st_mode):  # Opening a named pipe would wait for its other end.
            raise VoiceLibraryError(f"'{file.name}' isn't a file; give a recording")
        n_bytes = info.st_size
        if n_bytes > MAX_FILE_BYTES:
            raise VoiceLibraryError(f"{file.name} is {n_bytes >> 20} MiB (maximum {MAX_FILE_BYTES >> 20} MiB)")
        samples, rate = _decoded(file)
        text = None if transcript is None else read_transcript(transcript)
    except FileNotFoundError as error:
        raise VoiceLibraryError(f"there is no file '{error.filename or file}'") from None
    except OSError as error:
        raise VoiceLibraryError(f"{file.name} can't be read: {error.strerror or 'unknown error'}") from None
    except VoiceLibraryError:
        raise
    except ValueError as error:  # not a media file
        reason = str(error).replace(str(file), file.name)
        raise VoiceLibraryError(reason if file.name in reason else f"{file.name}: {reason}") from None
    if samples.size < MIN_S * rate:
        raise VoiceLibraryError(f"{file.name} is {samples.size / rate:.2f} s long (minimum {MIN_S:g} s)")
    if float(np.abs(samples).max()) < _SILENCE:
        raise VoiceLibraryError(f"{file.name} is silent")
    return VoiceRecording(
        samples=samples,
        sample_rate=rate,
        transcript=text,
        name=file.name,
        transcript_place=(transcript or file.with_suffix(".txt")).name,
    )


def _decoded(file: Path) -> tuple[NDArray[np.float32], int]:
    with AudioReader(file) as reader:
        rate = reader.sample_rate
        if not MIN_RATE <= rate <= MAX_RATE:
            raise VoiceLibraryError(f"{file.name} has {rate} Hz: must be between {MIN_RATE} and {MAX_RATE} Hz")
        blocks: list[NDArray[np.float32]] = []
        n_samples = 0
        for block in reader.blocks():
            n_samples += block.size
            if n_samples > MAX_S * rate:
                # Stop here: the file may be hours long.
                raise VoiceLibraryError(f"{file.name} is too long (maximum {MAX_S:g} s)")
            blocks.append(block)
        if reader.damage is not None:
            raise VoiceLibraryError(f"{file.name} is damaged ({reason_of(reader.damage)})")
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    return np.ascontiguousarray(samples, dtype="<f4"), rate


def read_transcript(file: Path) -> str | None:
    """Return the words in a UTF-8 text file. VoiceLibraryError if it is empty, too large or no text; OSError."""
    if file.stat().st_size > MAX_TRANSCRIPT_BYTES:
        raise VoiceLibraryError(f"{file.name} is too large for a transcript (maximum {MAX_TRANSCRIPT_BYTES >> 10} KiB)")
    try:
        text = " ".join(file.read_bytes().decode("utf-8-sig").split())
    except UnicodeDecodeError as error:
        raise VoiceLibraryError(f"{file.name} isn't valid UTF-8 at byte {error.start + 1}") from None
    if not text:
        raise VoiceLibraryError(f"{file.name} is empty; write the transcript into it, or delete it")
    return text
