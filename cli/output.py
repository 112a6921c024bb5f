"""Where a command's audio goes: a file that appears only when it is complete, or a stream on stdout."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from ..jobs.run import run
from ..jobs.speech_job import SpeechJob
from ..media.audio.encode import AUDIO_FORMATS, AudioEncoder, AudioFormat, format_of
from ..utils.atomic_file import atomic_output
from ..utils.streaming.job import StreamOptions
from ..utils.streaming.runtime import Runtime
from .progress import progress_bar

STDOUT = "-"


def audio_format(target: str, chosen: str) -> AudioFormat:
    """Return the format of a target: what its suffix says, or what was chosen for stdout and names that say nothing.

    ValueError if neither says it, or both and not the same.
    """
    if chosen and chosen not in AUDIO_FORMATS:
        raise ValueError(f"--format {chosen}: no such format; known are {', '.join(AUDIO_FORMATS)}")
    known = chosen or None
    if target == STDOUT:
        return known or "wav"
    try:
        named = format_of(target)
    except ValueError:
        if known is None:
            raise
        return known
    if known not in (None, named):
        raise ValueError(f"{target} would be {named} by its name, not {known}")
    return named


def bits_a_second(bit_rate: str) -> int | None:
    """Return a bit rate as it is written (`64k`, `64000`) as a number; None for none. ValueError for anything else."""
    if not bit_rate:
        return None
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)(k?)", bit_rate.strip().lower())
    if found is None:
        raise ValueError(f"--bitrate {bit_rate}: give bits a second, such as 64k")
    return round(float(found[1]) * (1000 if found[2] else 1))


@contextlib.contextmanager
def audio_output(
    target: str, sample_rate: int, *, float32: bool, chosen: str = "", bit_rate: str = ""
) -> Iterator[AudioEncoder]:
    """Open the target for writing audio. ValueError for what the format can't be."""
    kind = audio_format(target, chosen)
    bits = bits_a_second(bit_rate)
    if target == STDOUT:
        if sys.stdout.isatty():
            raise ValueError("stdout is a terminal; send the audio into a pipe or a file")
        # Unbuffered: a player hears each block when it is made, and nothing is left over when it goes away.
        with (
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
    """Write a text file that appears only when it is complete (UTF-8)."""
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))


def check_folders(*paths: Path | None) -> None:
    """FileNotFoundError if a file can't be written once the work is done because its folder is missing."""
    for path in paths:
        if path is not None and not path.expanduser().resolve().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent}")


def check_stdout(target: str, *, as_json: bool, chosen: str = "", bit_rate: str = "") -> None:
    """ValueError if both the audio and JSON are to go to stdout, or the target can't be written as it is wanted."""
    if as_json and is_stdout(target):
        raise ValueError("--json and -o - would both write to stdout")
    audio_format(target, chosen)
    bits_a_second(bit_rate)


def pretty_json(data: object) -> str:
    """Return JSON for people and programs alike."""
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
    chosen: str = "",
    bit_rate: str = "",
) -> None:
    """Run a job into the target, with a progress bar of that title."""
    with audio_output(target, job.sample_rate, float32=float32, chosen=chosen, bit_rate=bit_rate) as encoder:
        write_blocks(job, runtime, options, encoder, title=title, quiet=quiet)


def write_blocks(
    job: SpeechJob, runtime: Runtime, options: StreamOptions, encoder: AudioEncoder, *, title: str, quiet: bool
) -> None:
    """Run a job into an encoder, with a progress bar of that title."""
    with progress_bar(title, quiet=quiet) as show:
        for block in run(job, runtime, options, on_progress=show):
            encoder.write(block)


def is_stdout(target: str) -> bool:
    """Whether the audio goes to stdout, which then must hold nothing else."""
    return target == STDOUT
