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
    from ..jobs.transcribe.recognizer import Recogniser
    from ..jobs.voices.speaker import Speaker
    from ..media.books import Book
    from ..utils.streaming.runtime import Runtime

_SOUND = ("engine", "voice", "language", "speed", "seed", "param")
_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")
_MOST_NUMBERS = 1_000_000

FormatName = Literal["wav", "flac", "mp3", "opus", "m4a", "none"]


def narrate(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The book: .txt, .md or .epub.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder for the narration; the same one goes on with it.")
    ] = None,
    cast: options.CastFile = None,
    script: options.AsScript = None,
    lexicon: options.LexiconFile = None,
    engine: options.Engine = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    format_: Annotated[FormatName, typer.Option("--format", "-f", help="What each chapter is written as.")] = "mp3",
    m4b: Annotated[
        bool, typer.Option("--m4b", help="Write one audiobook with chapter marks and the cover, too.")
    ] = False,
    bit_rate: Annotated[int, typer.Option(help="Kilobits a second for mp3, opus, m4a; 0 is the format's usual.")] = 0,
    loudness: Annotated[
        float | None, typer.Option(help="Bring each chapter to this loudness (LUFS), such as -18; 0: as it is.")
    ] = None,
    ceiling: Annotated[float, typer.Option(help="With --loudness: where true peaks end (dBTP).")] = -1.0,
    sentence_pause: Annotated[float, typer.Option(help="Seconds of silence behind a sentence.")] = 0.3,
    paragraph_pause: Annotated[float, typer.Option(help="Seconds of silence behind a paragraph.")] = 0.7,
    chapter_pause: Annotated[float, typer.Option(help="Seconds of silence behind a chapter.")] = 1.5,
    subtitles: Annotated[
        Literal["srt", "vtt", "ass", "none"], typer.Option(help="The subtitles beside each chapter.")
    ] = "srt",
    preset: Annotated[
        str, typer.Option(help="How they are laid out: streaming, broadcast, short-form or dubbing.")
    ] = "streaming",
    words: Annotated[bool, typer.Option("--words/--no-words", help="A file with the times of words, too.")] = True,
    chapters: Annotated[
        str, typer.Option(help="A regular expression for the lines that begin chapters, instead of the rules.")
    ] = "",
    only: Annotated[str, typer.Option(help="The chapters to make, such as 3-5,8; all by default.")] = "",
    list_chapters: Annotated[
        bool, typer.Option("--list-chapters", help="Show the chapters, and what is left out, and stop.")
    ] = False,
    redo: Annotated[
        str, typer.Option(help="Make these segments again with another seed, such as 12,40-44 (see manifest.jsonl).")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Listen to every segment (recognition has to be there), and list the worst.")
    ] = False,
    check_redo: Annotated[
        int, typer.Option(min=0, max=20, help="With --check: make bad ones again so many times, and keep the best.")
    ] = 0,
    check_rate: Annotated[
        float, typer.Option(min=0, max=10, help="With --check-redo: bad is a word error rate above this.")
    ] = 0.1,
    check_model: Annotated[str, typer.Option(help="With --check: the model that listens.")] = "",
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Speak it anew where the folder holds it in another voice, or another book."),
    ] = False,
    sample_rate: options.SampleRate = 0,
    workers: options.Workers = 1,
    on_failure: Annotated[
        Literal["raise", "report"],
        typer.Option(help="A segment that fails: `raise` stops, `report` leaves a named gap and goes on."),
    ] = "raise",
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Read a book aloud into a folder: a file a chapter, subtitles, an audiobook. It goes on where it was stopped."""
    with console.guarded():
        from ..jobs.narrate.folder import book_of
        from ..jobs.narrate.job import narrate as narrate_book
        from ..jobs.narrate.job import reader_of
        from ..jobs.narrate.run import NarrationRun
        from ..jobs.narrate.settings import NarrateSettings
        from .narrate_show import failures, list_book, say_notes, show_report
        from .output import pretty_json

        read = _read(book, chapters)
        if list_chapters:
            list_book(read, as_json=as_json)
            return
        if output is None:
            raise ValueError("name the folder for the narration with -o")
        recorded = None if restart else book_of(output)
        settings = _settings(context, recorded.settings if recorded is not None else NarrateSettings())
        again, chosen = _numbers(redo, "--redo"), _numbers(only, "--only")
        began = time.monotonic()
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            speaker = _recorded(context, recorded)
            if speaker is None:
                given = options.make_speaker(runtime, engine, voice, language, speed, seed, param)
                speaker = reader_of(read, given)
            recogniser = _recogniser(runtime, check_model, speaker.language or read.language) if check else None
            job = narrate_book(
                read,
                speaker,
                runtime.registry,
                output,
                settings,
                cast=options.make_cast(runtime, cast, speaker),
                markup=script,
                lexicon=options.make_lexicon(lexicon),
                only=chosen,
            )
            stream_options = options.stream_options(workers, cast, on_failure)
            with _stays(output), NarrationRun(job, runtime, stream_options, anew=restart) as run:
                if not quiet and not as_json:
                    say_notes(read)
                run.redo(again)
                _make(run, render=not check, quiet=quiet)
                if recogniser is not None:
                    _check(run, recogniser, times=check_redo, rate=check_rate, quiet=quiet)
                    _make(run, render=True, quiet=quiet)
                done = run.report()
        if as_json:
            print(pretty_json(done))  # noqa: T201  for programs
        elif not quiet:
            show_report(done, time.monotonic() - began)
        if settings.m4b and not done.book_file:
            console.note("the audiobook is written once all chapters are there")
        if done.failed:
            raise console.fail(failures(done), console.EXIT_GAPS)


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option was named, on the command line or otherwise."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _read(path: Path, pattern: str) -> Book:
    """Return the book. OSError or ValueError says what is wrong with it."""
    from ..media.books import BookError, read_book
    from ..media.books.read import MAX_BOOK_BYTES

    if path.stat().st_size > MAX_BOOK_BYTES:
        raise BookError(f"a book has at most {MAX_BOOK_BYTES >> 20} MiB", path.name)
    return read_book(path.read_bytes(), path.name, pattern or None)


def _settings(context: typer.Context, before: NarrateSettings) -> NarrateSettings:
    """Return what is to be made: what was named now, else as it was before. ValueError for what can't be."""
    import msgspec

    given = {name: value for name, value in context.params.items() if _is_given(context, name)}
    pauses = {
        f"{name}_s": given[f"{name}_pause"] for name in ("sentence", "paragraph", "chapter") if f"{name}_pause" in given
    }
    changes: dict[str, Any] = {name: given[name] for name in ("m4b", "preset", "words") if name in given}
    changes |= {name: None if given[name] == "none" else given[name] for name in ("subtitles",) if name in given}
    if "format_" in given:
        changes["format"] = None if given["format_"] == "none" else given["format_"]
    if "bit_rate" in given:
        changes["bit_rate"] = given["bit_rate"] * 1000 or None
    if "sample_rate" in given:
        changes["sample_rate"] = given["sample_rate"] or None
    if "loudness" in given:
        changes["loudness_lufs"] = given["loudness"] or None
    if "ceiling" in given:
        changes["ceiling_dbtp"] = given["ceiling"]
    return msgspec.structs.replace(before, pauses=msgspec.structs.replace(before.pauses, **pauses), **changes)


