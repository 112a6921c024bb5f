from __future__ import annotations

from statistics import mean

from benchmarks.dubbing import measured
from benchmarks.dubbing_film import dubbing_cues
from voxweft.jobs.dub import DubMode, dub
from voxweft.jobs.dub.plan import Durations, plan
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry()


def figures(cps: float, speakers: int = 1, cues: int = 400) -> dict[str, float]:
    """Return the figures of a film whose speakers say that many characters a second."""
    job = dub(
        dubbing_cues(cues, speakers=speakers),
        Speaker(engine="espeak"),
        REGISTRY,
        mode=DubMode.FIT,
        sample_rate=1000,
    )
    speeds = job.rules.speeds_in(job.mode)
    durations = [
        Durations(speeds, [round(1000 * (len(part.spoken) / cps + 0.1) / speed) for speed in speeds])
        for part in job.parts
    ]
    return measured(job, plan(job.slots, durations, job.mode, job.rules, 1000, [text.parts for text in job.texts]))


def test_the_film_has_the_timing_of_films():
    cues = dubbing_cues(1500)
    speeds = sorted(len(cue.text) / (cue.end_s - cue.start_s) for cue in cues)
    assert 14 < mean(speeds) < 15
    assert 22 < speeds[len(speeds) * 95 // 100] < 29
    assert 0.18 < sum(speed > 20 for speed in speeds) / len(speeds) < 0.22
    assert dubbing_cues(1500) == cues
    assert {cue.text.split(":")[0] for cue in dubbing_cues(200, speakers=4)} >= {"ANN", "BOB", "ZOE"}


def test_a_director_would_sign_the_plan():
    """The limits of the benchmark, at the rate of Kokoro; what is too long at any allowed speed doesn't count."""
    for speakers in (1, 4):
        found = figures(18.7, speakers)
        assert found["dub_not_on_time_share"] <= 0.05
        assert found["dub_jump_share"] <= 0.08
        assert found["dub_range_end_share"] <= 0.1
        assert found["dub_late_share"] <= 0.003
        assert found["dub_worst_late_s"] <= 1.0


def test_a_slow_speaker_is_late_and_too_long():
    slow, fast = figures(9), figures(30)
    assert slow["dub_too_long_share"] > 0.2
    assert slow["dub_not_on_time_share"] > 0.3
    assert slow["dub_worst_late_s"] > 1
    assert fast["dub_not_on_time_share"] == fast["dub_late_share"] == 0
