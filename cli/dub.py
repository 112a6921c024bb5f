"""`voxweft dub`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options, subtitle_options

if TYPE_CHECKING:
    from ..jobs.dub import DubPlan
    from ..jobs.dub.job import DubJob
    from ..utils.streaming.runtime import Runtime


def dub(
    file: Annotated[
        Path, typer.Argument(help="Subtitle file (SRT, WebVTT, ASS, TTML, SCC, STL, ...) or video file; - is stdin.")
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="Audio file (- is stdout), or a dubbed copy of the video (.mkv, .mp4, .mov, .webm); the suffix "
            "selects the format. Required without --plan.",
            show_default=False,
        ),
    ] = "",
    subs: Annotated[
        Path | None, typer.Option(help="Subtitle file for a video, instead of one of its tracks; - is stdin.")
    ] = None,
    track: Annotated[
        str, typer.Option(help="Subtitle track of the video: a number from 1, or a language.", show_default=False)
    ] = "",
    voice_over: Annotated[
        bool,
        typer.Option(
            "--voice-over/--extra-track",
            "--over",
            help="Mix the dub over the video's own audio, or add it as another track.",
        ),
    ] = False,
    duck_db: Annotated[
        float | None,
        typer.Option(
            help="With --voice-over: attenuate the original audio under the dub by this many dB (default: 15).",
            show_default=False,
        ),
    ] = None,
    encoding: subtitle_options.Encoding = "",
    line: subtitle_options.Line = None,
    style: subtitle_options.Style = [],  # noqa: B006  typer copies it
    skip_style: subtitle_options.SkipStyle = [],  # noqa: B006  typer copies it
    keep_repeats: subtitle_options.KeepRepeats = False,
    fps: subtitle_options.Fps = 0.0,
    strict: subtitle_options.Strict = False,
    offset: Annotated[
        str,
        typer.Option(
            help="Move all cues by seconds or a time: 1.5, -10:00:00. Cues that would end before 0 are left out.",
            show_default=False,
        ),
    ] = "",
    rate: Annotated[
        str,
        typer.Option(
            help="Frame rates that the cues were timed for and that the video has, such as 25:23.976. It applies "
            "after --offset.",
            show_default=False,
        ),
    ] = "",
    engine: options.Engine = "",
    model: options.ModelName = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    low_latency: options.LowLatency = False,
    level: options.LevelText = "",
    cast: Annotated[
        Path | None,
        typer.Option(
            help="Cast file (YAML or JSON). Unlisted speakers use the narrator and are reported.", dir_okay=False
        ),
    ] = None,
    mode: Annotated[
        Literal["fit", "stretch", "natural", "pad", "concatenate"],
        typer.Option(
            help="`fit`: start each cue at its time, at a speed that fits its slot. `stretch`: also stretch it to the "
            "length of its slot, up to --max-stretch. `natural`: use the normal speed; late cues delay the next one. "
            "`pad`: like natural, but keep every pause. `concatenate`: play cues one after another."
        ),
    ] = "fit",
    prefer: Annotated[
        Literal["gap", "slot"],
        typer.Option(
            help="With fit: what a long cue uses first. `gap`: the silence after its slot. `slot`: a higher speed."
        ),
    ] = "gap",
    min_speed: Annotated[
        float | None,
        typer.Option(
            help="With fit and stretch: minimum speed of a cue, relative to --speed (default: 0.9; 0.8 for an engine "
            "that takes a duration).",
            show_default=False,
        ),
    ] = None,
    max_speed: Annotated[
        float, typer.Option(help="With fit and stretch: maximum speed of a cue, relative to --speed.")
    ] = 1.25,
    catch_up_speed: Annotated[
        float,
        typer.Option(
            help="With fit: maximum speed of a cue that would be late or delay the next at --max-speed; 1 turns it off."
        ),
    ] = 1.4,
    max_stretch: Annotated[
        float | None,
        typer.Option(
            help="Maximum time stretch as a fraction of the length, 0 to 0.5; the pitch is kept (default: 0.08 with "
            "fit, 0.5 with stretch).",
            show_default=False,
        ),
    ] = None,
    tolerance: Annotated[float, typer.Option(help="Report cues that start later than this many seconds.")] = 0.5,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Don't speak: print which cues are too long, and to how many characters to shorten them. --report and "
            "--json then have the plan.",
        ),
    ] = False,
    keep_sounds: Annotated[
        bool, typer.Option("--keep-sounds", help="Speak sound descriptions too: [door slams], (sighs), lyrics.")
    ] = False,
    perform_sounds: Annotated[
        bool,
        typer.Option(
            "--perform-sounds", help="Let the engine perform the sounds that it has: (laughs), [sighs], (whispering)."
        ),
    ] = False,
    keep_label: Annotated[
        list[str],
        typer.Option(
            help="Speak this label, such as HTML in `HTML: ...`, though it looks like a speaker's name (repeatable).",
            metavar="LABEL",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    normalize: options.Normalize = True,
    name_emoji: options.NameEmoji = False,
    sample_rate: options.SampleRate = 0,
    float32: options.Float32 = False,
    format_: options.Format = None,
    bit_rate: options.BitRate = "",
    workers: options.Workers = 1,
    on_failure: options.OnFailure = "raise",
    report: options.Report = None,
    subs_out: options.SubsOut = None,
    timeline: Annotated[
        Path | None, typer.Option(help="Draw slots and speech to a PNG file (several files for a long video).")
    ] = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    commercial: options.Commercial = False,
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Dub a subtitle file or a video: speak every cue at its time."""
    with console.guarded():
        from ..jobs.dub import DubMode, DubRules
        from ..jobs.dub.cue_times import time_cues
        from ..jobs.requests.dub import DubRequest
        from ..media.subtitles import write_subtitles
        from ..media.subtitles.retiming import Retiming
        from ..media.subtitles.subtitle_file import summarize
        from . import dub_table
        from .output import check_files, check_stdout, pretty_json, write_audio, write_text
        from .video import DubSource, video_dub

        reading = subtitle_options.read_options(
            encoding=encoding,
            language=language,
            strict=strict,
            keep_repeats=keep_repeats,
            style=style,
            skip_style=skip_style,
            line=line,
            fps=fps,
        )
        if plan:
            # Nothing is written: what says where and how has no effect.
            output, voice_over, duck_db = "", False, None
        elif not output:
            raise ValueError("--output is missing; name an audio file or a copy of the video, or use --plan")
        source = DubSource(file, output, subs, track, reading)
        if source.target is not None and (format_ or bit_rate or float32):
            raise ValueError(f"{output} is a video; --format, --bit-rate and --float are for audio files")
        if source.target is None and not plan:
            check_stdout(output, as_json=as_json, chosen=format_, bit_rate=bit_rate)
        began = time.monotonic()
        rules = DubRules(
            min_speed=min_speed,
            max_speed=max_speed,
            catch_up_speed=catch_up_speed,
            prefer=prefer,
            max_stretch=max_stretch,
            tolerance_s=tolerance,
        )
        subs_format = options.subtitle_format(subs_out)
        if timeline is not None and timeline.suffix.lower() != ".png":
            raise ValueError(f"unknown suffix of the timeline '{timeline}'; use .png")
        outputs = {"--output": output or None, "--report": report, "--subs-out": subs_out, "--timeline": timeline}
        check_files(outputs, input=file, subtitles=subs, cast=cast, recording=voice)
        retiming = Retiming.parse(offset or 0, rate)
        chosen = source.choose_track(quiet=quiet)
        video_settings = video_dub(
            source,
            output,
            voice_over=voice_over,
            duck_db=duck_db,
            language=language or (chosen.language if chosen is not None else ""),
            quiet=quiet,
        )
        name, subtitles = source.read(quiet=quiet)
        subtitle_notes = tuple(summarize(subtitles.notes))
        if not quiet:
            for note in subtitle_notes:
                console.note(f"{name}: {note}")
        timed = time_cues(subtitles.cues, retiming, source.film)
        if not quiet:
            for note in timed.notes:
                console.note(note)
        with console.runtime(
            use_cache=not no_cache,
            engine=engine,
            model_path=model_path,
            device=device,
            dtype=dtype,
            commercial=commercial,
            quiet=quiet,
        ) as runtime:
            request = DubRequest(
                cues=timed.cues,
                notes=(*subtitle_notes, *timed.notes),
                language=chosen.spoken_language if chosen is not None else "",
                speaker=options.make_speaker(
                    runtime, engine, model, voice, language, speed, seed, param, low_latency=low_latency
                ),
                cast=cast,
                folder=Path(),
                mode=DubMode(mode),
                rules=rules,
                keep_sounds=keep_sounds,
                perform_sounds=perform_sounds,
                keep_labels=keep_label,
                normalize=normalize,
                name_emoji=name_emoji,
                sample_rate=sample_rate or None,
                level=options.make_level(level),
                workers=workers,
                on_failure=on_failure,
            )
            job = request.job(runtime)
            if not quiet:
                dub_table.show_notes(job, has_cast=cast is not None)
            planned = _planned(
                job, runtime, on_failure, shown=(*subtitle_notes, *timed.notes), always=plan, quiet=quiet
            )
            if plan and planned is not None:
                _show_plan(planned, name, report, as_json=as_json, quiet=quiet)
                return
            if source.target is None:
                write_audio(
                    job,
                    runtime,
                    request.options,
                    output,
                    title="Dubbing",
                    float32=float32,
                    quiet=quiet,
                    chosen=format_,
                    bit_rate=bit_rate,
                )
            else:
                source.write(job, runtime, request.options, video_settings, quiet=quiet)
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
        if n_left_out := len(timed.left_out) + len(subtitles.left_out):
            left_out = "1 cue is" if n_left_out == 1 else f"{n_left_out} cues are"
            raise console.fail(f"{left_out} left out; see the notes", console.EXIT_GAPS)


def _planned(
    job: DubJob,
    runtime: Runtime,
    on_failure: Literal["raise", "report"],
    *,
    shown: tuple[str, ...],
    always: bool,
    quiet: bool,
) -> DubPlan | None:
    """Plan the job, and print its notes. Without `always`, only in a mode that chooses speeds."""
    from ..jobs.dub import plan_job
    from .progress import steps_bar

    planned = None
    if always or job.mode.chooses_speeds:
        with steps_bar(quiet=quiet) as show:
            planned = plan_job(
                job, runtime, on_progress=lambda done, total: show("Fitting", done / total), on_failure=on_failure
            )
    if not quiet:
        for note in job.notes:
            if note not in shown:
                console.note(note)
    return planned


def _show_plan(planned: DubPlan, name: str, report: Path | None, *, as_json: bool, quiet: bool) -> None:
    from . import dub_plan_table
    from .output import pretty_json, write_text

    encoded = pretty_json(planned)
    if report is not None:
        write_text(report, encoded + "\n")
    if as_json:
        print(encoded)  # noqa: T201  for programs
    elif not quiet:
        dub_plan_table.show(planned, name)


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
        console.err.print(f"timeline: {file} to {names[-1]} ({len(names)} images)", soft_wrap=True)
