"""`voxweft say`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.speak.job import SpeakReport, SpokenPiece

_NAMED = 5
"""So many silent pieces are named; the report has them all."""
_NOTES = 20


def say(
    output: options.Output,
    text: Annotated[str | None, typer.Argument(help="What to say; - reads it from stdin.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Say what stands in a text file (UTF-8).", dir_okay=False)
    ] = None,
    cast: options.CastFile = None,
    script: options.AsScript = None,
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
    lexicon: options.LexiconFile = None,
    report: Annotated[Path | None, typer.Option(help="Write what was said, and where, as JSON.")] = None,
    subs_out: options.SubsOut = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Speak a text or a script into a file, or into a pipe while it is made."""
    with console.guarded():
        from ..jobs.speak import speak
        from ..media.subtitles import write_subtitles
        from .output import check_folders, check_stdout, is_stdout, pretty_json, write_audio, write_text

        check_stdout(output, as_json=as_json, chosen=sound, bit_rate=bit_rate)
        check_folders(report, subs_out)
        subs_format = options.subtitle_format(subs_out)
        words = _words(text, file)
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            speaker = options.make_speaker(runtime, engine, voice, language, speed, seed, param)
            job = speak(
                words,
                speaker,
                runtime.registry,
                cast=options.make_cast(runtime, cast, speaker),
                markup=script,
                lexicon=options.make_lexicon(lexicon),
                sample_rate=sample_rate or None,
            )
            write_audio(
                job,
                runtime,
                options.stream_options(workers, cast),
                output,
                title="Speaking",
                float32=float32,
                quiet=quiet,
                chosen=sound,
                bit_rate=bit_rate,
            )
            done = job.report()
        if subs_out is not None and subs_format is not None:
            write_text(subs_out, write_subtitles(job.subtitles(), subs_format))
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
        if not quiet:
            _tell(done, is_script=cast is not None or script is True, words=words)
        silent = [piece for piece in done.pieces if piece.status == "silent"]
        if silent and not quiet:
            all_silent = len(silent) == len(done.pieces)
            console.note("nothing in the text makes a sound" if all_silent else f"no sound came of {_quoted(silent)}")


def _words(text: str | None, file: Path | None) -> str:
    """Return what to say. ValueError for bytes that aren't UTF-8: as an argument they come as lone surrogates."""
    if (file is None) == (text is None):
        raise ValueError("say needs a text, or --file, and not both")
    if file is not None:
        return _decoded(file.read_bytes(), str(file))
    assert text is not None
    if text == "-":
        return _decoded(sys.stdin.buffer.read(), "stdin")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the text isn't UTF-8 at character {error.start + 1}") from None
    return text


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} isn't UTF-8 at byte {error.start + 1}") from None


def _tell(done: SpeakReport, *, is_script: bool, words: str) -> None:
    """Say what of a script was left as text or wasn't done as asked, and what of a text looks like a script."""
    if not is_script:
        if words.lstrip()[:6].lower() == "<speak":
            console.note("this looks like SSML; --script reads it as such")
        return
    told = [*done.notes, *dict.fromkeys(note for piece in done.pieces for note in piece.notes)]
    for note in told[:_NOTES]:
        console.note(note)
    more = done.n_notes - len(done.notes) + len(told) - _NOTES
    if more > 0:
        console.note(f"and {more} more; --report has them")


def _quoted(pieces: list[SpokenPiece]) -> str:
    shown = ", ".join(repr(piece.text) for piece in pieces[:_NAMED])
    return shown if len(pieces) <= _NAMED else f"{shown} and {len(pieces) - _NAMED} more"
