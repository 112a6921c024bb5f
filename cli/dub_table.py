"""What `voxweft dub` prints: who speaks whom, and a table of what was dubbed and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from . import console

if TYPE_CHECKING:
    from ..jobs.dub.job import DubbedCue, DubJob, DubReport

_ROWS = 40
_SEEN_S = 0.0005
_HEADINGS = ("cue", "slot", "spoken", "speed", "late", "over", "")
_SEPARATOR = 3
_SHORTEST_TEXT = 16
_NAMED = 10


def show_lines(job: DubJob, *, has_cast: bool) -> None:
    """Say who isn't in the cast, or that there could be one, and what isn't spoken."""
    unmapped = job.read.unmapped
    if unmapped and not has_cast:
        console.note(f"{console.count(len(unmapped), 'speaker')} named in the file; with --cast each has a voice")
    for one in unmapped if has_cast else ():
        hint = f" (did you mean {', '.join(one.near)}?)" if one.near else ""
        what = console.count(one.lines, "line")
        console.note(f"{one.speaker} isn't in the cast{hint}: the narrator speaks {what} of theirs")
    skipped = job.read.skipped
    if skipped:
        shown = ", ".join(one.text for one in skipped[:_NAMED]) + (", ..." if len(skipped) > _NAMED else "")
        what = console.count(len(skipped), "sound description")
        console.note(f"{what} not spoken (--keep-sounds has them spoken): {shown}")


def failures(failed: Sequence[DubbedCue]) -> str:
    """Return what to say of cues that failed."""
    lines = [f"{console.count(len(failed), 'cue')} could not be spoken:"]
    lines += [f"  cue {cue.label}: {cue.message}" for cue in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"  and {len(failed) - _NAMED} more; --report has them all")
    return "\n".join(lines)


def show(report: DubReport, output: str, took_s: float) -> None:
    """Print the table, of many cues those that aren't as they should be, and a line that sums it up."""
    shown: Sequence[DubbedCue] = report.cues
    if len(shown) > _ROWS:
        shown = [cue for cue in report.cues if _is_odd(cue)][:_ROWS]
        what = f"late, silent or failed cues, and those that run long ({len(shown)} of {len(report.cues)} shown; "
        console.err.print(f"{what}--report has them all)", soft_wrap=True)
    if shown:
        console.err.print(_table(shown))
    console.err.print(_summed_up(report, output, took_s), soft_wrap=True)


def _is_odd(cue: DubbedCue) -> bool:
    return cue.shift_s > _SEEN_S or cue.overrun_s > _SEEN_S or cue.status != "spoken"


def _table(cues: Sequence[DubbedCue]) -> Table:
    """Return the cues as rows; a column in which nothing stands is left out, and the text gets what room is left."""
    rows = [_row(cue) for cue in cues]
    shown = [at for at in range(len(_HEADINGS)) if any(row[at] for row in rows)]
    widths = [max(len(_HEADINGS[at]), *(len(row[at]) for row in rows)) for at in shown]
    text_width = max(console.err.width - sum(widths) - _SEPARATOR * len(widths), _SHORTEST_TEXT)
    table = Table(show_edge=False, pad_edge=False)
    for at in shown:
        table.add_column(_HEADINGS[at], justify="right" if _HEADINGS[at] else "left", no_wrap=True)
    table.add_column("text", no_wrap=True)
    for cue, row in zip(cues, rows, strict=True):
        text = cue.text.replace("\n", " ")
        table.add_row(
            *(row[at] for at in shown), Text(text if len(text) <= text_width else text[: text_width - 1] + "…")
        )
    return table


def _row(cue: DubbedCue) -> tuple[str, ...]:
    stretched = f"{100 * (cue.stretch - 1):+.0f}%" if cue.stretch != 1 else ""
    return (
        cue.label,
        f"{cue.slot_start_s:.2f}-{cue.slot_end_s:.2f}",
        f"{cue.start_s:.2f}-{cue.end_s:.2f}",
        f"{cue.speed:g}{stretched}",
        _time(cue.shift_s) + ("!" if cue.late else ""),
        _time(cue.overrun_s),
        cue.status if cue.status != "spoken" else ("cached" if cue.cached else ""),
    )


def _time(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds > _SEEN_S else ""


def _summed_up(report: DubReport, output: str, took_s: float) -> str:
    told = report.summary
    late = sum(cue.shift_s > _SEEN_S for cue in report.cues)
    cached = sum(cue.cached for cue in report.cues)
    facts = [f"{late} late", f"{cached} from the cache"]
    if told.stretched:
        facts.insert(1, f"{told.stretched} stretched")
    if told.late:
        facts.insert(
            1, f"{told.late} by more than {report.rules.tolerance_s:g} s, the most {told.greatest_shift_s:.2f} s"
        )
    return (
        f"{output}: {report.duration_s:.2f} s at {report.sample_rate} Hz, {console.count(len(report.cues), 'cue')} "
        f"({', '.join(facts)}), in {took_s:.2f} s"
    )
