"""F5-TTS' network and adapter, with the real package in its own environment and small untrained weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine_environments import run_program
from fixtures_f5 import ENGINE, PROGRAM, checkpoint

pytestmark = pytest.mark.engines
VERSIONS = ("v0", "v1")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Any:
    scratch: Path = tmp_path_factory.mktemp("f5")
    return run_program(ENGINE, PROGRAM, checkpoint(0), checkpoint(1), scratch)


@pytest.mark.parametrize("version", VERSIONS)
def test_our_loop_gives_the_packages_own_spectrogram(measured: Any, version: str) -> None:
    found = measured["package"][version]
    assert found["range"] > 1
    assert found["error"] <= 1e-5


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_of_a_batch_equal_those_alone(measured: Any, version: str) -> None:
    found = measured["batch"][version]
    assert found["error"] <= 1e-4
    assert found["ended"] == [0, 1, 2, 3, 4, 5]
    assert max(found["sizes"]) > 1
    assert sum(found["sizes"]) == found["pieces"] > 6
    assert found["padded"] <= 4096


def test_estimates_are_what_is_made_to_the_sample(measured: Any) -> None:
    found = measured["lengths"]
    assert not found["wrong"]
    assert found["pieces"] > 1
    assert found["longest_frames"] <= 22 * 24_000 / 256


def test_a_segments_bits_depend_on_the_segment_alone(measured: Any) -> None:
    failed = [name for name, is_so in measured["repetition"].items() if not is_so]
    assert not failed


def test_a_cancel_is_noticed_within_a_step_and_leaves_the_others_alone(measured: Any) -> None:
    found = measured["cancel"]
    assert found["calls"] == 8
    assert found["samples"] == 0
    assert found["ended"] == [0, 2]
    assert found["error"] <= 1e-4


def test_texts_become_the_packages_signs(measured: Any) -> None:
    found = measured["text"]
    assert [sign for sign in found["chinese"] if sign != " "] == ["ni2", "hao3", "，", "shi4", "jie4"]
    assert found["marks"] == 'He said: "No" – "yes" … ok'
    assert not found["crashed"]
    assert "model 'v1-base' has no letters 'ⴰ', 'ⵣ', 'ⵓ', 'ⵍ'" in found["letters"]
    assert "the transcript of the recording" in found["transcript"]


def test_speech_begins_after_the_recording_and_a_silence(measured: Any) -> None:
    found = measured["reference"]
    assert found["last"] == 0, "the last frame before the speech is silent"
    assert found["before"] > 1, "and it follows sound"
    assert found["mel"] == [found["frames"] + 1, 100]
    assert found["text"].endswith("storm. ")
    assert found["kept"]


def test_a_wrong_transcript_is_told_and_gives_speech_of_a_natural_length(measured: Any) -> None:
    found = measured["reference"]
    assert all("too long or too short for its transcript" in note for (note,) in found["notes"])
    assert all(2 < length_s < 20 for length_s in found["lengths"])
    assert "it has no words" in found["without"]
    assert "has 10001 letters for 3.0 s" in found["a book"]
    assert found["silent"] == [0, 0, 0]


def test_files_that_dont_belong_together_are_refused(measured: Any) -> None:
    said = measured["faults"]
    expected = {
        "a list": "it has no tensors by name",
        "numbers": "its 'text_embed' isn't a tensor of real numbers",
        "renamed": "it wasn't refused",
        "no mapping": "isn't a configuration of F5-TTS: Expected `object`, got `str`",
        "no size": "Expected `int` >= 1 - at `$.dim_head`",
        "feed-forward": "its ff_mult is 2, and the model's is 4",
        "vocabulary": "has 2544 signs, and model.safetensors was trained with 2545",
        "no vocabulary": "vocab.txt is missing from",
        "flags": "its depth is 3, and the model's is 4",
        "width": "its dim is 64, and the model's is 128",
        "heads": "its heads is 4, and the model's is 8",
        "damaged": "model.safetensors isn't a file of tensors, or is damaged",
        "no checkpoint": "there is no model.safetensors or model.pt in",
        "no vocoder": "pytorch_model.bin is missing from",
        "no vocoder settings": "vocos/config.yaml is missing from",
        "damaged vocoder": "pytorch_model.bin isn't a file of tensors, or is damaged",
        "other vocoder": "isn't that of F5-TTS",
        "foreign class": "its head is 'os.system'; expected one of",
        "training": "it wasn't refused",
        "no device": "no device 'mps' on this machine",
    }
    assert said.keys() == expected.keys()
    assert all(text in said[name] for name, text in expected.items())
