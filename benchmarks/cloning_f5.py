"""F5-TTS' part of `cloning`: what a batch changes, and how many of a film's cues end in their slot.

With untrained weights: lengths are decided by texts and recordings, and differences don't depend on what is said.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from voxweft.jobs.dub import DubJob, DubMode, dub
from voxweft.jobs.dub.fit import fit
from voxweft.jobs.run import run
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming.job import StreamOptions

from .bench import add_test_support
from .film import film_cues

_RECORDING_S, _SLOW_RECORDING_S = 2.4, 2.8
"""Of the same words: the speaker then speaks 17.5 and 15 characters of the film's text in a second. The median cue of
the film has 15 in its slot, and subtitles stay on the screen a little longer than speech."""
_STEPS = 4
_RATE_HZ = 24_000


def figures(*, cues: int = 300) -> dict[str, float]:
    """Return the figures of F5-TTS; the environment and the small models are made if they aren't there.

    - `f5_batch_error`: the largest difference of a segment in a batch from the same alone, by the peak.
    - `f5_slot_hit_share`: the share of a film's cues, really spoken, that begin on time and end within their slot or
      the silent gap after it, unstretched, at 0.8 to 1.25 of the speaker's speed. `f5_slot_hit_share_slow` is the same,
      as it is planned, for a speaker who speaks slowly for that film.
    - `f5_length_error_s`: the largest difference between the length of a cue and the one that was asked for.
    """
    add_test_support()
    from engine_environments import run_program
    from fixtures_f5 import ENGINE, PROGRAM, checkpoint, open_runtime, voice

    with tempfile.TemporaryDirectory() as home:
        measured = run_program(ENGINE, PROGRAM, checkpoint(0), checkpoint(1), home)
        with closing(open_runtime(checkpoint(), Path(home))) as runtime:

            def planned(seconds: float) -> DubJob:
                spoken_by = voice(runtime, seconds=seconds)
                speaker = Speaker(engine=ENGINE, voice=spoken_by, language="en", params={"nfe_step": _STEPS})
                job = dub(film_cues(cues), speaker, runtime.registry, mode=DubMode.FIT, sample_rate=_RATE_HZ)
                fit(job, runtime)
                return job

            slow, job = planned(_SLOW_RECORDING_S), planned(_RECORDING_S)
            for _ in run(job, runtime, StreamOptions(use_cache=False, look_ahead=32)):
                pass
    found = job.report().cues
    hits = [cue.stretch == 1 and not (cue.overrun_s or cue.late) and 0.8 <= cue.speed <= 1.25 for cue in found]
    assert slow.plan is not None
    slow_hits = [cue.fits in ("slot", "gap") and not cue.late and 0.8 <= cue.speed <= 1.25 for cue in slow.plan.cues]
    return {
        "f5_batch_error": max(one["error"] for one in measured["batch"].values()),
        "f5_slot_hit_share": sum(hits) / len(hits),
        "f5_slot_hit_share_slow": sum(slow_hits) / len(slow_hits),
        "f5_length_error_s": max(abs(cue.spoken_s - (cue.predicted_s or 0.0)) for cue in found),
    }


if __name__ == "__main__":
    print(figures())
