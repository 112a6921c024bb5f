"""The engine's own code against the package's, on small seeded models in the engine's real environment.

One program per model examines it (`chatterbox_probe.py`), because only the environment has the package. It refuses
every connection.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

import pytest
from engine_environments import run_program
from fixtures_chatterbox import ENGINE, small_model
from paths import ROOT, SUPPORT

from voxweft.utils.streaming.contract.engine_spec import read_spec

pytestmark = pytest.mark.engines
SPEC = read_spec(ROOT / "engines" / ENGINE)
GRAPHEMES = ("english", "multilingual-v3", "multilingual-v2")
ALL = (*GRAPHEMES, "turbo", "nano")


@functools.cache
def examined(model: str) -> dict[str, Any]:
    found: dict[str, Any] = run_program(ENGINE, SUPPORT / "chatterbox_probe.py", small_model(model), model)
    return found


def found(model: str, check: str) -> dict[str, Any]:
    """What a check of the program found. Its crash is a failure of this test alone."""
    result: dict[str, Any] = examined(model)[check]
    assert "crashed" not in result, result["crashed"]
    return result


@pytest.mark.parametrize("model", ALL)
def test_the_codes_are_the_packages(model: str) -> None:
    """From the same random numbers, with several settings."""
    result = found(model, "tokens_equal_package")
    assert result["equal"] == [True] * 4
    assert min(result["lengths"]) >= 5


@pytest.mark.parametrize("model", ["english", "turbo"])
def test_the_sound_is_the_packages(model: str) -> None:
    result = found(model, "one_window")
    assert result["mel_difference"] <= 1e-6
    assert result["source_difference"] <= 1e-5
    assert result["sound_difference"] <= 1e-4


@pytest.mark.parametrize("model", ["english", "multilingual-v3", "multilingual-v2", "turbo"])
def test_a_batch_gives_what_each_gives_alone(model: str) -> None:
    result = found(model, "batch")
    assert result["tokens_equal"]
    assert len(set(result["lengths"])) > 1, "they don't end together"
    assert all(result["sizes_equal"])
    assert result["difference"] <= 1e-4
    assert sorted(result["ended"]) == list(range(5))


def test_a_cancel_in_a_batch_leaves_the_others() -> None:
    assert found("english", "batch_cancel") == {"ended": [0, 2], "cancelled_samples": 0, "others_equal": [True, True]}


def test_a_cancel_stops_within_one_token() -> None:
    assert found("english", "cancel_tokens") == {"passes": 7, "events": 0}


@pytest.mark.parametrize("model", ALL)
def test_a_segment_depends_on_itself_alone(model: str) -> None:
    """Trap: noise from the global generator."""
    result = found(model, "repeatable")
    assert all(result.values()), result


@pytest.mark.parametrize("model", ["english", "turbo"])
def test_two_voices_alternate_without_a_trace(model: str) -> None:
    """Traps: conditionals in the model object, and the package's changes to what it is given."""
    result = found(model, "voices")
    assert result["differ"]
    assert result["no_trace"]
    assert result["unchanged"]
    assert result["made"] <= 3, "each voice is derived once, the built-in one included"
    assert result["in_the_model"] == []


def test_exaggeration_is_used() -> None:
    assert found("english", "voices")["exaggeration_matters"]


def test_no_guidance_is_one_row() -> None:
    """Trap: the package crashes without guidance."""
    result = found("english", "no_guidance")
    assert result["rows"] == [1]
    assert result["rows_guided"] == [2]
    assert result["samples"] > 0
    assert result["finite"]


def test_a_recording_in_float64() -> None:
    """Trap: turbo's encoders take float32 only, and loudness normalization returns float64."""
    result = found("turbo", "wide_numbers")
    assert result["equal"]
    assert "torch.float64" not in result["dtypes"]


@pytest.mark.parametrize("model", ["english", "multilingual-v2"])
def test_nothing_is_left_on_the_layers(model: str) -> None:
    """Trap: the watcher's hooks and the slow attention stay."""
    assert found(model, "leftovers") == {"new_hooks": 0, "attention": "sdpa", "output_attentions": False}


