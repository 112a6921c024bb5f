from __future__ import annotations

import pytest
from dub_scripts import check_rules, lay, scripts
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.dub.plan import FILLED, choose, fitted_length, plan
from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot, SlotLayout, Window

RATE = 100
TIMED = [DubMode.FIT, DubMode.STRETCH, DubMode.NATURAL, DubMode.PAD]
RULES = st.builds(
    DubRules,
    min_speed=st.floats(0.5, 1),
    max_speed=st.floats(1, 2),
    max_stretch=st.none() | st.floats(0, 0.5),
    tolerance_s=st.floats(0, 5),
)


def planned(slots, lengths, mode=DubMode.FIT, rules=None):
    rules = (rules or DubRules()).of(mode)
    layout = SlotLayout(slots, keeps_lag=mode is DubMode.PAD)
    speeds = rules.speeds() if mode.chooses_speeds else (1.0,)
    durations = [None if n is None else [round(n / speed) for speed in speeds] for n in lengths]
    return plan(layout, durations, [speeds] * len(slots), mode, rules, RATE)


def by_one(*times):
    return [Slot(start, end, "") for start, end in times]


@settings(max_examples=150, deadline=None)
@given(scripts(), st.sampled_from(TIMED), RULES, st.randoms(use_true_random=False))
def test_any_parts_and_any_durations(script, mode, rules, random):
    """Even if predictions are wrong: no sample is lost, a speaker's parts never overlap, and the limits hold."""
    slots, lengths = script
    known = [length if random.random() < 0.7 else None for length in lengths]
    lines = planned(slots, known, mode, rules)
    of_mode = rules.of(mode)
    allowed = of_mode.speeds() if mode.chooses_speeds else (1.0,)
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
    ("length", "slot", "following", "speed", "end"),
    [
        pytest.param(180, 200, 200, 1.0, 180, id="fits"),
        pytest.param(200, 200, 200, 1.0, 200, id="just fits"),
        pytest.param(219, 200, 900, 1.1, 199, id="hurries into its slot although there is a gap"),
        pytest.param(300, 200, 900, 1.25, 240, id="borrows what haste doesn't give"),
        pytest.param(300, 200, 230, 1.25, 230, id="is stretched by what is left"),
        pytest.param(300, 200, 200, 1.25, 221, id="pushes the next by what a stretch doesn't give"),
        pytest.param(120, 200, 200, 0.9, 133, id="is slowed where it would leave much of its slot silent"),
        pytest.param(155, 200, 200, 0.95, 163, id="and no further than that"),
        pytest.param(90, 400, 400, 1.0, 90, id="but a word isn't drawn out"),
        pytest.param(300, 0, 900, 1.0, 300, id="no slot: the gap is its slot"),
        pytest.param(300, 0, 250, 1.2, 250, id="no slot and a short gap"),
        pytest.param(300, 0, 0, 1.25, 221, id="neither"),
    ],
)
def test_the_order_of_measures(length, slot, following, speed, end):
    first, _ = planned(by_one((0, slot), (following, following + 100)), [length, 50])
    assert (first.speed, first.end) == (speed, end)


def test_the_last_part_has_unlimited_time():
    (line,) = planned(by_one((0, 100)), [1000])
    assert (line.speed, line.end) == (1.25, 800)


def test_known_cases():
    """Slots of 0-2, 2-6, 6-8, 8-10 s with 3, 3, 2, 2 s of speech; and 4 s of speech in a slot of 1 s."""
    slots = by_one((0, 200), (200, 600), (600, 800), (800, 1000))
    lines = planned(slots, [300, 300, 200, 200])
    assert [(line.start, line.end) for line in lines] == [(0, 221), (221, 537), (600, 800), (800, 1000)]
    assert [line.speed for line in lines] == [1.25, 0.95, 1.0, 1.0]
    lines = planned(by_one((0, 100), (100, 400)), [400, 200])
    assert [(line.start, line.end, line.speed) for line in lines] == [(0, 295, 1.25), (295, 455, 1.25)]


def test_lag_is_reduced_as_soon_as_possible():
    slots = by_one(*((100 * n, 100 * n + 100) for n in range(6)))
    lines = planned(slots, [200, 90, 90, 90, 90, 90])
    assert [line.start - slot.start for line, slot in zip(lines, slots, strict=True)] == [0, 48, 15, 0, 0, 0]


def test_stretch_fills_the_slot():
    lines = planned(by_one((0, 100), (200, 300), (400, 500), (600, 700)), [100, 125, 90, 30], DubMode.STRETCH)
    assert [(line.end - line.start, line.speed) for line in lines] == [(100, 1.0), (100, 1.25), (100, 0.9), (49, 0.9)]
    lines = planned(by_one((0, 100), (100, 200)), [600, 100], DubMode.STRETCH)
    assert [(line.start, line.end) for line in lines] == [(0, 240), (240, 340)], "half its length is the least"


def test_only_available_speeds_are_chosen():
    rules = DubRules()
    window = Window(0, 100, 100)
    assert choose(window, [200], [1.0], DubMode.FIT, RATE) == 0
    assert choose(window, [100], [0.97], DubMode.STRETCH, RATE) == 0
    lengths = [250, 200, 170]
    assert choose(window, lengths, [0.8, 1.0, 1.2], DubMode.FIT, RATE) == 2
    assert choose(Window(0, 300, 300), lengths, [0.8, 1.0, 1.2], DubMode.FIT, RATE) == 0
    assert lengths[0] >= FILLED * 300
    assert fitted_length(170, window, DubMode.FIT, rules.of(DubMode.FIT)) == 157


def test_speeds_are_steps_within_the_limits():
    assert DubRules().speeds() == (0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25)
    assert DubRules(min_speed=0.97, max_speed=1.07).speeds() == (0.97, 1.0, 1.05, 1.07)
    assert DubRules(min_speed=1, max_speed=1).speeds() == (1.0,)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"min_speed": 1.1}, "speeds from 1.1 to 1.25"),
        ({"max_speed": 0.9}, "speeds from 0.9 to 0.9"),
        ({"min_speed": float("nan")}, "speeds from nan"),
        ({"max_stretch": 0.6}, "max_stretch must be between 0 and 0.5, not 0.6"),
        ({"max_stretch": -0.1}, "max_stretch must be between 0 and 0.5, not -0.1"),
        ({"tolerance_s": -1}, "tolerance_s must be a finite number, 0 or more, not -1"),
        ({"tolerance_s": float("inf")}, "tolerance_s must be a finite number, 0 or more, not inf"),
    ],
)
def test_invalid_rules_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        DubRules(**fields)
