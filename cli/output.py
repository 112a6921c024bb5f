"""Write a command's output: to a file that appears only when it is complete, or to stdout as a stream."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import msgspec

from ..jobs.run import run
from ..jobs.speech_job import SpeechJob
from ..media.audio.encode import AudioEncoder, AudioFormat, format_of
from ..utils.atomic_file import atomic_output, naming
from ..utils.output_files import check_outputs
from ..utils.streaming.job import StreamOptions
from ..utils.streaming.runtime import Runtime
from .progress import progress_bar

STDOUT = "-"
MAX_KBITS = 1000
"""Above every format's limit: a larger number is probably in bit/s."""


def audio_format(target: str, chosen: AudioFormat | None) -> AudioFormat:
    """Return the format of a target: that of its suffix, else the chosen one (wav for stdout if none is chosen).

    Raises:
        ValueError: The suffix is unknown and no format is chosen, or both are given and differ.
    """
    if target == STDOUT:
        return chosen or "wav"
    try:
        named = format_of(target)
    except ValueError:
        if chosen is None:
            raise
        return chosen
    if chosen not in (None, named):
        raise ValueError(f"{target} has the suffix of {named}, but --format is {chosen}; change one of them")
    return named


def bits_per_second(bit_rate: str) -> int | None:
    """Return the value of `--bit-rate` (`64k` or `64`, in kbit/s) in bits per second; None for "" and 0."""
    if not bit_rate:
        return None
    found = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?)k?", bit_rate.strip().lower())
    if found is None or float(found[1]) > MAX_KBITS:
        raise ValueError(f"--bit-rate {bit_rate!r}: give kbit/s, such as 64k or 64 (maximum {MAX_KBITS})")
    return round(float(found[1]) * 1000) or None


@contextlib.contextmanager
def audio_output(
    target: str, sample_rate: int, *, float32: bool, chosen: AudioFormat | None = None, bit_rate: str = ""
) -> Iterator[AudioEncoder]:
    """Open the target for writing audio. ValueError for an option that the format doesn't support."""
    kind = audio_format(target, chosen)
    bits = bits_per_second(bit_rate)
    if target == STDOUT:
        if sys.stdout.isatty():
            raise ValueError("stdout is a terminal; pipe the audio into a program or write it to a file with -o")
        # Unbuffered: a player gets each block at once, and no buffered block fails to flush after the player has quit.
        with (
            naming("stdout"),
            open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as stream,
            AudioEncoder(
                cast("BinaryIO", stream), kind, sample_rate, bit_rate=bits, float32=float32, flush_each=True
            ) as encoder,
        ):
            yield encoder
        return
    with (
        atomic_output(target) as file,
        AudioEncoder(file, kind, sample_rate, bit_rate=bits, float32=float32) as encoder,
    ):
        yield encoder


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file that appears only when it is complete."""
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))


def check_files(outputs: Mapping[str, Path | str | None], **inputs: Path | str | None) -> None:
    """Check all files of a command, before any work is done: see `check_outputs`. `-` is stdout, or stdin.

    Raises ValueError, or OSError that names the file.
    """
    written, read = (
        {name: _file(file, stream) for name, file in files.items() if file is not None}
        for files, stream in ((outputs, sys.stdout), (inputs, sys.stdin))
    )
    check_outputs(
        {name: file for name, file in written.items() if file is not None},
        {f"the {name.replace('_', ' ')}": file for name, file in read.items() if file is not None},
    )


def _file(file: Path | str, stream: TextIO) -> Path | int | None:
    if str(file) != STDOUT:
        return Path(file)
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


def check_stdout(target: str, *, as_json: bool, chosen: AudioFormat | None = None, bit_rate: str = "") -> None:
    """Check the options of the output. ValueError if audio and JSON both go to stdout, or an option is invalid."""
    if as_json and is_stdout(target):
        raise ValueError("--json and -o - both write to stdout; use --report for the JSON")
    audio_format(target, chosen)
    bits_per_second(bit_rate)


def pretty_json(data: object) -> str:
    """Return indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def write_audio(
    job: SpeechJob,
    runtime: Runtime,
    options: StreamOptions,
    target: str,
    *,
    title: str,
    float32: bool,
    quiet: bool,
    chosen: AudioFormat | None = None,
    bit_rate: str = "",
) -> None:
    """Run a job and write its audio to the target, with a progress bar."""
    with audio_output(target, job.sample_rate, float32=float32, chosen=chosen, bit_rate=bit_rate) as encoder:
        write_blocks(job, runtime, options, encoder, title=title, quiet=quiet)


def write_blocks(
    job: SpeechJob, runtime: Runtime, options: StreamOptions, encoder: AudioEncoder, *, title: str, quiet: bool
) -> None:
    """Run a job and write its audio to an encoder, with a progress bar."""
    with progress_bar(title, quiet=quiet) as show:
        for block in run(job, runtime, options, on_progress=show):
            encoder.write(block)


def is_stdout(target: str) -> bool:
    """Whether the audio goes to stdout; nothing else may be printed there then."""
    return target == STDOUT
