"""`voxweft narrate`."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.narrate.manifest import BookLine
    from ..jobs.narrate.run import NarrationRun
    from ..jobs.narrate.settings import NarrateSettings
    from ..jobs.transcribe.recognizer import Recognizer
    from ..jobs.voices.speaker import Speaker
    from ..media.books import Book
    from ..utils.streaming.runtime import Runtime

_SPEAKER_OPTIONS = ("engine", "model", "voice", "language", "speed", "seed", "param", "low_latency")
_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")
_MAX_NUMBERS = 1_000_000

ChapterFormat = Literal["wav", "flac", "mp3", "opus", "m4a", "none"]


def narrate(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="Book file (.txt, .md or .epub).")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Output folder; an interrupted narration in it is resumed.", file_okay=False
        ),
    ] = None,
    cast: options.CastFile = None,
    script: options.AsScript = None,
    lexicon: options.LexiconFile = None,
    normalize: options.Normalize = True,
    name_emoji: options.NameEmoji = False,
    engine: options.Engine = "",
    model: options.ModelName = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    low_latency: options.LowLatency = False,
    level: options.LevelText = "",
    format_: Annotated[
        ChapterFormat, typer.Option("--format", "-f", help="Format of the chapter files; none writes no chapter files.")
    ] = "mp3",
    m4b: Annotated[
        bool, typer.Option("--m4b", help="Also write one M4B audiobook with chapter marks and cover.")
    ] = False,
    bit_rate: options.BitRate = "",
    loudness: Annotated[
        float | None, typer.Option(help="Normalize each chapter to this loudness in LUFS, such as -18; 0 is off.")
    ] = None,
    ceiling: Annotated[float, typer.Option(help="With --loudness: maximum true peak in dBTP.")] = -1.0,
    sentence_pause: Annotated[float, typer.Option(help="Seconds of silence after a sentence.")] = 0.3,
    paragraph_pause: Annotated[float, typer.Option(help="Seconds of silence after a paragraph.")] = 0.7,
    chapter_pause: Annotated[float, typer.Option(help="Seconds of silence after a chapter.")] = 1.5,
    pause_scale: Annotated[
        float, typer.Option(help="Factor on these three pauses, 0 to 5; not on those that a script sets.")
    ] = 1.0,
    subtitles: Annotated[
        Literal["srt", "vtt", "ass", "none"], typer.Option(help="Format of the subtitle file of each chapter.")
    ] = "srt",
    preset: Annotated[
        str, typer.Option(help="Subtitle layout: streaming, broadcast, short-form or dubbing.")
    ] = "streaming",
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="Write a JSON file with word timestamps for each chapter.")
    ] = True,
    chapter_pattern: Annotated[
        str, typer.Option(help="Regular expression for lines that start a chapter (default: built-in rules).")
    ] = "",
    only: Annotated[str, typer.Option(help="Narrate only these chapters, such as 3-5,8.")] = "",
    list_chapters: Annotated[
        bool, typer.Option("--list-chapters", help="List the chapters and the skipped parts, then exit.")
    ] = False,
    regenerate: Annotated[
        str, typer.Option(help="Regenerate these segments with another seed, such as 12,40-44 (see manifest.jsonl).")
    ] = "",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Transcribe each segment, up to three times if other words are heard, and report the highest word "
            "error rates (needs an ASR engine).",
        ),
    ] = False,
    verify_retries: Annotated[
        int,
        typer.Option(min=0, max=20, help="With --verify: maximum regenerations of a bad segment; the best is kept."),
    ] = 0,
    verify_max_wer: Annotated[
        float, typer.Option(min=0, max=10, help="With --verify: word error rate above which a segment is bad.")
    ] = 0.0,
    verify_model: Annotated[
        str, typer.Option(help="With --verify: model of the ASR engine (default: the largest one on this machine).")
    ] = "",
    restart: Annotated[
        bool, typer.Option("--restart", help="Overwrite an output folder made with other settings.")
    ] = False,
    sample_rate: options.SampleRate = 0,
    workers: options.Workers = 1,
    on_failure: options.OnFailure = "raise",
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    commercial: options.Commercial = False,
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Narrate a book: write audio and subtitles for each chapter. Run again to resume."""
    with console.guarded():
        from ..jobs.narrate.folder import read_book_line
        from ..jobs.narrate.run import NarrationRun
        from ..jobs.narrate.settings import NarrateSettings
        from ..jobs.requests.narrate import NarrateRequest
        from ..utils.output_files import check_folder
        from .narrate_table import failures, list_book, show_notes, show_report
        from .output import pretty_json

        read = _read(book, chapter_pattern)
        if list_chapters:
            list_book(read, as_json=as_json)
            return
        if output is None:
            raise ValueError("no output folder; give one with -o")
        inputs = {"the book": book, "the cast": cast, "the lexicon": lexicon, "the recording": voice or None}
        check_folder(output, inputs)
        recorded = None if restart else read_book_line(output)
        settings = _settings(context, recorded.settings if recorded is not None else NarrateSettings())
        to_regenerate, chapters = _numbers(regenerate, "--regenerate"), _numbers(only, "--only")
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
            speaker = _recorded(context, recorded) or options.make_speaker(
                runtime, engine, model, voice, language, speed, seed, param, low_latency=low_latency
            )
            request = NarrateRequest(
                book=read,
                output=output,
                settings=settings,
                speaker=speaker,
                cast=cast,
                folder=Path(),
                markup=script,
                lexicon=options.make_lexicon(lexicon),
                normalize=normalize,
                name_emoji=name_emoji,
                only=chapters,
                workers=workers,
                on_failure=on_failure,
            )
            job = request.job(runtime)
            recognizer = _recognizer(runtime, verify_model, job.speaker.language or read.language) if verify else None
            with _resume_hint(output), NarrationRun(job, runtime, request.options, restart=restart) as run:
                if not quiet and not as_json:
                    show_notes(read)
                run.regenerate(to_regenerate)
                _make(run, render=not verify, quiet=quiet)
                if recognizer is not None:
                    _verify(run, recognizer, retries=verify_retries, max_wer=verify_max_wer, quiet=quiet)
                    _make(run, render=True, quiet=quiet)
                done = run.report()
        if as_json:
            print(pretty_json(done))  # noqa: T201  for programs
        elif not quiet:
            show_report(done, time.monotonic() - began)
        if settings.m4b and not done.book_file:
            console.note("no audiobook written yet; it needs all chapters")
        if done.failed:
            raise console.fail(failures(done), console.EXIT_GAPS)


