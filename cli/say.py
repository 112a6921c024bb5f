"""`voxweft say`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.speak.report import SegmentReport, SpeakReport

_MAX_NAMED = 5
"""Silent or failed segments that are named on stderr; the report has all of them."""
_MAX_NOTES = 20


def say(
    output: options.Output,
    text: Annotated[str | None, typer.Argument(help="Text to speak; - reads it from stdin.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read the text from a UTF-8 file.", dir_okay=False)
    ] = None,
    cast: options.CastFile = None,
    script: options.AsScript = None,
    engine: options.Engine = "",
    model: options.ModelName = "",
    voice: options.VoiceName = "",
    language: options.LanguageOrAuto = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    low_latency: options.LowLatency = False,
    level: options.LevelText = "",
    pause_scale: options.PauseScale = 1.0,
    sample_rate: options.SampleRate = 0,
    float32: options.Float32 = False,
    format_: options.Format = None,
    bit_rate: options.BitRate = "",
    workers: options.Workers = 1,
    on_failure: options.OnFailure = "raise",
    lexicon: options.LexiconFile = None,
    normalize: options.Normalize = True,
    name_emoji: options.NameEmoji = False,
    report: options.Report = None,
    subs_out: options.SubsOut = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    commercial: options.Commercial = False,
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Speak a text or a script to an audio file, or stream it to stdout."""
    with console.guarded():
        from ..jobs.requests.speak import SpeakRequest
        from ..jobs.speak.pauses import Pauses
        from ..media.subtitles import write_subtitles
        from .output import check_files, check_stdout, is_stdout, pretty_json, write_audio, write_text

        check_stdout(output, as_json=as_json, chosen=format_, bit_rate=bit_rate)
        subs_format = options.subtitle_format(subs_out)
        outputs = {"--output": output, "--report": report, "--subs-out": subs_out}
        stdin = text if text == "-" else None
        check_files(outputs, text=file or stdin, cast=cast, lexicon=lexicon, recording=voice)
        source = _source_text(text, file)
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache,
            engine=engine,
            model_path=model_path,
            device=device,
            dtype=dtype,
            commercial=commercial,
            quiet=quiet,
        ) as runtime:
            request = SpeakRequest(
                text=source,
                speaker=options.make_speaker(
                    runtime, engine, model, voice, language, speed, seed, param, low_latency=low_latency
                ),
                cast=cast,
                folder=Path(),
                markup=script,
                lexicon=options.make_lexicon(lexicon),
                normalize=normalize,
                name_emoji=name_emoji,
                sample_rate=sample_rate or None,
                level=options.make_level(level),
                pauses=Pauses(scale=pause_scale),
                workers=workers,
                on_failure=on_failure,
            )
            job = request.job(runtime)
            write_audio(
                job,
                runtime,
                request.options,
                output,
                title="Speaking",
                float32=float32,
                quiet=quiet,
                chosen=format_,
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
                f"{console.count(len(done.segments), 'segment')}{console.levels(done.levels)}, "
                f"in {time.monotonic() - began:.2f} s",
                soft_wrap=True,
            )
        if not quiet:
            _show_notes(done, is_script=cast is not None or script is True, source=source)
        silent = [segment for segment in done.segments if segment.status == "silent"]
        if (silent or not done.segments) and not quiet:
            all_silent = len(silent) == len(done.segments)
            console.note(
                f"the text contains nothing to pronounce; the audio is {'a pause' if done.duration_s else 'empty'}"
                if all_silent
                else f"no audio for {_quoted(silent)}"
            )
        failed = [segment for segment in done.segments if segment.status == "failed"]
        if failed:
            raise console.fail(_failures(failed), console.EXIT_GAPS)


def _source_text(text: str | None, file: Path | None) -> str:
    """Return the text to speak. ValueError for bytes that aren't UTF-8; in an argument they are lone surrogates."""
    if file is not None and text is not None:
        raise ValueError("give a text or --file, not both")
    if file is not None:
        return _decoded(file.read_bytes(), str(file))
    if text is None:
        raise ValueError("there is no text to speak; give it as an argument, or a file with --file")
    if text == "-":
        return _decoded(sys.stdin.buffer.read(), "stdin")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # Python decodes arguments by the locale; in a locale that isn't UTF-8, the bytes may still be.
        try:
            return os.fsencode(text).decode()
        except UnicodeError:
            raise ValueError(f"the text isn't valid UTF-8 at character {error.start + 1}") from None
    return text


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} isn't valid UTF-8 at byte {error.start + 1}") from None


def _show_notes(done: SpeakReport, *, is_script: bool, source: str) -> None:
    """Print what wasn't followed: parts of a script, settings without support; and that a text looks like a script."""
    if not is_script and source.lstrip()[:6].lower() == "<speak":
        console.note("the text looks like SSML; use --script to read its tags")
    notes = [*done.notes, *dict.fromkeys(note for segment in done.segments for note in segment.notes)]
    for note in notes[:_MAX_NOTES]:
        console.note(note)
    more = done.n_notes - len(done.notes) + len(notes) - _MAX_NOTES
    if more > 0:
        console.note(f"and {more} more; use --report to get all of them")


def _quoted(segments: list[SegmentReport]) -> str:
    shown = ", ".join(repr(segment.text) for segment in segments[:_MAX_NAMED])
    return shown if len(segments) <= _MAX_NAMED else f"{shown} and {len(segments) - _MAX_NAMED} more"


def _failures(failed: list[SegmentReport]) -> str:
    """Return the error message for segments that failed."""
    lines = [f"{console.count(len(failed), 'segment')} could not be spoken:"]
    lines += [f"  segment {segment.index + 1} ({segment.text!r}): {segment.message}" for segment in failed[:_MAX_NAMED]]
    if len(failed) > _MAX_NAMED:
        lines.append(f"  and {len(failed) - _MAX_NAMED} more; use --report to get all of them")
    return "\n".join(lines)
