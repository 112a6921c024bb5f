from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.dub.exact_speeds import fills, speeds_to_try, with_exact_speeds
from voxweft.jobs.dub.plan import Durations, plan
from voxweft.jobs.dub.rules import DubMode, DubRules
from voxweft.jobs.dub.slots import Slot

RATE = 24_000
FRAME = 256
SPEEDS = DubRules().speeds(takes_duration=True)
RULES = DubRules().of(DubMode.STRETCH)


def made(own_s: float, speed: float) -> int:
    """Return the length of a whole number of frames, as a model that takes a duration makes it."""
    return round(own_s / speed * RATE / FRAME) * FRAME


def exact(own_s: float, wanted: int) -> tuple[list[float], list[int]]:
    """Return the speeds and lengths from which a dub chooses, with an engine whose estimates are what it makes."""
    known = {speed: made(own_s, speed) for speed in SPEEDS}
    tried = {speed: made(own_s, speed) for speed in speeds_to_try(SPEEDS, list(known.values()), [wanted], RATE)}
    return with_exact_speeds(known, tried, [wanted], RATE)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.4, 12), st.floats(0.7, 1.4))
def test_a_slot_is_filled_to_a_frame_by_speed_alone_and_never_exceeded(own_s, share):
    wanted = round(own_s * share * RATE)
    speeds, lengths = exact(own_s, wanted)
    assert list(speeds) == sorted(speeds)
    assert lengths == sorted(lengths, reverse=True)
    assert set(SPEEDS) <= set(speeds)
    (part,) = plan([Slot(0, wanted, "")], [Durations(speeds, lengths, True)], DubMode.STRETCH, RULES, RATE)
    if made(own_s, SPEEDS[-1]) <= wanted <= made(own_s, SPEEDS[0]):
        assert part.fills
        assert 0 <= wanted - part.n_predicted < FRAME
        assert part.end == part.n_predicted  # not stretched
    elif not fills(lengths[0], wanted, RATE):
        assert not part.fills
        assert part.end == wanted  # as far as speed goes, then stretched


def test_lengths_beyond_the_limits_add_nothing():
    lengths = [round(24_000 / speed) for speed in SPEEDS]
    assert speeds_to_try(SPEEDS, lengths, [100, 10**9], RATE) == []
    assert speeds_to_try([1.0], [24_000], [24_000], RATE) == []
    assert with_exact_speeds({1.0: 24_000}, {}, [100], RATE) == ([1.0], [24_000])
