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
    from ..jobs.transcribe import Listening, TranscribeReport

Format = Literal["txt", "srt", "vtt", "ass", "tsv", "json"]
_SUFFIXES: dict[str, Format] = {f".{name}": name for name in get_args(Format)}


def transcribe(
    file: Annotated[
        Path, typer.Argument(help="A recording: audio or video, in any format that FFmpeg reads; - for --live.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="The file to write; its name says the format. - is stdout.")
    ] = "-",
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="txt, srt, vtt, ass, tsv or json (with words).")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", "-e", help="The engine; by default the best one that is ready.")
    ] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="A model of the engine; its default one otherwise.")] = "",
    language: Annotated[
        str, typer.Option("--language", "-l", help="What is spoken, as a BCP-47 tag; detected if left out.")
    ] = "",
    translate: Annotated[
        bool, typer.Option("--translate", help="Write it down in English, whatever is spoken.")
    ] = False,
    prompt: Annotated[str, typer.Option(help="Text that could stand before it: names and spellings to expect.")] = "",
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="Times for words; subtitles are cut more exactly by them.")
    ] = True,
    preset: Annotated[
        str, typer.Option(help="How subtitles are laid out: streaming, broadcast, short-form or dubbing.")
    ] = "streaming",
    live: Annotated[
        bool, typer.Option("--live", help="Take raw audio (PCM, mono) from stdin, and give words while it comes.")
    ] = False,
    rate: Annotated[int, typer.Option(help="With --live: its samples a second.")] = 16_000,
    format_in: Annotated[Literal["s16le", "f32le"], typer.Option(help="With --live: what a sample is.")] = "s16le",
    as_json: Annotated[bool, typer.Option("--json", help="With --live: a line of JSON for each event.")] = False,
    param: options.Params = [],  # noqa: B006  typer copies it
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
) -> None:
    """Write down what is said in a recording, as text or subtitles, or live, while it is said."""
    with console.guarded():
        if live != (str(file) == "-"):
            raise ValueError("--live takes its audio from stdin: voxweft transcribe --live -")
        from ..jobs.transcribe import listen
        from ..jobs.transcribe import transcribe as transcribe_job
        from ..media.subtitles.presets import PRESETS, layout_rules
        from ..media.subtitles.transcript_formats import write_transcript
        from .output import STDOUT, check_folders, write_text

        chosen = _format_of(output, format_)
        if preset not in PRESETS:
            raise ValueError(f"--preset is one of {', '.join(PRESETS)}, not {preset!r}")
        check_folders(None if output == STDOUT else Path(output))
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            recogniser = options.make_recogniser(
                runtime, engine, model, language, param, translate=translate, prompt=prompt, words=words
            )
            if live:
                from .live import transcribe_live

                if output != STDOUT or format_ is not None:
                    raise ValueError("--live writes lines to stdout, or with --json an event a line")
                transcribe_live(
                    recogniser, runtime, sample_rate=rate, pcm_format=format_in, as_json=as_json, quiet=quiet
                )
                return
            job = transcribe_job(file, recogniser, runtime)
            as_it_comes = chosen == "txt" and output == STDOUT
            with _bar(file.name, quiet=quiet or as_it_comes) as show:
                for piece in listen(job, runtime, on_progress=show):
                    if as_it_comes:
                        print(piece.text, flush=True)  # noqa: T201
            done = job.report()
        if not as_it_comes:
            text = write_transcript(done.pieces, chosen, layout_rules(preset, done.language))
            if output == STDOUT:
                print(text, end="")  # noqa: T201
            else:
                write_text(Path(output), text)
        if not quiet:
            _say(done, output, time.monotonic() - began)


def _format_of(output: str, chosen: Format | None) -> Format:
    """Return the format that is asked for, by name or by the file's; text where neither says."""
    suffix = Path(output).suffix.lower()
    if chosen is not None:
        if suffix in _SUFFIXES and _SUFFIXES[suffix] != chosen:
            raise ValueError(f"{output} is to hold {chosen}, and its name says {_SUFFIXES[suffix]}")
        return chosen
    if output == "-":
        return "txt"
    if suffix not in _SUFFIXES:
        raise ValueError(f"{output}: name the format with -f, or the file {', '.join(_SUFFIXES)}")
    return _SUFFIXES[suffix]


@contextlib.contextmanager
def _bar(title: str, *, quiet: bool) -> Iterator[Callable[[Listening], None]]:
    """A progress bar by seconds of the recording."""
    with steps_bar(quiet=quiet) as step:

        def show(progress: Listening) -> None:
            if not progress.known_s:
                step(progress.message or title, None)
                return
            speed = progress.done_s / progress.elapsed_s if progress.elapsed_s else 0.0
            said = f"{title}: {progress.done_s:.0f} of {progress.known_s:.0f} s, {speed:.1f} s/s"
            step(said, min(progress.done_s / progress.known_s, 1.0))

        yield show


def _say(done: TranscribeReport, output: str, took_s: float) -> None:
    where = "" if output == "-" else f"{output}: "
    sure = f" ({done.language_probability:.0%})" if done.language_probability is not None else ""
    language = f" in {done.language}{sure}" if done.language else ""
    console.err.print(
        f"{where}{done.duration_s:.2f} s of audio{language}, {console.count(len(done.pieces), 'segment')}, "
        f"by {done.engine} {done.model}, in {took_s:.2f} s",
        soft_wrap=True,
    )
    if not done.pieces:
        console.note("no words were heard in it")
