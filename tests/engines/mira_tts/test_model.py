"""The engine's own code against the packages', on small seeded models in the engine's real environment.

One program examines them (`mira_probe.py`), because only the environment has the packages. It refuses every connection.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest
from engine_environments import run_program
from fixtures_mira import ENGINE, PROBE, checkpoint
from paths import ROOT

from voxweft.utils.streaming.contract.engine_spec import read_spec

pytestmark = pytest.mark.engines
SPEC = read_spec(ROOT / "engines" / ENGINE)
PLAIN_ERROR, LIVE_ERROR, WIDE_ERROR = 1e-5, 2e-3, 2e-3
"""By the mean level: at 16 kHz with 60 tokens ahead and with 20, and at 48 kHz, where FlashSR's own numbers round."""


@functools.cache
def examined() -> dict[str, Any]:
    folders = (checkpoint(), checkpoint("endless"), checkpoint("loops"), checkpoint("channels"))
    found: dict[str, Any] = run_program(ENGINE, PROBE, *folders)
    return found


def found(check: str) -> dict[str, Any]:
    """What a check of the program found. Its crash is a failure of this test alone."""
    result: dict[str, Any] = examined()[check]
    assert "crashed" not in result, result["crashed"]
    return result


def test_the_prompt_is_sparks() -> None:
    result = found("prompt_ids")
    assert result["equal"] == [True] * 3
    assert (result["context"], result["spoken"]) == (32, 199)
    assert result["marks"] == [6, 6], "a text can't write the model's marks"
    assert result["written_again"]


def test_the_tokens_are_those_of_transformers() -> None:
    """With and without a transcript, whose speech counts as drawn before."""
    assert found("tokens_equal_package") == {"equal": [True] * 3}


def test_the_voice_is_sparks() -> None:
    """Although of wav2vec2 only the layers that are used are there."""
    result = found("voice_equals_package")
    assert result["equal"] == [True] * 3
    assert (result["spoken"], result["layers"]) == (399, 17)


def test_a_batch_gives_what_each_gives_alone() -> None:
    result = found("batch")
    assert result["tokens_equal"]
    assert len(set(result["lengths"])) > 1, "they don't end together"
    assert all(result["sizes_equal"])
    assert result["difference"] <= 1e-4
    assert sorted(result["ended"]) == list(range(5))


def test_a_batch_is_streamed() -> None:
    order = found("batch_is_streamed")["order"]
    assert order.index(1) < len(order) - 1 - order[::-1].index(0), "one begins before the other ends"


def test_a_cancel_stops_within_one_token() -> None:
    assert found("cancel_tokens") == {"passes": 5, "events": 0}


def test_a_cancel_in_a_batch_leaves_the_others() -> None:
    assert found("batch_cancel") == {"ended": [0, 2], "cancelled_chunks": 1, "others": [True, True]}


def test_windows_give_what_one_decode_gives() -> None:
    for name, result in found("windows").items():
        assert result["sizes"][0] == result["sizes"][1], name
        limit = WIDE_ERROR if "48000" in name else LIVE_ERROR if "+ 20" in name else PLAIN_ERROR
        assert result["error"] <= limit, name
    assert found("windows")["400 tokens, 25 + 20, 48000 Hz"]["chunks"] == 16


@pytest.mark.parametrize(("kind", "name"), [("rows", "audio_values"), ("channels", "x")])
def test_flashsr_has_no_seam_and_no_loudness_of_its_own(kind: str, name: str) -> None:
    """Trap: its own program divides each call by its largest sample."""
    result = found("upsampler")[kind]
    assert result["input"] == name
    assert max(result["differences"]) <= WIDE_ERROR
    assert result["loudness_kept"] <= 1e-3
    assert result["follows"] > 0.9, "it comes at its time"


def test_chunks_are_of_half_a_second() -> None:
    result = found("steady_chunks")
    # The first one lacks the 20 ms that FlashSR needs of the next.
    assert result["sizes"][:3] == [24_000 - 960, 24_000, 24_000]
    assert result["rates"] == [16_000]
    assert sum(result["sizes"]) == 3 * result["codec_samples"]


def test_a_segment_depends_on_itself_alone() -> None:
    result = found("repeatable")
    assert all(result.values()), result


def test_voices_are_kept() -> None:
    result = found("voices")
    assert result["differ"]
    assert result["no_trace"]
    assert result["transcript_matters"]
    assert (result["made"], result["made_again"]) == (3, 0), "what a transcript says doesn't change the voice"


def test_no_end_is_an_error_after_what_was_spoken() -> None:
    result = found("endings")
    assert result["endless"]["tokens"] == 200
    assert result["endless"]["error"].startswith("MiraEndlessError: the model found no end of 'Hi.'")
    assert 500 < result["longer"]["tokens"] < 1000, "the limit follows the text"
    assert 0 < result["loop"]["tokens"] < 150
    assert result["loop"]["error"].startswith("MiraEndlessError: the model repeats itself")
    assert result["loop_after_all"]["error"] == ""
    assert "its end was cut off" in result["loop_after_all"]["notes"][0]
    assert "no end of 'Hi.'" in result["batch_failure"]
    assert result["batch_ended"] == [1]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("no tokenizer", "tokenizer.json is missing from"),
        ("Spark's tokenizer", "isn't MiraTTS' tokenizer: it has no '<|speech_token_0|>'"),
        ("no language model", "is missing or damaged"),
        ("damaged language model", "is missing or damaged"),
        ("fewer tokens", "has 1000 tokens, and its tokenizer.json more"),
        ("no codec", "model.safetensors is missing from"),
        ("damaged codec", "isn't a file of tensors, or is damaged"),
        ("no settings", "config.yaml is missing from"),
        ("other settings", "doesn't fit this model"),
        ("no features", "the recording has a transcript, for which MiraTTS needs wav2vec2"),
        ("features with code", "isn't a file of tensors, or is damaged"),
        ("other features", "isn't wav2vec2"),
        ("no FlashSR", "set the parameter upsample to false for 16 kHz"),
        ("damaged FlashSR", "can't be read by onnxruntime"),
        ("no voice", "MiraTTS has no voices of its own"),
    ],
)
def test_a_fault_names_its_file(case: str, message: str) -> None:
    assert message in found("files")[case]


def test_what_is_not_needed_may_be_missing() -> None:
    assert found("files")["no features, no transcript"] == ""
    assert found("files")["no FlashSR, 16 kHz"] == ""
    assert found("files")["code ran"] == "False"


def test_texts_without_words_are_silent() -> None:
    result = found("texts")
    assert set(result["silent"].values()) == {0}
    assert result["a"] > 0
    assert result["long"] > 0


def test_nothing_is_printed() -> None:
    assert found("quiet") == {"said": ""}


def test_the_file_names_what_it_reads() -> None:
    files = {file.path for file in SPEC.weights["mira"].files}
    assert {"LLM/tokenizer.json", "BiCodec/model.safetensors", "FlashSR/model.onnx"} <= files
    assert SPEC.sample_rate_of({"upsample": False}) == 16_000
