"""`speechloom dub`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options

if TYPE_CHECKING:
    from ..jobs.dub import DubbedCue, DubReport
    from ..utils.subtitles.file import SubtitleFormat

_FORMATS: dict[str, SubtitleFormat] = {".srt": "srt", ".vtt": "vtt", ".ass": "ass"}
_ROWS = 40
_LATE_S = 0.0005
_OTHER_COLUMNS = 52
_SHORTEST_TEXT = 16
_NAMED = 10


def dub(
    file: Annotated[Path, typer.Argument(help="The subtitles: SRT, WebVTT, ASS or SSA.")],
    output: options.Output,
    engine: options.Engine = "",
    voice: options.VoiceName = "",
    language: options.Language = "",
    speed: options.Speed = 1.0,
    seed: options.Seed = 0,
    param: options.Params = [],  # noqa: B006  typer copies it
    mode: Annotated[
        Literal["natural", "fit", "concatenate"],
        typer.Option(
            help="`natural`: each cue at its time, late ones push the next. `fit`: the same, but faster where a cue "
            "would run long. `concatenate`: one after the other."
        ),
    ] = "natural",
    sample_rate: options.SampleRate = 0,
    float32: options.Float32 = False,
    workers: options.Workers = 1,
    on_failure: Annotated[
        Literal["raise", "report"],
        typer.Option(help="A cue that fails: `raise` stops, `report` leaves a named gap and goes on."),
    ] = "raise",
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    subs_out: Annotated[Path | None, typer.Option(help="Write the subtitles at the times of the audio.")] = None,
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Speak every cue of a subtitle file at its time."""
    with console.guarded():
        from .. import jobs
        from ..utils.streaming.job_stream import StreamOptions
        from ..utils.subtitles import read_subtitles, write_subtitles
        from .output import check_folders, check_stdout, pretty_json, write_audio, write_text

        check_stdout(output, as_json=as_json)
        began = time.monotonic()
        subtitles = read_subtitles(file.read_bytes(), name=file.name)
        subs_format = _format_of(subs_out)
        check_folders(report, subs_out)
        if not quiet:
            for remark in subtitles.notes:
                console.note(f"{file.name}: {remark}")
        stream_options = StreamOptions(workers=workers, on_failure=on_failure)
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:
            speaker = options.make_speaker(runtime, engine, voice, language, speed, seed, param)
            job = jobs.dub(
                subtitles.cues, speaker, runtime.registry, mode=jobs.DubMode(mode), sample_rate=sample_rate or None
            )
            if job.mode is jobs.DubMode.FIT:
                jobs.fit(job, runtime)
            write_audio(job, runtime, stream_options, output, title="Dubbing", float32=float32, quiet=quiet)
            done = job.report()
        encoded = pretty_json(done)
        if report is not None:
            write_text(report, encoded + "\n")
        if subs_out is not None and subs_format is not None:
            write_text(subs_out, write_subtitles(job.subtitles(), subs_format))
        if as_json:
            print(encoded)  # noqa: T201  for programs
        elif not quiet:
            _show(done, output, time.monotonic() - began)
        failed = [cue for cue in done.cues if cue.status == "failed"]
        if failed:
            raise console.fail(_failures(failed), console.EXIT_GAPS)


def _format_of(path: Path | None) -> SubtitleFormat | None:
    if path is None:
        return None
    known = _FORMATS.get(path.suffix.lower())
    if known is None:
        raise ValueError(f"{path}: subtitles are written as {', '.join(_FORMATS)}")
    return known


def _failures(failed: list[DubbedCue]) -> str:
    lines = [f"{console.count(len(failed), 'cue')} could not be spoken:"]
    lines += [f"  cue {cue.index + 1}: {cue.message}" for cue in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"  and {len(failed) - _NAMED} more; --report has them all")
    return "\n".join(lines)


def _show(report: DubReport, output: str, took_s: float) -> None:
    from rich.table import Table
    from rich.text import Text

    late = {cue.index for cue in report.cues if cue.start_s - cue.slot_start_s > _LATE_S}
    shown = report.cues
    if len(shown) > _ROWS:
        shown = tuple(cue for cue in report.cues if cue.index in late or cue.status != "spoken")[:_ROWS]
        what = f"late, silent or failed cues ({len(shown)} of {len(report.cues)} shown; --report has them all)"
        console.err.print(what, soft_wrap=True)
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("cue", "slot", "spoken", "late"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("text", no_wrap=True)
    text_width = max(console.err.width - _OTHER_COLUMNS, _SHORTEST_TEXT)
    for cue in shown:
        late_s = cue.start_s - cue.slot_start_s
        text = cue.text.replace("\n", " ")
        table.add_row(
            str(cue.index + 1),
            f"{cue.slot_start_s:.2f}-{cue.slot_end_s:.2f}",
            f"{cue.start_s:.2f}-{cue.end_s:.2f}",
            f"{late_s:.2f}" if cue.index in late else "",
            cue.status if cue.status != "spoken" else ("cached" if cue.cached else ""),
            Text(text if len(text) <= text_width else text[: text_width - 1] + "…"),
        )
    if shown:
        console.err.print(table)
    cached = sum(cue.cached for cue in report.cues)
    console.err.print(
        f"{output}: {report.duration_s:.2f} s at {report.sample_rate} Hz, {console.count(len(report.cues), 'cue')} "
        f"({len(late)} late, {cached} from the cache), in {took_s:.2f} s",
        soft_wrap=True,
    )
