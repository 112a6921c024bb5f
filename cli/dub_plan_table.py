"""Printed output of `voxweft dub --plan`: a table of the cues that need attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import console
from .dub_table import print_cues, time_cell

if TYPE_CHECKING:
    from ..jobs.dub.dub_plan import DubPlan, PlannedCue

_HEADINGS = ("cue", "slot", "has", "asks", "speed", "late", "chars")


def show(plan: DubPlan, name: str) -> None:
    """Print a table of the cues (of many, only those that are too long or late) and a summary line."""
    print_cues(plan.cues, _HEADINGS, _row, lambda cue: cue.shorten_to is not None or cue.late, "long or late cues")
    fits = [sum(cue.fits == kind for cue in plan.cues) for kind in ("slot", "gap")]
    facts = [f"{fits[0]} fit their slot", f"{fits[1]} fit the gap after it", f"{plan.too_long} too long"]
    if unknown := sum(cue.fits == "unknown" for cue in plan.cues):
        facts.append(f"{unknown} not estimated")
    facts.append(f"{plan.late} late")
    console.err.print(f"{name}: {console.count(len(plan.cues), 'cue')}: {', '.join(facts)}", soft_wrap=True)


def _row(cue: PlannedCue) -> tuple[str, ...]:
    return (
        cue.label,
        f"{cue.slot_start_s:.2f}-{cue.slot_end_s:.2f}",
        "any" if cue.available_s is None else f"{cue.available_s:.2f}",
        "?" if cue.asked_s is None else f"{cue.asked_s:.2f}",
        f"{cue.speed:g}",
        time_cell(cue.shift_s) + ("!" if cue.late else ""),
        str(cue.characters) if cue.shorten_to is None else f"{cue.characters} > {cue.shorten_to}",
    )
