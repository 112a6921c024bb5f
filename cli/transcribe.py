"""`voxweft transcribe`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from . import console, options
from .progress import steps_bar

if TYPE_CHECKING:
    from ..jobs.transcribe import RecognitionProgress, TranscribeReport

Format = Literal["txt", "srt", "vtt", "ass", "tsv", "json"]
_SUFFIXES: dict[str, Format] = {f".{name}": name for name in get_args(Format)}


def transcribe(
    file: Annotated[Path, typer.Argument(help="Audio or video file in any format that FFmpeg reads; - with --live.")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Output file; its suffix selects the format. - is stdout.")
    ] = "-",
    format_: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Output format for stdout or an unknown suffix (default: txt)."),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", "-e", help="Recognition engine (default: the best one that is ready).", show_default=False
        ),
    ] = "",
    model: options.ModelName = "",
    language: Annotated[
        str,
        typer.Option(
            "--language", "-l", help="Spoken language as a BCP-47 tag (default: detected).", show_default=False
        ),
    ] = "",
    translate: Annotated[bool, typer.Option("--translate", help="Translate the speech to English.")] = False,
    prompt: Annotated[str, typer.Option(help="Initial prompt: names and spellings to expect.")] = "",
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="Get word timestamps, which also make subtitle cuts more exact.")
    ] = True,
    preset: Annotated[
        str, typer.Option(help="Subtitle layout: streaming, broadcast, short-form or dubbing.")
    ] = "streaming",
    live: Annotated[bool, typer.Option("--live", help="Transcribe raw audio (mono PCM) from stdin live.")] = False,
    sample_rate: Annotated[int, typer.Option(help="With --live: sample rate of the audio in Hz.")] = 16_000,
    sample_format: Annotated[
        Literal["s16le", "f32le"], typer.Option(help="With --live: sample format of the audio.")
    ] = "s16le",
    as_json: Annotated[bool, typer.Option("--json", help="With --live: print one JSON object per event.")] = False,
    param: options.Params = [],  # noqa: B006  typer copies it
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    commercial: options.Commercial = False,
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
) -> None:
    """Transcribe a recording, or live audio from stdin."""
    with console.guarded():
        if live != (str(file) == "-"):
            raise ValueError("--live reads audio from stdin; run: voxweft transcribe --live -")
        from ..jobs.requests.transcribe import TranscribeRequest, resolve_recognizer
        from ..jobs.transcribe import stream_transcript
        from ..media.subtitles.presets import PRESETS, layout_rules
        from ..media.subtitles.transcript_formats import write_transcript
        from .output import STDOUT, check_files, write_text

        chosen = output_format(output, format_)
        if preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}; available: {', '.join(PRESETS)}")
        check_files({"--output": output}, recording=file)
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache,
            engine=engine,
            model_path=model_path,
            task="recognition",
            device=device,
            dtype=dtype,
            commercial=commercial,
            quiet=quiet,
        ) as runtime:
            if model_path is not None:  # an error is then about its files, not about engines
                engine = engine or runtime.registry.only("recognition").name
            recognizer = options.make_recognizer(
                runtime, engine, model, language, param, translate=translate, prompt=prompt
            )
            if live:
                from .live import transcribe_live

                if output != STDOUT or format_ is not None:
                    raise ValueError("--live writes text or JSON lines to stdout; -o and --format are for recordings")
                transcribe_live(
                    resolve_recognizer(recognizer, runtime.registry, words=words),
                    runtime,
                    sample_rate=sample_rate,
                    pcm_format=sample_format,
                    as_json=as_json,
                    quiet=quiet,
                )
                return
            request = TranscribeRequest(file=file, recognizer=recognizer, words=words)
            job = request.job(runtime)
            streams_text = chosen == "txt" and output == STDOUT
            with _bar(file.name, quiet=quiet or streams_text) as show:
                for segment in stream_transcript(job, runtime, request.options, on_progress=show):
                    if streams_text:
                        print(segment.text, flush=True)  # noqa: T201
            done = job.report()
        if not streams_text:
            text = write_transcript(done.segments, chosen, layout_rules(preset, done.language))
            if output == STDOUT:
                print(text, end="")  # noqa: T201
            else:
                write_text(Path(output), text)
        if not quiet:
            _show_summary(done, output, time.monotonic() - began)


def output_format(output: str, chosen: Format | None) -> Format:
    """Return the output format: that of the suffix, else the chosen one, else txt for stdout."""
    suffix = Path(output).suffix.lower()
    if chosen is not None:
        if suffix in _SUFFIXES and _SUFFIXES[suffix] != chosen:
            raise ValueError(
                f"{output} has the suffix of {_SUFFIXES[suffix]}, but --format is {chosen}; change one of them"
            )
        return chosen
    if output == "-":
        return "txt"
    if suffix not in _SUFFIXES:
        raise ValueError(f"{output} has no known suffix ({', '.join(_SUFFIXES)}); use one, or give --format")
    return _SUFFIXES[suffix]


@contextlib.contextmanager
def _bar(title: str, *, quiet: bool) -> Iterator[Callable[[RecognitionProgress], None]]:
    """Show a progress bar in seconds of the recording."""
    with steps_bar(quiet=quiet) as step:

        def show(progress: RecognitionProgress) -> None:
            step(f"{title}: {progress.text}", progress.fraction_done)

        yield show


def _show_summary(done: TranscribeReport, output: str, took_s: float) -> None:
    where = "" if output == "-" else f"{output}: "
    probability = f" ({done.language_probability:.0%})" if done.language_probability is not None else ""
    language = f" in {done.language}{probability}" if done.language else ""
    console.err.print(
        f"{where}{done.duration_s:.2f} s of audio{language}, {console.count(len(done.segments), 'segment')}, "
        f"by {done.engine} {done.model}, in {took_s:.2f} s",
        soft_wrap=True,
    )
    if not done.segments:
        console.note("no speech found")
