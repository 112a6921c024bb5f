"""`speechloom say`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.speak import SpokenPiece

_NAMED = 5
"""So many silent pieces are named; the report has them all."""


def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from stdin.")],
    output: options.Output,
    engine: options.Engine = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    sample_rate: options.SampleRate = 0,
    float32: options.Float32 = False,
    sound: options.Format = "",
    bit_rate: options.BitRate = "",
    workers: options.Workers = 1,
    report: Annotated[Path | None, typer.Option(help="Write what was said, and where, as JSON.")] = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Speak a text into a file, or into a pipe while it is made."""
    with console.guarded():
        from ..jobs import speak
        from ..utils.streaming.job_stream import StreamOptions
        from .output import check_folders, check_stdout, is_stdout, pretty_json, write_audio, write_text

        check_stdout(output, as_json=as_json, chosen=sound, bit_rate=bit_rate)
        check_folders(report)
        words = _words(text)
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            speaker = options.make_speaker(runtime, engine, voice, language, speed, seed, param)
            job = speak(words, speaker, runtime.registry, sample_rate=sample_rate or None)
            write_audio(
                job,
                runtime,
                StreamOptions(workers=workers),
                output,
                title="Speaking",
                float32=float32,
                quiet=quiet,
                chosen=sound,
                bit_rate=bit_rate,
            )
            done = job.report()
        encoded = pretty_json(done)
        if report is not None:
            write_text(report, encoded + "\n")
        if as_json:
            print(encoded)  # noqa: T201  for programs
        elif not quiet and not is_stdout(output):
            console.err.print(
                f"{output}: {done.duration_s:.2f} s at {done.sample_rate} Hz, "
                f"{console.count(len(done.pieces), 'segment')}, in {time.monotonic() - began:.2f} s",
                soft_wrap=True,
            )
        silent = [piece for piece in done.pieces if piece.status == "silent"]
        if silent and not quiet:
            all_silent = len(silent) == len(done.pieces)
            console.note("nothing in the text makes a sound" if all_silent else f"no sound came of {_quoted(silent)}")


def _words(text: str) -> str:
    """Return what to say. ValueError for bytes that aren't UTF-8: as an argument they come as lone surrogates."""
    if text == "-":
        try:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"stdin isn't UTF-8 at byte {error.start + 1}") from None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the text isn't UTF-8 at character {error.start + 1}") from None
    return text


def _quoted(pieces: list[SpokenPiece]) -> str:
    shown = ", ".join(repr(piece.text) for piece in pieces[:_NAMED])
    return shown if len(pieces) <= _NAMED else f"{shown} and {len(pieces) - _NAMED} more"
