"""`voxweft dub`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.dub.job import DubJob
    from ..utils.streaming.runtime import Runtime


def dub(
    file: Annotated[Path, typer.Argument(help="The subtitles (SRT, WebVTT, ASS or SSA), or a film.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="The sound to write, as its suffix says, - for stdout; or, of a film, the dubbed copy: mkv, mp4, mov, "
            "webm.",
        ),
    ],
    subs: Annotated[Path | None, typer.Option(help="A film's subtitles, instead of a track of its own.")] = None,
    track: Annotated[
        str, typer.Option(help="Which of a film's subtitle tracks: a number from 1, or a language.", show_default=False)
    ] = "",
    over: Annotated[
        bool, typer.Option("--over/--beside", help="The dub over the film's own sound, or as a track beside it.")
    ] = False,
    duck_db: Annotated[
        float, typer.Option(help="With --over: by how much the film's sound is turned down under the dub.")
    ] = 15.0,
    engine: options.Engine = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    cast: Annotated[
        Path | None,
        typer.Option(help="Who speaks whom: YAML or JSON. Who isn't in it is spoken by the narrator, and listed."),
    ] = None,
    mode: Annotated[
        Literal["fit", "stretch", "natural", "pad", "concatenate"],
        typer.Option(
            help="`fit`: each cue at its time, at the speed that fits. `stretch`: exactly as long as its slot, as far "
            "as that goes. `natural`: at its own speed; late ones push the next. `pad`: the same, and all pauses stay. "
            "`concatenate`: one after the other."
        ),
    ] = "fit",
    min_speed: Annotated[
        float, typer.Option(help="The slowest that a cue may be spoken, by the speaker's speed.")
    ] = 0.9,
    max_speed: Annotated[float, typer.Option(help="The fastest.")] = 1.25,
    max_stretch: Annotated[
        float | None,
        typer.Option(
            help="By how much of its length speech may be stretched, its pitch kept: 0 to 0.5. By default 0.08 in fit, "
            "0.5 in stretch.",
            show_default=False,
        ),
    ] = None,
    tolerance: Annotated[float, typer.Option(help="How many seconds late a cue may be before it is reported.")] = 0.5,
    keep_sounds: Annotated[
        bool, typer.Option("--keep-sounds", help="Speak sound descriptions too: [door slams], (sighs), lyrics.")
    ] = False,
    sample_rate: options.SampleRate = 0,
    float32: options.Float32 = False,
    sound: options.Format = "",
    bit_rate: options.BitRate = "",
    workers: options.Workers = 1,
    on_failure: Annotated[
        Literal["raise", "report"],
        typer.Option(help="A cue that fails: `raise` stops, `report` leaves a named gap and goes on."),
    ] = "raise",
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    subs_out: Annotated[Path | None, typer.Option(help="Write the subtitles at the times of the audio.")] = None,
    timeline: Annotated[
        Path | None, typer.Option(help="Draw slots and speech as a PNG; a long film takes several.")
    ] = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Speak every cue of a subtitle file, or of a film, at its time."""
    with console.guarded():
        from ..jobs.dub import DubMode, DubRules
        from ..jobs.dub import dub as dub_job
        from ..media.subtitles import write_subtitles
        from ..utils.streaming.job import StreamOptions
        from . import dub_table
        from .film import Film, film_dub
        from .output import check_folders, check_stdout, pretty_json, write_audio, write_text

        film = Film(file, output, subs, track)
        if film.target is None:
            check_stdout(output, as_json=as_json, chosen=sound, bit_rate=bit_rate)
        elif sound or bit_rate or float32:
            raise ValueError("the sound of a film has a format of its own: leave --format, --bitrate and --float away")
        how = film_dub(film, output, over=over, duck_db=duck_db, language=language)
        began = time.monotonic()
        rules = DubRules(min_speed=min_speed, max_speed=max_speed, max_stretch=max_stretch, tolerance_s=tolerance)
        subs_format = options.subtitle_format(subs_out)
        if timeline is not None and timeline.suffix.lower() != ".png":
            raise ValueError(f"{timeline}: a timeline is written as .png")
        check_folders(report, subs_out, timeline, film.target)
        name, subtitles = film.read(quiet=quiet)
        if not quiet:
            for remark in subtitles.notes:
                console.note(f"{name}: {remark}")
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            speaker = options.make_speaker(runtime, engine, voice, language, speed, seed, param)
            job = dub_job(
                subtitles.cues,
                speaker,
                runtime.registry,
                mode=DubMode(mode),
                sample_rate=sample_rate or None,
                rules=rules,
                cast=options.make_cast(runtime, cast, speaker),
                keep_sounds=keep_sounds,
            )
            if not quiet:
                dub_table.show_lines(job, has_cast=cast is not None)
            _fit(job, runtime, quiet=quiet)
            stream_options = StreamOptions(workers=workers, on_failure=on_failure)
            if film.target is None:
                write_audio(
                    job,
                    runtime,
                    stream_options,
                    output,
                    title="Dubbing",
                    float32=float32,
                    quiet=quiet,
                    chosen=sound,
                    bit_rate=bit_rate,
                )
            else:
                film.write(job, runtime, stream_options, how, quiet=quiet)
            done = job.report()
        encoded = pretty_json(done)
        if report is not None:
            write_text(report, encoded + "\n")
        if subs_out is not None and subs_format is not None:
            write_text(subs_out, write_subtitles(job.subtitles(), subs_format))
        if timeline is not None:
            _draw(job, timeline, quiet=quiet)
        if as_json:
            print(encoded)  # noqa: T201  for programs
        elif not quiet:
            dub_table.show(done, output, time.monotonic() - began)
        failed = [cue for cue in done.cues if cue.status == "failed"]
        if failed:
            raise console.fail(dub_table.failures(failed), console.EXIT_GAPS)


def _fit(job: DubJob, runtime: Runtime, *, quiet: bool) -> None:
    from ..jobs.dub import fit
    from .progress import steps_bar

    with steps_bar(quiet=quiet) as show:
        fit(job, runtime, on_progress=lambda done, total: show("Fitting", done / total))
    if not quiet:
        for remark in job.notes:
            console.note(remark)


def _draw(job: DubJob, file: Path, *, quiet: bool) -> None:
    from ..jobs.dub.timeline_image import draw
    from ..utils.atomic_file import atomic_output

    names = [file]
    for number, page in enumerate(draw(job.report()), 1):
        if number > 1:
            names.append(file.with_name(f"{file.stem}-{number}{file.suffix}"))
        with atomic_output(names[-1]) as out:
            page.save(out, "PNG")
    if not quiet and len(names) > 1:
        console.err.print(f"timeline: {file} to {names[-1]} ({len(names)} pictures)", soft_wrap=True)
