"""Pocket-TTS' network and adapter, with the real package in its own environment and small untrained weights."""

from __future__ import annotations

from typing import Any

import pytest
from engine_environments import run_program
from fixtures_pocket import PROGRAM, checkpoint

pytestmark = pytest.mark.engines
FRAME_SAMPLES = 1920


@pytest.fixture(scope="module")
def measured() -> Any:
    return run_program("pocket_tts", PROGRAM, checkpoint(), checkpoint("ends"), checkpoint("clones"))


def test_our_loop_gives_the_bits_of_the_packages_own(measured: Any) -> None:
    assert all(measured["package"].values())


def test_frames_decoded_one_by_one_equal_the_whole(measured: Any) -> None:
    found = measured["windows"]
    assert found["window_error"] <= 1e-5
    assert found["peak"] > 0.01


def test_a_segments_bits_depend_on_the_segment_alone(measured: Any) -> None:
    failed = [name for name, is_so in measured["repetition"].items() if not is_so]
    assert not failed


def test_a_voice_is_derived_from_its_recording_once(measured: Any) -> None:
    found = measured["voices"]
    assert found["fetched"] == ["0", "1"]
    assert found["made"] == 2
    assert 0 < found["n_bytes"] < 1 << 20


def test_each_chunk_is_a_frame_and_each_piece_within_the_limit(measured: Any) -> None:
    found = measured["lengths"]
    assert found["sizes"] == [FRAME_SAMPLES]
    assert found["dtypes"] == ["float32"]
    assert found["finite"]
    assert found["frames"] > found["pieces"] > 1
    assert found["longest piece"] <= 50
    assert set(found["silent"]) == {0}


def test_speech_without_an_end_is_delivered_and_reported_and_a_cancel_ends_it_at_once(measured: Any) -> None:
    found = measured["endless"]
    assert "found no end of its speech" in found["message"]
    assert found["seconds"] > 2
    assert found["frames after cancel"] <= 10


def test_weights_that_cant_clone_are_refused_and_so_is_speech_without_a_recording(measured: Any) -> None:
    assert "can't clone voices" in measured["silent"]["load"]
    found = measured["refused"]
    assert "give it a recording" in found["voice"]
    assert "16000 Hz; expected 24000 Hz" in found["rate"]
