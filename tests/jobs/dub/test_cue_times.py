"""Cues against the film's end: said, left out, or an error before the work."""

from __future__ import annotations

from pathlib import Path

import pytest
from films import make_film

from voxweft.jobs.dub.cue_times import CueTimes, time_cues
from voxweft.media.subtitles import Cue
from voxweft.media.subtitles.retiming import Retiming

HOURS_10 = 36_000


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "a.ts", picture="mpeg2video", sound="mp2", seconds=2)


def cues(*starts_s: float) -> list[Cue]:
    return [
        Cue(
            index=at,
            start_ms=round(start * 1000),
            end_ms=round(start * 1000) + 500,
            text="Yes.",
            line=1,
            number=str(at + 1),
        )
        for at, start in enumerate(starts_s)
    ]


def test_cues_within_the_film_are_left_alone(film):
    timed = time_cues(cues(0, 1.9), Retiming(), film)
    assert (timed.cues, timed.left_out, timed.notes) == (tuple(cues(0, 1.9)), (), ())


def test_cues_soon_after_the_end_are_spoken_and_said(film):
    timed = time_cues(cues(1, 60), Retiming(), film)
    assert len(timed.cues) == 2
    (note,) = timed.notes
    assert note.startswith("1 of 2 cues start after the film's end (2 s): another cut, or another frame rate?")


def test_cues_far_after_the_end_are_left_out_by_name(film):
    timed = time_cues(cues(1, 30, HOURS_10), Retiming(), film)
    assert [cue.start_s for cue in timed.cues] == [1, 30]
    assert [cue.number for cue in timed.left_out] == ["3"]
    (note,) = timed.notes
    assert "2 of 3 cues start after" in note
    assert note.endswith("1 of them, more than 10 minutes after it, are left out: 3")


def test_a_clock_that_starts_at_ten_hours(film):
    with pytest.raises(ValueError, match=r"all 2 cues start after the film's end \(2 s\).*An offset of -10:00:00"):
        time_cues(cues(HOURS_10 + 0.5, HOURS_10 + 1), Retiming(), film)
    timed = time_cues(cues(HOURS_10 + 0.5, HOURS_10 + 1), Retiming.parse("-10:00:00"), film)
    assert [cue.start_s for cue in timed.cues] == [0.5, 1]
    assert timed.notes == ("the times of the cues are moved by -36000 s",)
    (note,) = time_cues(cues(HOURS_10), Retiming()).notes
    assert note.startswith("the first cue starts at 10:00:00, after as much silence: a clock that starts at 10:00:00?")


def test_the_header_of_joined_recordings_leaves_nothing_out(film, tmp_path):
    """Cues 10 minutes after the end by the header are compared with the film's packets."""
    joined = tmp_path / "b.ts"
    joined.write_bytes(film.read_bytes() * 310)  # 620 s
    timed = time_cues(cues(1, 615), Retiming(), joined)
    assert len(timed.cues) == 2
    assert not timed.left_out


def test_cues_before_zero_are_left_out_by_name():
    timed = time_cues(cues(1, 2, 5), Retiming.parse("-3"))
    assert [cue.start_s for cue in timed.cues] == [2]
    assert timed.notes[1] == "2 of 3 cues would end before 0 and are left out: 1, 2"
    with pytest.raises(ValueError, match="all 3 cues would end before 0; the offset is too large"):
        time_cues(cues(1, 2, 5), Retiming.parse("-100"))


def test_cues_in_any_order(film):
    """As programs may give them: the order stays."""
    assert time_cues(cues(2 * 3600, 1), Retiming()) == CueTimes(cues=tuple(cues(2 * 3600, 1)))
    timed = time_cues(cues(HOURS_10, 1), Retiming(), film)
    assert [cue.start_s for cue in timed.cues] == [1]
    assert [cue.start_s for cue in timed.left_out] == [HOURS_10]


def test_no_cues_are_none_too_early():
    assert time_cues([], Retiming()) == CueTimes(cues=())
