from __future__ import annotations

from itertools import pairwise

import pytest
from dub_scripts import check_rules, lay, scripts
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.dub.plan import Durations, closest, plan
from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot, SlotLayout, Window

RATE = 100
TIMED = [DubMode.FIT, DubMode.STRETCH, DubMode.NATURAL, DubMode.PAD]
RULES = st.builds(
    DubRules,
    min_speed=st.none() | st.floats(0.5, 1),
    max_speed=st.floats(1, 2),
    catch_up_speed=st.floats(0.5, 2),
    prefer=st.sampled_from(["gap", "slot"]),
    max_stretch=st.none() | st.floats(0, 0.5),
    tolerance_s=st.floats(0, 5),
)


def planned(slots, lengths, mode=DubMode.FIT, rules=None, sentences=None):
    rules = (rules or DubRules()).of(mode)
    speeds = rules.speeds_in(mode)
    durations = [Durations(speeds, None if n is None else [round(n / speed) for speed in speeds]) for n in lengths]
    return plan(slots, durations, mode, rules, RATE, sentences)


def by_one(*times):
    return [Slot(start, end, "") for start, end in times]


@settings(max_examples=100, deadline=None)
@given(scripts(), st.sampled_from(TIMED), RULES, st.randoms(use_true_random=False))
def test_any_parts_and_any_durations(script, mode, rules, random):
    """Even if predictions are wrong: no sample is lost, a speaker's parts never overlap, and the limits hold."""
    slots, lengths = script
    known = [length if random.random() < 0.7 else None for length in lengths]
    lines = planned(slots, known, mode, rules)
    of_mode = rules.of(mode)
    allowed = of_mode.speeds() if mode.chooses_speeds else (1.0,)
    if mode is DubMode.FIT:
        allowed += of_mode.catch_up_speeds()
    assert {line.speed for line in lines} <= set(allowed)
    natural = DubRules().of(DubMode.NATURAL)
    layout = SlotLayout(slots, keeps_lag=mode is DubMode.PAD)
    check_rules(slots, lay(layout, [line.end - line.start for line in lines], DubMode.NATURAL, natural))
    # The engine's actual output may have any length.
    real = [random.randint(0, 2 * length) for length in lengths]
    placed = lay(SlotLayout(slots, keeps_lag=mode is DubMode.PAD), real, mode, of_mode)
    check_rules(slots, placed)
    for n_samples, laid in zip(real, placed, strict=True):
        n_laid = laid.end - laid.start
        assert of_mode.shortest(n_samples) <= n_laid <= of_mode.longest(n_samples)
        if mode in (DubMode.NATURAL, DubMode.PAD):
            assert n_laid == n_samples
        if mode is DubMode.FIT and n_laid < n_samples:
            assert laid.end >= laid.window.room_end, "no more than it takes"


@settings(max_examples=60, deadline=None)
@given(scripts(), st.sampled_from(TIMED))
def test_correct_predictions_give_the_planned_audio(script, mode):
    """If durations are as predicted, the audio is where the plan says."""
    lines = planned(script.slots, script.lengths, mode)
    layout = SlotLayout(script.slots, keeps_lag=mode is DubMode.PAD)
    placed = lay(layout, [line.n_predicted for line in lines], mode, DubRules().of(mode))
    assert [(one.start, one.end) for one in placed] == [(line.start, line.end) for line in lines]


@pytest.mark.parametrize(
    ("length", "slot", "following", "prefer", "speed", "end"),
    [
        pytest.param(180, 200, 200, "gap", 1.0, 180, id="fits"),
        pytest.param(200, 200, 200, "gap", 1.0, 200, id="just fits"),
        pytest.param(219, 200, 900, "gap", 1.0, 219, id="uses the gap"),
        pytest.param(219, 200, 900, "slot", 1.1, 199, id="or is hurried into its slot"),
        pytest.param(300, 200, 900, "slot", 1.25, 240, id="borrows what speed doesn't give"),
        pytest.param(300, 200, 250, "gap", 1.2, 250, id="is hurried to end in the gap"),
        pytest.param(155, 200, 200, "gap", 1.0, 155, id="isn't slowed for some silence"),
        pytest.param(90, 400, 400, "gap", 1.0, 90, id="nor a word for much of it"),
        pytest.param(300, 0, 900, "gap", 1.0, 300, id="no slot: the gap is its slot"),
        pytest.param(300, 0, 250, "gap", 1.2, 250, id="no slot and a short gap"),
    ],
)
def test_the_measures(length, slot, following, prefer, speed, end):
    first, _ = planned(by_one((0, slot), (following, following + 100)), [length, 50], rules=DubRules(prefer=prefer))
    assert (first.speed, first.end) == (speed, end)


