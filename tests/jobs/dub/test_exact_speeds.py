from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.dub.exact_speeds import with_exact_speeds
from voxweft.jobs.dub.rules import DubRules

RATE = 24_000
FRAME = 256
SPEEDS = DubRules().speeds(takes_duration=True)


def made(own_s: float, speed: float) -> int:
    """Return the length of a whole number of frames, as a model that takes a duration makes it."""
    return round(own_s / speed * RATE / FRAME) * FRAME


@settings(max_examples=60, deadline=None)
@given(st.floats(0.4, 12), st.floats(0.7, 1.4))
def test_the_slot_is_filled_to_two_frames_and_never_exceeded(own_s, share):
    wanted = round(own_s * share * RATE)
    lengths = [made(own_s, speed) for speed in SPEEDS]
    speeds, found = with_exact_speeds(SPEEDS, lengths, [wanted], RATE)
    assert list(speeds) == sorted(speeds)
    assert list(found) == sorted(found, reverse=True)
    assert set(SPEEDS) <= set(speeds)
    for speed in set(speeds) - set(SPEEDS):
        missing = wanted - made(own_s, speed)
        assert 0 <= missing <= 0.045 * RATE
    reachable = lengths[-1] + 600 <= wanted <= lengths[0]
    assert reachable <= (len(speeds) > len(SPEEDS) or any(abs(wanted - 480 - n) < 2 for n in lengths))


def test_lengths_beyond_the_limits_add_nothing():
    lengths = [round(24_000 / speed) for speed in SPEEDS]
    assert with_exact_speeds(SPEEDS, lengths, [100, 10**9], RATE) == (list(SPEEDS), lengths)
    assert with_exact_speeds([1.0], [24_000], [24_000], RATE) == ([1.0], [24_000])