def _is_given(context: typer.Context, name: str) -> bool:
    """Return whether the user gave an option."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _read(path: Path, pattern: str) -> Book:
    """Read a book. Raises OSError or ValueError."""
    from ..media.books import BookError, read_book
    from ..media.books.read import MAX_BOOK_BYTES

    if path.stat().st_size > MAX_BOOK_BYTES:
        raise BookError(f"the book is too large (maximum {MAX_BOOK_BYTES >> 20} MiB)", path.name)
    return read_book(path.read_bytes(), path.name, pattern or None)


def _settings(context: typer.Context, before: NarrateSettings) -> NarrateSettings:
    """Return the settings `before`, changed by the options that the user gave. ValueError for an invalid one."""
    import msgspec

    from .output import bits_per_second

    given = {name: value for name, value in context.params.items() if _is_given(context, name)}
    pauses = {
        f"{name}_s": given[f"{name}_pause"] for name in ("sentence", "paragraph", "chapter") if f"{name}_pause" in given
    }
    if "pause_scale" in given:
        pauses["scale"] = given["pause_scale"]
    changes: dict[str, Any] = {name: given[name] for name in ("m4b", "preset", "words") if name in given}
    changes |= {name: None if given[name] == "none" else given[name] for name in ("subtitles",) if name in given}
    if "format_" in given:
        changes["format"] = None if given["format_"] == "none" else given["format_"]
    if "bit_rate" in given:
        changes["bit_rate"] = bits_per_second(given["bit_rate"])
    if "sample_rate" in given:
        changes["sample_rate"] = given["sample_rate"] or None
    if "loudness" in given:
        changes["loudness_lufs"] = given["loudness"] or None
    if "level" in given:
        changes["level"] = options.make_level(given["level"])
    if "ceiling" in given:
        changes["ceiling_dbtp"] = given["ceiling"]
    return msgspec.structs.replace(before, pauses=msgspec.structs.replace(before.pauses, **pauses), **changes)


def _recorded(context: typer.Context, line: BookLine | None) -> Speaker | None:
    """Return the speaker of the narration in the folder; None if options of the speaker are given now."""
    from ..jobs.voices.prepared_voice import PreparedVoice
    from ..utils.streaming import ReferenceVoice, TensorVoice

    if line is None or any(_is_given(context, name) for name in _SPEAKER_OPTIONS):
        return None
    # The manifest has only the content hash of a voice file: the user has to give the file again.
    return None if isinstance(line.speaker.voice, (TensorVoice, ReferenceVoice, PreparedVoice)) else line.speaker


def _numbers(text: str, option: str) -> list[int]:
    """Return the numbers in a list such as "12,40-44", in order. ValueError names the option."""
    found: set[int] = set()
    for item in filter(None, (item.strip() for item in text.split(","))):
        match = _RANGE.fullmatch(item)
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else 0
        if not 1 <= first <= last or last - first > _MAX_NUMBERS:
            raise ValueError(f"{option} takes positive numbers and ranges, such as 12,40-44, not {item!r}")
        found.update(range(first, last + 1))
    return sorted(found)


def _make(run: NarrationRun, *, render: bool, quiet: bool) -> None:
    from .progress import progress_bar

    with progress_bar("Narrating", quiet=quiet) as show:
        run.make(render=render, on_progress=show)


def _recognizer(runtime: Runtime, model: str, language: str) -> Recognizer:
    """Return the recognizer for verification. UnknownEngineError or ValueError if there is none."""
    from ..jobs.requests.transcribe import resolve_recognizer

    recognizer = options.make_recognizer(runtime, "", model, language, [], translate=False, prompt="")
    return resolve_recognizer(recognizer, runtime.registry)


def _verify(run: NarrationRun, recognizer: Recognizer, *, retries: int, max_wer: float, quiet: bool) -> None:
    from ..jobs.narrate.verify import verify_narration
    from .narrate_table import show_verified
    from .progress import steps_bar

    with steps_bar(quiet=quiet) as step:
        verified = verify_narration(
            run,
            recognizer,
            regenerations=retries,
            max_wer=max_wer,
            on_verified=lambda progress: step(f"Verifying: {progress.text}", progress.fraction_done),
        )
    if not quiet:
        show_verified(verified, max_wer)


@contextlib.contextmanager
def _resume_hint(folder: Path) -> Iterator[None]:
    """Print how to resume if the user interrupts the command or the disk is full."""
    try:
        yield
    except (KeyboardInterrupt, OSError):
        if folder.is_dir():
            console.note(f"finished segments are kept in {folder}; run the same command again to resume")
        raise
