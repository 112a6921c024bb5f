"""New times for cues: offsets and frame rates."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import Cue
from voxweft.media.subtitles.retiming import Retiming


def cue(start_ms: int, end_ms: int) -> Cue:
    return Cue(index=0, start_ms=start_ms, end_ms=end_ms, text="Hello.", line=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1.5", Fraction(3, 2)),
        ("-0,25", Fraction(-1, 4)),
        ("-10:00:00", -36_000),
        ("+1:02:03.5", Fraction(7447, 2)),
        ("02:30", 150),
        ("-3600", -3600),
    ],
)
def test_offsets(text, seconds):
    assert Retiming.parse(text).offset_s == seconds


@pytest.mark.parametrize("text", ["abc", "", "1:2:3:4", "10h", "--5", "nan", "1e3"])
def test_offsets_that_cannot_be_read(text):
    with pytest.raises(ValueError, match=r"give seconds such as -1\.5, or a time such as -10:00:00"):
        Retiming.parse(text)


def test_rates():
    """Cues for 25 frames per second are too early in a film of 23.976, which is 24000/1001."""
    assert Retiming.parse(rate="25:23.976").factor == Fraction(25 * 1001, 24_000)
    assert Retiming.parse(rate="29.97:25").factor == Fraction(30_000, 1001 * 25)
    assert Retiming.parse(rate="24:25").factor == Fraction(24, 25)
    for text in ("25", "25:", ":25", "0:25", "25:0", "25:23.976:24", "1:100", "x:25", "-25:25"):
        with pytest.raises(ValueError, match="rate "):
            Retiming.parse(rate=text)


def test_cues_move_by_the_offset_and_then_by_the_factor():
    retiming = Retiming.parse("-60", "25:23.976")
    kept, before = retiming.apply([cue(0, 1000), cue(59_000, 61_000), cue(96_000, 98_000)])
    assert [(one.start_ms, one.end_ms) for one in kept] == [(0, 1043), (37_538, 39_623)]
    assert [one.index for one in kept] == [0, 1]
    assert [one.start_ms for one in before] == [0]
    assert str(retiming) == "the times of the cues are moved by -60 s, then multiplied by 1.04271"
    assert not Retiming.parse("0")
    assert Retiming().apply([cue(5, 6)]) == ([cue(5, 6)], [])


@given(
    times=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**5)), max_size=30),
    offset=st.integers(-(10**8), 10**8),
    rate=st.sampled_from(["", "25:23.976", "23.976:25", "24:23.976", "29.97:25"]),
)
def test_order_and_lengths_are_kept(times, offset, rate):
    retiming = Retiming.parse(offset / 1000, rate)
    cues = [cue(start_ms, start_ms + length_ms) for start_ms, length_ms in sorted(times)]
    kept, before = retiming.apply(cues)
    assert len(kept) + len(before) == len(cues)
    starts = [one.start_ms for one in kept]
    assert starts == sorted(starts)
    for one, own in zip(kept, cues[len(cues) - len(kept) :] if not rate else kept, strict=True):
        assert 0 <= one.start_ms <= one.end_ms
        if not rate and one.start_ms:
            assert one.end_ms - one.start_ms == own.end_ms - own.start_ms
