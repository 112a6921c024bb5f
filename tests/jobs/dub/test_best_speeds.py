"""The plan with the least cost, against all plans."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.dub.best_speeds import Choice, best_speeds
from voxweft.jobs.dub.cost import Costs
from voxweft.jobs.dub.plan import lay
from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot, SlotLayout

RATE = 100
RULES = DubRules().of(DubMode.FIT)
SPEEDS = (1.0, 1.2, 1.4)
PREFER = st.sampled_from(["gap", "slot"])


def costs_of(prefer="gap"):
    return Costs(0.9, 1.25, RULES.max_stretch, prefer)


def total_cost(choices, slots, chosen, costs) -> float:
    """Return the cost of a plan, by placing its parts like a job."""
    layout = SlotLayout(slots)
    last: list[tuple[str, float]] = []
    ended: dict[str, int] = {}
    cost = 0.0
    for choice, at in zip(choices, chosen, strict=True):
        speed, speaker = choice.speeds[at], slots[choice.first].speaker
        parts = range(choice.first, choice.first + len(choice.lengths))
        for name, before in last:
            if name == speaker:
                pause_s = max(0, slots[choice.first].start - ended[speaker]) / RATE
                cost += float(costs.change(np.array(before), np.array(speed), pause_s))
        last = [(speaker, speed), *(one for one in last if one[0] != speaker)][:2]
        ended[speaker] = layout.slot_ends[parts[-1]]
        lengths = [row[at] for row in choice.lengths]
        for part, length, (start, end, window) in zip(
            parts, lengths, lay(layout, parts, lengths, DubMode.FIT, RULES), strict=True
        ):
            slot = slots[part]
            cost += float(costs.speed(np.array(speed)))
            cost += float(costs.delay(np.array((start - slot.start) / RATE)))
            cost += float(costs.stretch(np.array((end - start) / max(length, 1))))
            if slot.end > slot.start:
                used = max(0, end - max(window.slot_end, start)) / RATE
                cost += float(costs.gap(np.array(used)))
                room = window.slot_end - slot.start
                filled = length / room if room > 0 else 1.0
                silence = costs.silence(
                    np.array(filled),
                    np.array(length / RATE),
                    goes_on=part != parts[-1],
                    takes_duration=choice.takes_duration,
                )
                cost += float(silence)
    return cost


@st.composite
def films(draw, speakers=("", "ann", "bob"), overlap=0):
    """Return up to four segments and their slots; some speak two parts."""
    slots, choices = [], []
    start = 0
    n_segments = draw(st.integers(1, 4))
    for _ in range(n_segments):
        speaker = draw(st.sampled_from(speakers))
        rows = []
        first = len(slots)
        for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
            start += draw(st.sampled_from([0, 0, 5, 40, 300]))
            length = draw(st.integers(30, 300))
            slots.append(Slot(start, start + length, speaker))
            own = draw(st.integers(20, 400))
            rows.append([round(own / speed) for speed in SPEEDS])
            start += length - draw(st.integers(0, overlap))
        choices.append(Choice(first, SPEEDS, rows, draw(st.booleans())))
    slots = [
        slot._replace(start=min(slot.start, *(later.start for later in slots[i:]))) for i, slot in enumerate(slots)
    ]
    return choices, slots


@settings(max_examples=40, deadline=None)
@given(films(), PREFER)
def test_no_other_plan_costs_less(film, prefer):
    """All plans of up to four segments with three speeds each."""
    choices, slots = film
    costs = costs_of(prefer)
    found = best_speeds(choices, slots, SlotLayout(slots), costs, RATE)
    least = min(total_cost(choices, slots, plan, costs) for plan in product(range(len(SPEEDS)), repeat=len(choices)))
    assert total_cost(choices, slots, found, costs) == pytest.approx(least, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(films(overlap=60), PREFER)
def test_no_plan_costs_less_where_slots_overlap(film, prefer):
    choices, slots = film
    costs = costs_of(prefer)
    found = best_speeds(choices, slots, SlotLayout(slots), costs, RATE)
    least = min(total_cost(choices, slots, plan, costs) for plan in product(range(len(SPEEDS)), repeat=len(choices)))
    assert total_cost(choices, slots, found, costs) == pytest.approx(least, abs=1e-6)


def test_costs_grow_with_what_a_listener_objects_to():
    costs = costs_of()
    for cost in (
        costs.speed(np.array([1.0, 1.05, 1.15, 1.25, 1.3, 1.4])),
        costs.speed(np.array([1.0, 0.95, 0.9])),
        costs.change(np.array(1.0), np.array([1.0, 1.1, 1.2, 1.3]), 0.5),
        costs.gap(np.array([0.0, 0.1, 1.0])),
        costs.stretch(np.array([1.0, 0.97, 0.92])),
        costs.delay(np.array([0.0, 0.05, 0.2, 0.6, 1.5])),
        costs.silence(np.array([1.0, 0.75, 0.5]), np.array(2.0), goes_on=True, takes_duration=False),
    ):
        assert cost[0] == 0
        assert all(after > before for before, after in pairwise(cost))
    long_pause = costs.change(np.array(1.0), np.array(1.25), 6.0)
    assert long_pause == 0
    assert costs.gap(np.array(0.5)) < costs_of("slot").gap(np.array(0.5))


def test_ten_thousand_cues_of_many_speakers_have_a_bounded_number_of_states():
    """The time grows in proportion to the cues: each has at most as many states as the one before it may keep."""
    slots, choices = [], []
    for index in range(300):
        slots.append(Slot(100 * index, 100 * index + 100, "abcdefgh"[index * 5 % 8]))
        own = 60 + index * 37 % 90
        choices.append(Choice(index, SPEEDS, [[round(own / speed) for speed in SPEEDS]]))
    chosen = best_speeds(choices, slots, SlotLayout(slots), costs_of(), RATE)
    assert len(chosen) == 300
    assert len({SPEEDS[at] for at in chosen}) > 1
