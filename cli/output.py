"""Where a command's audio goes: a WAV file that appears only when it is complete, or a stream on stdout."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from ..jobs import SpeechJob, run
from ..utils.audio.file import atomic_output
from ..utils.audio.wav import WavWriter
from ..utils.streaming.job_stream import StreamOptions
from ..utils.streaming.runtime import Runtime
from .progress import progress_bar

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


def check_stdout(target: str, *, as_json: bool) -> None:
    """ValueError if both the audio and JSON are to go to stdout."""
    if as_json and is_stdout(target):
        raise ValueError("--json and -o - would both write to stdout")


def pretty_json(data: object) -> str:
    """Return JSON for people and programs alike."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def write_audio(
    job: SpeechJob, runtime: Runtime, options: StreamOptions, target: str, *, title: str, float32: bool, quiet: bool
) -> None:
    """Run a job into the target, with a progress bar of that title."""
    with (
        wav_output(target, job.sample_rate, float32=float32) as wav,
        progress_bar(title, quiet=quiet) as show,
    ):
        for block in run(job, runtime, options, on_progress=show):
            wav.write(block)


def is_stdout(target: str) -> bool:
    """Whether the audio goes to stdout, which then must hold nothing else."""
    return target == STDOUT
