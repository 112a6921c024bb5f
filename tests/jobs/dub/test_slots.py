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
    for index, (slot, one) in enumerate(zip(script.slots, placed, strict=True)):
        assert one.end - one.start == script.lengths[index]
        waits = [earlier.start for earlier in placed[:index]] + [
            earlier.end
            for before, earlier in zip(script.slots[:index], placed[:index], strict=True)
            if before.speaker == slot.speaker or before.end <= slot.start
        ]
        assert one.start == max([slot.start, *waits])


@settings(max_examples=80, deadline=None)
@given(scripts())
def test_with_kept_lag_pauses_stay(script):
    """Each part is at least as late as the one before."""
    placed = laid(script.slots, script.lengths, keeps_lag=True)
    check_rules(script.slots, placed)
    lags = [one.start - slot.start for slot, one in zip(script.slots, placed, strict=True)]
    assert lags == sorted(lags)
    assert all(one.end - one.start == length for one, length in zip(placed, script.lengths, strict=True))


@settings(max_examples=80, deadline=None)
@given(scripts())
def test_a_window_ends_where_a_later_part_must_wait(script):
    """Until `room_end`, a part delays no other: the next part that must wait for it starts there, in the subtitles."""
    for index, one in enumerate(laid(script.slots, script.lengths)):
        slot, window = script.slots[index], one.window
        waiting = [
            later.start
            for later in script.slots[index + 1 :]
            if later.speaker == slot.speaker or later.start >= slot.end
        ]
        assert window.room_end == (min(waiting) if waiting else None)
        assert window.slot_end == min([slot.end, *waiting])


def test_a_long_part_delays_the_next_and_the_gap_absorbs_the_lag():
    """Slots of 0-2, 2-6, 6-8, 8-10 s with speech of 3, 3, 2, 2 s."""
    slots = by_one((0, 200), (200, 600), (600, 800), (800, 1000))
    assert spans(slots, [300, 300, 200, 200]) == [(0, 300), (300, 600), (600, 800), (800, 1000)]
    assert spans(slots, [300, 300, 200, 200], keeps_lag=True) == [(0, 300), (300, 600), (700, 900), (900, 1100)]


def test_parts_overlap_only_if_their_slots_do():
    slots = [Slot(0, 100, "ann"), Slot(50, 100, "bob"), Slot(100, 200, "ann"), Slot(100, 150, "bob")]
    assert spans(slots, [90, 200, 30, 20]) == [(0, 90), (50, 250), (250, 280), (250, 270)]


def test_parts_keep_their_order():
    """Ann answers Bob, whose own question has to wait."""
    slots = [Slot(0, 10, "bob"), Slot(5, 300, "bob"), Slot(20, 100, "ann")]
    assert spans(slots, [200, 50, 50]) == [(0, 200), (200, 250), (200, 250)]


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
            start = layout.window(index).start
            layout.earliest(index + 1, start + 10)
            layout.ended(index, start, start + 10)
        assert start == (0 if len(set(speakers)) > 1 else 10 * (n - 1))
