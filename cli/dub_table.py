"""Printed output of `voxweft dub`: notes on speakers, and a table of cues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from rich.table import Table
from rich.text import Text

from ..utils.suggestions import suggested
from . import console

if TYPE_CHECKING:
    from ..jobs.dub.dub_plan import PlannedCue
    from ..jobs.dub.job import DubJob
    from ..jobs.dub.report import DubbedCue, DubReport

_Cue = TypeVar("_Cue", "DubbedCue", "PlannedCue")
_MAX_ROWS = 40
_VISIBLE_S = 0.0005
_HEADINGS = ("cue", "slot", "spoken", "speed", "late", "over", "")
_SEPARATOR = 3
_MIN_TEXT_WIDTH = 16
_MAX_NAMED = 10
_MAX_LABELS = 40


def show_notes(job: DubJob, *, has_cast: bool) -> None:
    """Print which speakers are missing from the cast, and which sound descriptions are skipped."""
    unmapped = job.unmapped
    if unmapped and not has_cast:
        console.note(
            f"{console.count(len(unmapped), 'speaker')} named in the subtitles; use --cast to give each a voice"
        )
    labels = [label for label in job.labels if not label.in_cast]
    if labels:
        shown = ", ".join(f"{one.label} ({one.lines})" for one in labels[:_MAX_LABELS])
        more = f" and {len(labels) - _MAX_LABELS} more" if len(labels) > _MAX_LABELS else ""
        console.note(f"not spoken, as names of speakers: {shown}{more}; use --keep-label NAME to speak one")
    for missing in unmapped if has_cast else ():
        lines = console.count(missing.lines, "line")
        console.note(f"'{missing.speaker}' is not in the cast; the narrator speaks {lines}{suggested(missing.near)}")
    skipped = job.skipped
    if skipped:
        shown = ", ".join(sound.text for sound in skipped[:_MAX_NAMED]) + (", ..." if len(skipped) > _MAX_NAMED else "")
        sounds = console.count(len(skipped), "sound description")
        console.note(f"skipped {sounds} (use --keep-sounds to speak them): {shown}")


def failures(failed: Sequence[DubbedCue]) -> str:
    """Return the error message for cues that failed."""
    lines = [f"{console.count(len(failed), 'cue')} could not be spoken:"]
    lines += [f"  cue {cue.label}: {cue.message}" for cue in failed[:_MAX_NAMED]]
    if len(failed) > _MAX_NAMED:
        lines.append(f"  and {len(failed) - _MAX_NAMED} more; use --report to get all of them")
    return "\n".join(lines)


def show(report: DubReport, output: str, took_s: float) -> None:
    """Print a table of the cues (only the conspicuous ones if there are many) and a summary line."""
    print_cues(report.cues, _HEADINGS, _row, _is_conspicuous, "late, overlong, silent or failed cues")
    console.err.print(_summary(report, output, took_s), soft_wrap=True)


def _is_conspicuous(cue: DubbedCue) -> bool:
    return cue.shift_s > _VISIBLE_S or cue.overrun_s > _VISIBLE_S or cue.status != "spoken"


def print_cues(
    cues: Sequence[_Cue],
    headings: Sequence[str],
    row: Callable[[_Cue], Sequence[str]],
    is_conspicuous: Callable[[_Cue], bool],
    conspicuous: str,
) -> None:
    """Print a table of cues; of many, only those that `is_conspicuous`, which `conspicuous` names."""
    shown = list(cues)
    if len(cues) > _MAX_ROWS:
        shown = [cue for cue in cues if is_conspicuous(cue)][:_MAX_ROWS]
        console.err.print(
            f"{conspicuous} ({len(shown)} of {len(cues)} cues shown; use --report to get all of them)", soft_wrap=True
        )
    if shown:
        console.err.print(_text_table(headings, [row(cue) for cue in shown], [cue.text for cue in shown]))


def _text_table(headings: Sequence[str], rows: Sequence[Sequence[str]], texts: Sequence[str]) -> Table:
    """Return a table of rows, without empty columns, and of their texts, which take the remaining width."""
    shown = [column for column in range(len(headings)) if any(row[column] for row in rows)]
    widths = [max(len(headings[column]), *(len(row[column]) for row in rows)) for column in shown]
    text_width = max(console.err.width - sum(widths) - _SEPARATOR * len(widths), _MIN_TEXT_WIDTH)
    table = Table(show_edge=False, pad_edge=False)
    for column in shown:
        table.add_column(headings[column], justify="right" if headings[column] else "left", no_wrap=True)
    table.add_column("text", no_wrap=True)
    for row, lines in zip(rows, texts, strict=True):
        text = lines.replace("\n", " ")
        table.add_row(
            *(row[column] for column in shown), Text(text if len(text) <= text_width else text[: text_width - 1] + "…")
        )
    return table


def _row(cue: DubbedCue) -> tuple[str, ...]:
    stretched = f"{100 * (cue.stretch - 1):+.0f}%" if cue.stretch != 1 else ""
    return (
        cue.label,
        f"{cue.slot_start_s:.2f}-{cue.slot_end_s:.2f}",
        f"{cue.start_s:.2f}-{cue.end_s:.2f}",
        f"{cue.speed:g}{stretched}",
        time_cell(cue.shift_s) + ("!" if cue.late else ""),
        time_cell(cue.overrun_s),
        cue.status if cue.status != "spoken" else ("cached" if cue.cached else ""),
    )


def time_cell(seconds: float) -> str:
    """Return seconds with two decimals; empty for those that are too short to matter."""
    return f"{seconds:.2f}" if seconds > _VISIBLE_S else ""


def _summary(report: DubReport, output: str, took_s: float) -> str:
    summary = report.summary
    late = sum(cue.shift_s > _VISIBLE_S for cue in report.cues)
    cached = sum(cue.cached for cue in report.cues)
    facts = [f"{late} late", f"{cached} from the cache"]
    if summary.stretched:
        facts.insert(1, f"{summary.stretched} stretched")
    if summary.late:
        facts.insert(
            1, f"{summary.late} by more than {report.rules.tolerance_s:g} s, maximum {summary.greatest_shift_s:.2f} s"
        )
    return (
        f"{output}: {report.duration_s:.2f} s at {report.sample_rate} Hz, {console.count(len(report.cues), 'cue')} "
        f"({', '.join(facts)}){console.levels(report.levels)}, in {took_s:.2f} s"
    )
