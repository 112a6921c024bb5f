"""The clock of a film: its begin, joined recordings, and damaged times."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import av
import pytest
from films import make_film
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.video.length import check_end, film_length
from voxweft.media.video.source_clock import SourceClock, begin_of, length_of

VIDEO, AUDIO, TEXT = range(3)
STEPS_MS = {VIDEO: 40, AUDIO: 24}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("clock") / "a.mkv", subtitles={"deu": "srt"}, seconds=1)


def packet(container, index: int, time_ms: int, length_ms: int) -> av.Packet:
    made = av.Packet(b"x")
    made.stream = container.streams[index]
    made.time_base = made.stream.time_base
    made.pts = made.dts = time_ms
    made.duration = length_ms
    return made


def joined(parts: list[Part], late_ms: int) -> list[tuple[int, int, int]]:
    """Return the packets of joined recordings as (part, stream, time), in the order of the file.

    Audio is `late_ms` after video there: the last audio of a part comes after the first video of the next.
    """
    placed, position = [], 0
    for number, one in enumerate(parts):
        for index, step in STEPS_MS.items():
            begin = position + (late_ms if index == AUDIO else 0)
            placed += [(begin + at, number, index, one.start_ms + at) for at in range(0, one.length_ms, step)]
        placed += [(position + at, number, TEXT, one.start_ms + at) for at in one.text_ms if at < one.length_ms]
        position += one.length_ms
    return [tuple(one[1:]) for one in sorted(placed, key=lambda one: one[0])]


class Part(NamedTuple):
    start_ms: int
    length_ms: int
    text_ms: list[int]


PARTS = st.lists(
    st.builds(Part, st.integers(0, 30_000), st.integers(1_500, 3_000), st.lists(st.integers(500, 2_000), max_size=2)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(parts=PARTS, late_ms=st.integers(0, 500))
def test_joined_parts_follow_one_another_and_stay_in_step(film, parts, late_ms):
    for at in range(1, len(parts)):  # a part that begins later than the one before it ends is a gap
        before = parts[at - 1]
        parts[at] = parts[at]._replace(start_ms=min(parts[at].start_ms, before.start_ms + before.length_ms - 1_200))
    sent: dict[int, list[tuple[int, int]]] = {VIDEO: [], AUDIO: [], TEXT: []}
    found: dict[int, list[int]] = {VIDEO: [], AUDIO: [], TEXT: []}
    with av.open(str(film)) as container:
        clock, ready = SourceClock(container), []
        for number, index, time_ms in joined(parts, late_ms):
            sent[index].append((number, time_ms))
            ready += clock.add(packet(container, index, time_ms, STEPS_MS.get(index, 100)))
        for one in [*ready, *clock.rest()]:
            found[one.stream.index].append(one.dts)
    assert clock.n_jumps == len(parts) - 1
    shifts: dict[int, set[int]] = {}
    for index, times in found.items():
        for (number, time_ms), moved in zip(sent[index], times, strict=True):
            shifts.setdefault(number, set()).add(moved - time_ms)
        if index != TEXT:
            assert times == sorted(times)
    assert all(len(values) == 1 for values in shifts.values())
    end_ms = parts[0].start_ms + sum(one.length_ms for one in parts)
    assert end_ms - 60 <= max(found[VIDEO]) + 40 <= end_ms + 40 * len(parts)


def test_jumps_of_one_stream_and_absurd_times(film):
    with av.open(str(film)) as container:
        clock = SourceClock(container)
        ready = []
        for at in range(500):
            audio_ms = at * 24 if at < 200 else (at - 200) * 24  # the audio starts over, alone
            ready += clock.add(packet(container, AUDIO, audio_ms, 24))
            for video_ms in range(at * 24 // 40 * 40, (at + 1) * 24, 40):
                if video_ms >= at * 24:
                    damaged = 10**10 if video_ms == 4000 else video_ms
                    ready += clock.add(packet(container, VIDEO, damaged, 40))
        ready += clock.rest()
        times = {index: [one.dts for one in ready if one.stream.index == index] for index in (AUDIO, VIDEO)}
    assert times[AUDIO] == [at * 24 for at in range(500)]
    # The damaged picture follows the one before it, as its time is unknown.
    assert times[VIDEO] == [None if at == 100 else at * 40 for at in range(len(times[VIDEO]))]


def test_nonsense_is_dropped_or_left_to_the_other_time(film):
    with av.open(str(film)) as container:
        clock = SourceClock(container)
        assert clock.add(packet(container, AUDIO, 2**62, 24)) == ()
        far = packet(container, VIDEO, 40, 40)
        far.pts = 10**9
        (kept,) = clock.add(far)
        assert (kept.pts, kept.dts) == (None, 40)


@pytest.mark.parametrize(
    ("suffix", "picture", "sound"),
    [("ts", "mpeg2video", "mp2"), ("mkv", "libx264", "aac"), ("vob", "mpeg2video", "ac3")],
)
def test_joined_files(suffix, picture, sound, tmp_path):
    one = make_film(tmp_path / f"one.{suffix}", picture=picture, sound=sound, seconds=2)
    both = tmp_path / f"both.{suffix}"
    both.write_bytes(one.read_bytes() * 2)
    assert film_length(one, is_measured=True) == pytest.approx(2, abs=0.1)
    assert film_length(both, is_measured=True) == pytest.approx(4, abs=0.15)


def test_a_gap_in_all_streams_is_a_jump_in_mpeg_formats(tmp_path):
    pieces = [
        make_film(
            tmp_path / f"{begin_s}.ts", picture="mpeg2video", sound="mp2", seconds=2, begin_s=begin_s
        ).read_bytes()
        for begin_s in (0, 100)
    ]
    gap = tmp_path / "gap.ts"
    gap.write_bytes(b"".join(pieces))
    assert film_length(gap, is_measured=True) == pytest.approx(4, abs=0.15)
    check_end(gap)


def test_the_length_of_a_film_whose_clock_begins_later(tmp_path):
    film = make_film(tmp_path / "late.mkv", seconds=2, begin_s=600)
    with av.open(str(film)) as container:
        assert float(begin_of(container)) == pytest.approx(600, abs=0.05)
        assert length_of(container) == pytest.approx(2, abs=0.1)
    assert film_length(film, is_measured=True) == pytest.approx(2, abs=0.1)


def test_a_short_step_back_beside_a_track_that_has_ended(film):
    """The last part overtakes the one before it while the clock still waits for the ended track."""
    with av.open(str(film)) as container:
        clock, ready = SourceClock(container), []
        for number, (start_ms, length_ms) in enumerate(((0, 4000), (2000, 6000))):
            for at in range(0, length_ms, 40):
                ready += clock.add(packet(container, VIDEO, start_ms + at, 40))
                if number == 0 and at < 3500:
                    ready += clock.add(packet(container, AUDIO, at, 40))
        times = [one.dts for one in [*ready, *clock.rest()] if one.stream.index == VIDEO]
    assert times == [at * 40 for at in range(250)]