def test_what_speed_does_not_give_is_stretched_and_delays_the_next():
    first, second = planned(by_one((0, 200), (200, 500)), [400, 200])
    assert (first.speed, first.n_predicted, first.end) == (1.4, 286, 264)
    assert (second.start, second.end) == (264, 264 + second.n_predicted)


def test_the_last_part_has_unlimited_time():
    (line,) = planned(by_one((0, 100)), [1000])
    assert line.end == line.n_predicted


def test_speeds_of_neighbors_are_alike():
    """Two cues that need more speed between two that don't: nothing jumps."""
    slots = by_one(*((250 * n, 250 * n + 250) for n in range(6)))
    speeds = [line.speed for line in planned(slots, [240, 240, 305, 305, 240, 240])]
    assert max(abs(after - before) for before, after in pairwise(speeds)) <= 0.15
    assert speeds[2] == speeds[3] == 1.25


def test_lag_is_caught_up_over_several_cues():
    slots = by_one(*((100 * n, 100 * n + 100) for n in range(6)))
    lines = planned(slots, [250, 100, 100, 100, 100, 100])
    lags = [line.start - slot.start for line, slot in zip(lines, slots, strict=True)]
    assert lags[1] > 0
    assert lags == [0, *sorted(lags[1:], reverse=True)]
    assert lags[-1] == 0
    slower = planned(slots, [250, 100, 100, 100, 100, 100], rules=DubRules(catch_up_speed=1.25))
    assert max(line.speed for line in slower) == 1.25 < max(line.speed for line in lines)


def test_a_sentence_has_one_speed_and_its_parts_their_times():
    slots = by_one((0, 200), (200, 400), (450, 500))
    lines = planned(slots, [230, 150, 40], sentences=[range(2), range(2, 3)])
    assert lines[0].speed == lines[1].speed
    assert lines[1].start == max(200, lines[0].end)
    slots[2] = Slot(400, 500, "")
    late = planned(slots, [400, 200, 40], sentences=[range(2), range(2, 3)])
    assert late[0].end == late[1].start
    assert late[0].end - late[0].start < late[0].n_predicted
    assert late[1].end - late[1].start < late[1].n_predicted, "both are stretched by the same factor"


def test_stretch_fills_the_slot():
    lines = planned(by_one((0, 100), (200, 300), (400, 500), (600, 700)), [100, 125, 90, 30], DubMode.STRETCH)
    assert [(line.end - line.start, line.speed) for line in lines] == [(100, 1.0), (100, 1.25), (100, 0.9), (49, 0.9)]
    lines = planned(by_one((0, 100), (100, 200)), [600, 100], DubMode.STRETCH)
    assert [(line.start, line.end) for line in lines] == [(0, 240), (240, 340)], "half its length is the least"


def test_only_available_speeds_are_chosen():
    window = Window(0, 100, 100)
    assert closest([100], [0.97], window) == 0
    assert closest([125, 100, 80], [0.8, 1.0, 1.25], Window(0, 82, 82)) == 2
    assert closest([125, 100, 80], [0.8, 1.0, 1.25], Window(100, 100, 100)) == 2


def test_speeds_are_steps_within_the_limits():
    assert DubRules().speeds() == (0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25)
    assert DubRules().speeds(takes_duration=True) == (0.8, 0.85, *DubRules().speeds())
    assert DubRules(min_speed=0.97, max_speed=1.07).speeds() == (0.97, 1.0, 1.05, 1.07)
    assert DubRules(min_speed=1, max_speed=1).speeds() == (1.0,)
    assert DubRules().catch_up_speeds() == (1.3, 1.35, 1.4)
    assert DubRules(catch_up_speed=1.0).catch_up_speeds() == ()
    assert DubRules().speeds_in(DubMode.FIT) == (*DubRules().speeds(), 1.3, 1.35, 1.4)
    assert DubRules().speeds_in(DubMode.STRETCH, takes_duration=True) == DubRules().speeds(takes_duration=True)
    assert DubRules().speeds_in(DubMode.PAD) == (1.0,)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"min_speed": 1.1}, "speeds from 1.1 to 1.25"),
        ({"max_speed": 0.9}, "speeds from 0.9 to 0.9"),
        ({"min_speed": float("nan")}, "speeds from nan"),
        ({"catch_up_speed": float("nan")}, "catch_up_speed must be between 0.1 and 10, not nan"),
        ({"prefer": "speed"}, "prefer must be 'gap' or 'slot', not 'speed'"),
        ({"max_stretch": 0.6}, "max_stretch must be between 0 and 0.5, not 0.6"),
        ({"max_stretch": -0.1}, "max_stretch must be between 0 and 0.5, not -0.1"),
        ({"tolerance_s": -1}, "tolerance_s must be a finite number, 0 or more, not -1"),
        ({"tolerance_s": float("inf")}, "tolerance_s must be a finite number, 0 or more, not inf"),
    ],
)
def test_invalid_rules_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        DubRules(**fields)