def _recorded(context: typer.Context, line: BookLine | None) -> Speaker | None:
    """Return who speaks the narration that is in the folder, for who names nobody now."""
    from ..utils.streaming import ReferenceVoice, TensorVoice

    if line is None or any(_is_given(context, name) for name in _SOUND):
        return None
    # A voice that is a file has to be named again, for its content.
    return None if isinstance(line.speaker.voice, (TensorVoice, ReferenceVoice)) else line.speaker


def _numbers(text: str, option: str) -> list[int]:
    """Return the numbers of "12,40-44", in order. ValueError names the option."""
    found: set[int] = set()
    for item in filter(None, (item.strip() for item in text.split(","))):
        match = _RANGE.fullmatch(item)
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else 0
        if not 1 <= first <= last or last - first > _MOST_NUMBERS:
            raise ValueError(f"{option} takes numbers from 1 on, such as 12,40-44, not {item!r}")
        found.update(range(first, last + 1))
    return sorted(found)


def _make(run: NarrationRun, *, render: bool, quiet: bool) -> None:
    from .progress import progress_bar

    with progress_bar("Narrating", quiet=quiet) as show:
        run.make(render=render, on_progress=show)


def _recogniser(runtime: Runtime, model: str, language: str) -> Recogniser:
    """Return who listens. UnknownEngineError or ValueError where nobody can."""
    recogniser = options.make_recogniser(runtime, "", model, language, [], translate=False, prompt="", words=False)
    recogniser.check(runtime.registry)
    return recogniser


def _check(run: NarrationRun, recogniser: Recogniser, *, times: int, rate: float, quiet: bool) -> None:
    from ..jobs.narrate.check import check_narration
    from .narrate_show import show_checked
    from .progress import steps_bar

    with steps_bar(quiet=quiet) as step:
        checked = check_narration(
            run,
            recogniser,
            times=times,
            rate=rate,
            on_checked=lambda done, total: step(f"Listening: {done} of {total}", done / total),
        )
    if not quiet:
        show_checked(checked, rate)


@contextlib.contextmanager
def _stays(folder: Path) -> Iterator[None]:
    """Say how to go on, where a user stops it or the disk is full."""
    try:
        yield
    except (KeyboardInterrupt, OSError):
        if folder.is_dir():
            console.note(f"what is finished stays in {folder}; the same command goes on from there")
        raise