@pytest.mark.parametrize("model", ["english", "multilingual-v3"])
def test_tokens_that_are_no_codes_never_reach_the_decoder(model: str) -> None:
    """Trap: an index error, which kills the process on a GPU."""
    result = found(model, "invalid_codes")
    assert result["drawn"] > 0
    assert result["passed_on"] == 0


@pytest.mark.parametrize("model", ["english", "turbo"])
def test_audio_by_tokens_is_of_the_same_length_without_jumps(model: str) -> None:
    """Trap: the package's own way to decode a beginning crashes."""
    result = found(model, "windows")
    assert result["sizes"][0] == result["sizes"][1]
    assert result["n_chunks"] > 1
    assert result["finite"]
    assert result["again"]
    assert result["largest_jump_ratio"] <= 1.5


def test_the_vocoders_windows_have_no_seam() -> None:
    result = found("english", "seams")
    assert result["sizes"][0] == result["sizes"][1]
    assert result["difference"] <= 0.005


def test_a_text_without_words_is_silent() -> None:
    """Trap: the package says that it needs a text."""
    result = dict(found("english", "empty_texts"))
    assert result.pop("a") > 0
    assert set(result.values()) == {0}


@pytest.mark.parametrize("model", ["english", "turbo"])
def test_nothing_is_printed(model: str) -> None:
    """Trap: progress bars and messages on stdout."""
    assert found(model, "quiet") == {"stdout": ""}


def test_the_watermark() -> None:
    result = found("english", "watermark")
    assert len(set(result["sizes"])) == 1
    assert result["whole"] > 0.9
    assert result["streamed"] > 0.9
    whole, streamed = result["mark_rms"]
    assert whole > 0
    assert streamed == pytest.approx(whole, rel=0.05), "a chunk carries as much of it"


def test_speech_without_an_end() -> None:
    result = found("english", "faults")
    assert "found no end of 'Hello.'" in result["one_word"]["error"]
    assert "found no end of 'Hi'" in result["two_words"]["error"]
    assert "spoken in two parts" in result["two_words"]["notes"][0]
    assert "found no end" in result["streamed_endless"]["error"], "what was sent can't be taken back"


def test_speech_that_ends_in_silence() -> None:
    result = found("english", "faults")
    assert 0 < result["silence"]["seconds"] < 1.5
    assert "its end was cut off" in result["silence"]["notes"][0]
    assert "its end was cut off" in result["streamed_silence"]["notes"][0]


def test_a_second_try_is_reported() -> None:
    result = found("english", "faults")["second_try"]
    assert result["seconds"] > 0.5
    assert "second try" in result["notes"][0]


@pytest.mark.parametrize("model", ["multilingual-v3", "multilingual-v2"])
def test_all_languages(model: str) -> None:
    """Trap: the package's tokenizer reaches for the network. Its helpers that are missing here are named."""
    result = dict(found(model, "languages"))
    spoken, segments = result.pop("spoken"), result.pop("segments")
    assert len(result) == 23
    assert len({language["first"] for language in result.values()}) == 23, "each has its own mark"
    assert {name for name, language in result.items() if language["unknown"]} == set()
    assert {name for name, language in result.items() if language["note"]} == {"he", "ru"}
    assert all(spoken.values())
    assert segments["words"] == ["你好", "世界"], "the segmenter in the folder is used"


@pytest.mark.parametrize("model", ["turbo", "nano"])
def test_each_tag_is_one_token_of_the_model(model: str) -> None:
    (declared,) = [file for file in SPEC.weights[model].files if file.path == "added_tokens.json"]
    content = (small_model(model) / "added_tokens.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == declared.sha256, "the small model has the real file"
    result = found(model, "sounds")
    assert {f"[{tag.replace('_', ' ')}]": ids for tag, ids in result["ids"].items()} == {
        name: [number] for name, number in json.loads(content).items()
    }
    assert result["spoken"] > 0


@pytest.mark.parametrize(("model", "limit"), [("english", "0.5 s"), ("turbo", "5 s")])
def test_a_short_recording(model: str, limit: str) -> None:
    error = found(model, "short_recording")["error"]
    assert f"the recording has 0.4 s; this model needs more than {limit}" in error
