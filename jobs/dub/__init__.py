"""Dub subtitles: each cue in its speaker's voice, at the speed that fits its time slot."""

from .dub_plan import DubPlan
from .fit import fit, plan_job
from .job import DubJob, dub
from .report import DubReport
from .rules import DubMode, DubRules

__all__ = [
    "DubJob",
    "DubMode",
    "DubPlan",
    "DubReport",
    "DubRules",
    "dub",
    "fit",
    "plan_job",
]
