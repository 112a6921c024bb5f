"""Where a command's audio goes: a WAV file that appears only when it is complete, or a stream on stdout."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ..utils.audio.file import atomic_output
from ..utils.audio.wav import WavWriter

STDOUT = "-"


@contextlib.contextmanager
def wav_output(target: str, sample_rate: int, *, float32: bool) -> Iterator[WavWriter]:
    """Open the target for writing audio. ValueError for a name that promises another format."""
    if target == STDOUT:
        if sys.stdout.isatty():
            raise ValueError("stdout is a terminal; send the audio into a pipe or a file")
        # Unbuffered: a player hears each block when it is made, and nothing is left over when it goes away.
        with (
            open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as stream,
            WavWriter(cast("BinaryIO", stream), sample_rate, float32=float32) as writer,
        ):
            yield writer
        return
    path = Path(target)
    if path.suffix.lower() not in (".wav", ".wave"):
        raise ValueError(f"{target}: only WAV can be written; name the file .wav")
    with atomic_output(path) as file, WavWriter(file, sample_rate, float32=float32) as writer:
        yield writer


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears only when it is complete (UTF-8)."""
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))


def check_folders(*paths: Path | None) -> None:
    """FileNotFoundError if a file can't be written once the work is done because its folder is missing."""
    for path in paths:
        if path is not None and not path.expanduser().resolve().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent}")


def is_stdout(target: str) -> bool:
    """Whether the audio goes to stdout, which then must hold nothing else."""
    return target == STDOUT
