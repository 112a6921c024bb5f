"""What a dub says before anything is spoken."""

from __future__ import annotations

import msgspec
import pytest

from voxweft.jobs.dub import DubJob, DubMode, DubRules, dub
from voxweft.jobs.dub.plan import Durations, plan
from voxweft.jobs.dub.preview import preview
from voxweft.jobs.voices import Speaker
from voxweft.media.subtitles import Cue
from voxweft.utils.streaming.contract.registry import EngineRegistry

RATE = 1000


def planned(*cues: tuple[float, float, str, float | None], mode: DubMode = DubMode.FIT, rules: DubRules | None = None):
    """Return the plan of cues from their starts, ends, texts, and lengths at their own speed in seconds."""
    job: DubJob = dub(
        [
            Cue(index=n, start_ms=round(1000 * start_s), end_ms=round(1000 * end_s), text=text, line=n + 1)
            for n, (start_s, end_s, text, _) in enumerate(cues)
        ],
        Speaker(engine="espeak", speed=1.2),
        EngineRegistry(),
        mode=mode,
        sample_rate=RATE,
        rules=rules,
    )
    speeds = job.rules.speeds() if mode.chooses_speeds else (1.0,)
    durations = [
        Durations(speeds, None if own_s is None else [round(RATE * own_s / speed) for speed in speeds])
        for *_, own_s in cues
    ]
    return preview(job, plan(job.slots, durations, mode, job.rules, RATE, [text.parts for text in job.texts]))


def test_each_cue_says_what_it_asks_for_and_has():
    text = "A line of forty characters, all in all.."
    found = planned(
        (0, 2, text, 1.8),
        (2, 3, text, 3.0),
        (3, 4, text, 1.2),
        (6, 7, text, 2.0),
        (9, 10, text, None),
        (12, 13, text, 9.0),
    )
    assert [cue.fits for cue in found.cues] == ["slot", "too long", "slot", "gap", "unknown", "gap"]
    long = found.cues[1]
    assert (long.asked_s, long.slot_s, long.available_s, long.characters) == (3.0, 1.0, 1.0, 40)
    assert long.shorten_to == int(40 * 1.25 / 3)
    assert [cue.shorten_to is None for cue in found.cues] == [True, False, True, True, True, True]
    assert found.cues[3].available_s == 3.0
    assert (found.cues[4].asked_s, found.cues[4].planned_s) == (None, None)
    assert found.cues[5].available_s is None, "nothing follows"
    assert found.too_long == 1
    assert found.late == 1
    assert found.cues[2].late
    assert found.cues[2].shift_s == pytest.approx(found.cues[1].end_s - 3)
    assert found.cues[4].speed == 1.2, "with the speaker's own speed"
    assert msgspec.json.decode(msgspec.json.encode(found))["cues"][1]["fits"] == "too long"


def test_a_shortened_text_fits():
    """Its length is in proportion to its characters."""
    text = "word " * 12 + "end."
    for room_s in (0.4, 1.0, 1.7):
        (long, _) = planned((0, room_s, text, 4.0), (room_s, 9, "Next.", 0.5)).cues
        assert long.shorten_to is not None
        (fits, _) = planned(
            (0, room_s, text[: long.shorten_to], 4.0 * long.shorten_to / long.characters), (room_s, 9, "Next.", 0.5)
        ).cues
        assert fits.shorten_to is None


def test_without_speeds_only_the_own_speed_counts():
    found = planned((0, 1, "One two three.", 1.1), (1, 2, "Four.", 0.5), mode=DubMode.NATURAL)
    assert found.cues[0].fits == "too long"
    assert found.cues[0].shorten_to == int(14 / 1.1)
    fits = planned((0, 1, "One two three.", 1.1), (1, 2, "Four.", 0.5))
    assert fits.cues[0].fits == "slot"
