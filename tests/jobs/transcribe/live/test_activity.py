"""Starts and stops of speech from probabilities, frame by frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.jobs.transcribe.live.activity import SpeechActivity
from voxweft.jobs.transcribe.live.events import SpeechStarted, SpeechStopped
from voxweft.jobs.transcribe.live.rules import LiveRules

FRAME_S = 0.032
RULES = LiveRules()
Event = SpeechStarted | SpeechStopped


def events_of(probabilities: list[float]) -> list[tuple[int, Event]]:
    """Return each event with the number of frames that were needed for it."""
    activity = SpeechActivity(RULES)
    found = [(n, event) for n, value in enumerate(probabilities, 1) for event in activity.push([value])]
    return found + [(len(probabilities), event) for event in activity.finish()]


def test_a_start_is_known_after_four_frames_and_a_stop_after_half_a_second() -> None:
    found = events_of([0.0] * 10 + [0.9] * 20 + [0.0] * 20)
    assert found == [(14, SpeechStarted(at_s=0.32)), (46, SpeechStopped(at_s=0.96))]


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_a_click_is_no_start(n_frames: int) -> None:
    assert events_of(([0.0] * 20 + [0.99] * n_frames) * 5 + [0.0] * 20) == []


def test_a_short_pause_is_part_of_the_speech_and_the_end_of_the_stream_stops_it() -> None:
    found = [event for _, event in events_of([0.9] * 10 + [0.0] * 12 + [0.9] * 10)]
    assert found == [SpeechStarted(at_s=0.0), SpeechStopped(at_s=round(32 * FRAME_S, 3))]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 30)), max_size=12), st.integers(1, 40))
def test_events_alternate_in_order_however_the_stream_is_cut(runs: list[tuple[float, int]], cut: int) -> None:
    probabilities = [value for value, n in runs for _ in range(n)]
    whole = [event for _, event in events_of(probabilities)]
    activity = SpeechActivity(RULES)
    in_blocks: list[Event] = []
    for start in range(0, len(probabilities), cut):
        in_blocks += activity.push(probabilities[start : start + cut])
    assert in_blocks + activity.finish() == whole
    assert [type(event) for event in whole] == [SpeechStarted, SpeechStopped] * (len(whole) // 2)
    times = [event.at_s for event in whole]
    assert times == sorted(times)
    assert all(0 <= time <= len(probabilities) * FRAME_S + 1e-6 for time in times)
