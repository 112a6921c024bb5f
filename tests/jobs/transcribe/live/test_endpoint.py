"""Endpointing from probabilities, and Silero VAD on blocks of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.helpers.silero_vad.state import VadState
from voxweft.jobs.transcribe.live.endpoint import Endpointer
from voxweft.jobs.transcribe.live.rules import LiveRules
from voxweft.media.audio.speech_frames import FRAME_S, FRAME_SAMPLES

RULES = LiveRules()
PROBABILITIES = st.lists(st.floats(0.0, 1.0), max_size=120)


def spans(probabilities: list[float]) -> list[tuple[int, int]]:
    """The spans of speech, in frames."""
    speech = Endpointer(RULES)
    speech.push(probabilities)
    return [(round(span.start_s / FRAME_S), round(span.end_s / FRAME_S)) for span in speech.spans]


def test_silence_has_no_speech() -> None:
    assert spans([0.1] * 100) == []


def test_speech_begins_above_one_threshold_and_ends_below_another() -> None:
    assert spans([0.4] * 5 + [0.5] * 2 + [0.36] * 5 + [0.34] * 20) == [(5, 12)]


def test_a_click_is_not_speech() -> None:
    assert spans([0.0] * 5 + [1.0] + [0.0] * 20) == []
    assert spans([0.0] * 5 + [1.0, 1.0] + [0.0] * 20) == [(5, 7)]


def test_a_pause_separates_spans_and_a_short_break_does_not() -> None:
    assert spans([0.9] * 10 + [0.0] * 9 + [0.9] * 10) == [(0, 29)]
    assert spans([0.9] * 10 + [0.0] * 10 + [0.9] * 10) == [(0, 10), (20, 30)]


@given(PROBABILITIES, st.data())
def test_block_size_does_not_matter(probabilities: list[float], data: st.DataObject) -> None:
    speech, place = Endpointer(RULES), 0
    while place < len(probabilities):
        size = data.draw(st.integers(1, 20))
        speech.push(probabilities[place : place + size])
        place += size
    assert [(round(span.start_s / FRAME_S), round(span.end_s / FRAME_S)) for span in speech.spans] == spans(
        probabilities
    )


@given(PROBABILITIES)
def test_spans_are_ordered_and_disjoint(probabilities: list[float]) -> None:
    last = -100
    for start, end in spans(probabilities):
        assert last <= start < end <= len(probabilities)
        assert (start - last) * FRAME_S >= RULES.pause_s - 1e-9
        last = end


def test_silence_is_counted_from_the_last_speech() -> None:
    speech = Endpointer(RULES)
    speech.push([0.9] * 10 + [0.0] * 15)
    assert speech.silent_s == pytest.approx(15 * FRAME_S)
    assert speech.speech_s(0.1, 5.0) == pytest.approx(10 * FRAME_S - 0.1)
    speech.trim(10 * FRAME_S)
    assert speech.spans == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_an_invalid_probability_raises(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Endpointer(RULES).push([wrong])


def test_the_vad_state_round_trips_and_damage_raises() -> None:
    data = VadState.of_bytes(b"").to_bytes()
    assert VadState.of_bytes(data).to_bytes() == data
    for damaged in (b"\0" * 8, data[1:], b"\0\0\0"):
        with pytest.raises(ValueError, match="a state of the VAD has"):
            VadState.of_bytes(damaged)


def test_the_vad_gives_the_same_result_in_blocks() -> None:
    pytest.importorskip("faster_whisper")
    import numpy as np
    from faster_whisper.vad import get_vad_model
    from fixtures_whisper import SHOW, never, resampled, speech

    from voxweft.helpers.silero_vad.program import SileroVad
    from voxweft.utils.streaming.contract.voice_activity import VadRequest

    uttered = resampled(speech(SHOW))
    samples = np.concatenate(
        [np.zeros(FRAME_SAMPLES * 10, np.float32), uttered[: len(uttered) // FRAME_SAMPLES * FRAME_SAMPLES]]
    )

    def progress(message: str, fraction: float | None) -> None:
        raise AssertionError(message)

    vad = SileroVad()
    vad.load()
    rng, state, place, found = np.random.default_rng(0), b"", 0, []
    while place < len(samples):
        piece = samples[place : place + int(rng.integers(1, 12)) * FRAME_SAMPLES]
        place += len(piece)
        reply = vad.run(VadRequest(pcm=piece.astype("<f4").tobytes(), state=state), progress, never)
        state = reply.state
        found += reply.probabilities
    assert np.allclose(found, np.ravel(get_vad_model()(samples)), atol=0.01)
    assert max(found[:8]) < 0.2
    assert max(found) > 0.9
    nan = np.full(FRAME_SAMPLES, np.nan, np.float32).tobytes()
    for pcm, message in ((b"\0" * 8, "whole frames"), (b"", "whole frames"), (nan, "NaN")):
        with pytest.raises(ValueError, match=message):
            vad.run(VadRequest(pcm=pcm), progress, never)
