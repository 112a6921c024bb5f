from __future__ import annotations

import pytest
from dub_scripts import Laid, check_rules, lay, scripts
from hypothesis import given, settings

from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot, SlotLayout


def laid(slots: list[Slot], lengths: list[int], *, keeps_lag: bool = False) -> list[Laid]:
    mode = DubMode.PAD if keeps_lag else DubMode.NATURAL
    return lay(SlotLayout(slots, keeps_lag=keeps_lag), lengths, mode, DubRules().of(mode))


def spans(slots: list[Slot], lengths: list[int], *, keeps_lag: bool = False) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in laid(slots, lengths, keeps_lag=keeps_lag)]


def by_one(*times: tuple[int, int]) -> list[Slot]:
    return [Slot(start, end, "") for start, end in times]


@settings(max_examples=100, deadline=None)
@given(scripts())
def test_parts_start_as_early_as_possible(script):
    """Each part starts where the rules require, and no later."""
    placed = laid(script.slots, script.lengths)
    check_rules(script.slots, placed)
    ends = SlotLayout(script.slots).slot_ends
    for index, (slot, one) in enumerate(zip(script.slots, placed, strict=True)):
        length = script.lengths[index]
        assert one.end - one.start == length
        waits = [slot.start, *(earlier.start for earlier in placed[:index])]
        for before, earlier in zip(range(index), placed, strict=False):
            allowed = min(ends[before], ends[index]) - slot.start
            if script.slots[before].speaker == slot.speaker or ends[before] <= slot.start:
                waits.append(earlier.end)
            elif length > allowed:
                waits.append(earlier.end - allowed)
        assert one.start == max(waits)


@settings(max_examples=80, deadline=None)
@given(scripts())
def test_with_kept_lag_pauses_stay(script):
    """Each part is at least as late as the one before, and as the end of every part whose slot was over."""
    placed = laid(script.slots, script.lengths, keeps_lag=True)
    check_rules(script.slots, placed)
    lags = [one.start - slot.start for slot, one in zip(script.slots, placed, strict=True)]
    assert lags == sorted(lags)
    assert all(one.end - one.start == length for one, length in zip(placed, script.lengths, strict=True))
    ends = SlotLayout(script.slots).slot_ends
    for index, (slot, one) in enumerate(zip(script.slots, placed, strict=True)):
        for before in range(index):
            if ends[before] <= slot.start:
                assert one.start - placed[before].end >= slot.start - ends[before], "the pause of the file"


@settings(max_examples=80, deadline=None)
@given(scripts())
def test_a_part_that_ends_within_its_room_delays_no_other(script):
    """Nobody waits if every part ends at its `room_end` at the latest, and no slot is empty."""
    slots = [slot._replace(end=max(slot.end, slot.start + 1)) for slot in script.slots]
    rooms = SlotLayout(slots).room_ends
    ends = [slot.start + length for slot, length in zip(slots, script.lengths, strict=True)]
    fits = [end if room is None else min(end, room) for end, room in zip(ends, rooms, strict=True)]
    within = [max(0, end - slot.start) for end, slot in zip(fits, slots, strict=True)]
    nested = any(
        before.start <= slot.start < before.end and before.speaker != slot.speaker and length > slot.end - slot.start
        for index, (slot, length) in enumerate(zip(slots, within, strict=True))
        for before in slots[:index]
    )
    same_time = [(slot.speaker, slot.start) for slot in slots]
    if not nested and len(set(same_time)) == len(slots):
        assert [one.start for one in laid(slots, within)] == [slot.start for slot in slots]


def test_a_long_part_delays_the_next_and_the_gap_absorbs_the_lag():
    """Slots of 0-2, 2-6, 6-8, 8-10 s with speech of 3, 3, 2, 2 s."""
    slots = by_one((0, 200), (200, 600), (600, 800), (800, 1000))
    assert spans(slots, [300, 300, 200, 200]) == [(0, 300), (300, 600), (600, 800), (800, 1000)]
    assert spans(slots, [300, 300, 200, 200], keeps_lag=True) == [(0, 300), (300, 600), (700, 900), (900, 1100)]


def test_kept_pauses_are_counted_from_ends():
    """Speech of 2.7 s in a slot of 1 s: the pause of 1 s after it stays, and so does the next."""
    slots = by_one((0, 100), (200, 300), (400, 500))
    assert spans(slots, [270, 50, 40], keeps_lag=True) == [(0, 270), (370, 420), (570, 610)]


def test_parts_overlap_as_long_as_their_slots_do():
    slots = [Slot(0, 100, "ann"), Slot(50, 100, "bob"), Slot(100, 200, "ann"), Slot(100, 150, "bob")]
    assert spans(slots, [90, 200, 30, 20]) == [(0, 90), (50, 250), (250, 280), (250, 270)]
    # Slots that overlap by rounding, by half a second, and a short slot within a long one.
    near = [Slot(50, 200, "ann"), Slot(199, 400, "bob")]
    assert spans(near, [360, 203]) == [(50, 410), (409, 612)]
    assert spans([Slot(0, 200, "ann"), Slot(150, 400, "bob")], [260, 300]) == [(0, 260), (210, 510)]
    assert spans([Slot(0, 200, "ann"), Slot(150, 400, "bob")], [260, 40]) == [(0, 260), (150, 190)]
    assert spans([Slot(0, 900, "ann"), Slot(200, 300, "bob")], [1000, 90]) == [(0, 1000), (200, 290)]
    assert spans([Slot(0, 900, "ann"), Slot(200, 300, "bob")], [1000, 150]) == [(0, 1000), (900, 1050)]


def test_parts_keep_their_order():
    """Ann answers Bob, whose own question has to wait."""
    slots = [Slot(0, 10, "bob"), Slot(5, 300, "bob"), Slot(20, 100, "ann")]
    assert spans(slots, [200, 50, 50]) == [(0, 200), (200, 250), (200, 250)]


def test_the_lengths_that_fill_a_slot_and_the_gap_after_it():
    layout = SlotLayout([Slot(100, 300, ""), Slot(400, 400, ""), Slot(400, 600, "")])
    assert [layout.lengths_that_fill(index) for index in range(3)] == [[200, 300], [], [200]]


def test_no_slots():
    assert laid([], []) == []


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        (by_one((0, 1), (50, 60), (49, 70)), "slot 2 starts before slot 1"),
        (by_one((0, 1), (50, 49)), "slot 1 ends before it starts"),
    ],
)
def test_invalid_slots_are_refused(slots, message):
    with pytest.raises(ValueError, match=message):
        SlotLayout(slots)


def test_many_speakers_and_a_long_lag_take_linear_time():
    """Twenty thousand parts at once, each by another speaker or all by one: a scan of all others would take hours."""
    n = 20_000
    for speakers in ([str(index) for index in range(n)], [""] * n):
        layout = SlotLayout([Slot(0, 5, speaker) for speaker in speakers])
        for index in range(n):
            start = layout.start_of(index, 10)
            layout.earliest(index + 1, start + 10)
            layout.ended(index, start, start + 10)
        assert start == (5 if len(set(speakers)) > 1 else 10) * (n - 1)
