"""The times of copied packets: kept where a muxer allows it, and always in its order."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.video.packet_times import SoundTimes, VideoTimes

MS = Fraction(1, 1000)
UNITS = st.sampled_from([MS, Fraction(1, 90_000), Fraction(1, 48_000), Fraction(1, 12_800), Fraction(1, 1_000_000)])


def packet(pts: int | None, dts: int | None = None, duration: int = 0) -> av.Packet:
    made = av.Packet(b"x")
    made.pts, made.dts, made.duration = pts, dts, duration
    return made


def through(times: SoundTimes | VideoTimes, packets: list[av.Packet]) -> list[av.Packet]:
    return [ready for one in packets for ready in times.add(one)] + list(times.rest())


@settings(max_examples=60, deadline=None)
@given(source=UNITS, target=UNITS, at=st.lists(st.integers(-5_000, 10**9), max_size=40), is_strict=st.booleans())
def test_sound_and_text_keep_their_times(source, target, at, is_strict):
    at.sort()
    found = through(SoundTimes(source, target, is_strict=is_strict), [packet(one, one) for one in at])
    kept = [round(Fraction(one) * source / target) for one in at]
    assert [one.pts for one in found] == [one.dts for one in found]
    last = None
    for one, own in zip(found, kept, strict=True):
        lowest = own if last is None or not is_strict else max(own, last + 1)
        assert abs(one.pts - lowest) <= 1  # halves are rounded away from zero
        assert last is None or one.dts >= last + is_strict
        last = one.dts


def test_true_hd_in_milliseconds():
    """Several packets share a millisecond. Matroska keeps that; MP4 gets the exact length of each frame."""
    own = [round(at * 40 / 48) for at in range(4800)]
    kept = through(SoundTimes(MS, MS, is_strict=False), [packet(one, one, 1) for one in own])
    assert [one.pts for one in kept] == own
    exact = SoundTimes(MS, Fraction(1, 48_000), is_strict=True, frame_length=40, rounding=48)
    assert [one.pts for one in through(exact, [packet(one, one, 1) for one in own])] == [at * 40 for at in range(4800)]


def test_sound_that_falls_behind_waits_for_the_packet_before_it():
    found = through(SoundTimes(MS, MS, is_strict=False), [packet(at, at, 10) for at in (0, 10, 5, 20)])
    assert [one.pts for one in found] == [0, 10, 10, 20]
    gap = SoundTimes(MS, Fraction(1, 48_000), is_strict=True, frame_length=1024, rounding=48)
    assert [one.pts for one in through(gap, [packet(at, at, 21) for at in (0, 21, 500, 521)])] == [
        0,
        1024,
        24000,
        25024,
    ]


def test_packets_without_times_follow_one_another():
    assert [one.pts for one in through(SoundTimes(MS, MS, is_strict=True), [packet(None, None, 20)] * 1)] == [0]
    found = through(VideoTimes(MS, MS, is_strict=True, reorders=False), [packet(None, None, 40) for _ in range(4)])
    assert [(one.pts, one.dts) for one in found] == [(0, 0), (40, 40), (80, 80), (120, 120)]


def test_unknown_durations_are_zero():
    times = SoundTimes(MS, MS, is_strict=False)
    assert [one.duration for one in through(times, [packet(0, 0, 2**32), packet(5, 5, 3000)])] == [0, 3000]


def shown_order(n_frames: int, n_between: int) -> list[int]:
    """Return the numbers of frames in decoding order: each P frame before the B frames that it follows."""
    order = [0]
    for at in range(1, n_frames, n_between + 1):
        last = min(at + n_between, n_frames - 1)
        order += [last, *range(at, last)]
    return order


@settings(max_examples=60, deadline=None)
@given(
    n_frames=st.integers(1, 60),
    n_between=st.integers(0, 7),
    n_unknown=st.integers(0, 4),
    wrong=st.sets(st.integers(0, 59), max_size=6),
    target=UNITS,
    is_strict=st.booleans(),
)
def test_pictures_keep_their_times(n_frames, n_between, n_unknown, wrong, target, is_strict):
    """Decoding times that are missing at the start or wrong on the way are repaired."""
    order = shown_order(n_frames, n_between)
    delay = 1 if n_between else 0
    packets = [
        packet(shown * 40, None if at < n_unknown else shown * 40 if at in wrong else (at - delay) * 40, 40)
        for at, shown in enumerate(order)
    ]
    own = [one.pts for one in packets]
    found = through(VideoTimes(MS, target, is_strict=is_strict, reorders=n_between > 0), packets)
    assert len(found) == len(own)
    tick = 1 if is_strict else 0
    for at, (one, pts) in enumerate(zip(found, own, strict=True)):
        assert one.dts <= one.pts
        assert at == 0 or one.dts >= found[at - 1].dts + tick
        # A coarse unit, and many wrong times in a row, move a picture by as many units.
        assert abs(one.pts - Fraction(pts) * MS / target) <= Fraction(1, 2) + tick * 16


@pytest.mark.parametrize("is_strict", [False, True])
def test_the_first_times_are_counted_back(is_strict):
    """As Matroska's demuxer leaves H.264: the first two decoding times are unknown."""
    packets = [packet(pts, dts, 40) for pts, dts in [(80, None), (240, None), (160, 80), (120, 120), (200, 160)]]
    found = through(VideoTimes(MS, MS, is_strict=is_strict, reorders=True), packets)
    assert [(one.pts, one.dts) for one in found] == [(80, 0), (240, 40), (160, 80), (120, 120), (200, 160)]
