"""The device and the dtype of a model's key, and the check of those that a user names."""

from __future__ import annotations

import pytest

from voxweft.utils.streaming.contract.engine_spec import read_spec
from voxweft.utils.streaming.contract.model_key import ModelKey, check_choice
from voxweft.utils.streaming.contract.registry import BUILT_IN

KOKORO = read_spec(BUILT_IN / "kokoro")
ESPEAK = read_spec(BUILT_IN / "espeak")


def test_an_engine_without_a_choice_has_none_in_its_key() -> None:
    assert ModelKey.of(ESPEAK, device="cuda", dtype="float16")[2:4] == ("", "")


def test_auto_is_the_first_of_an_engine_that_does_not_list_it() -> None:
    assert "auto" not in KOKORO.dtypes
    assert ModelKey.of(KOKORO, dtype="auto").dtype == KOKORO.dtypes[0]


def test_a_named_choice_is_checked() -> None:
    for spec in (KOKORO, ESPEAK):
        check_choice(spec, "device", "")
        check_choice(spec, "device", "auto")
    check_choice(KOKORO, "device", "cuda")
    with pytest.raises(ValueError, match=r"^engine 'kokoro' has no device 'gpu'; it has auto, cpu, cuda, mps$"):
        check_choice(KOKORO, "device", "gpu")
    with pytest.raises(ValueError, match=r"^engine 'espeak' has no choice of dtype; leave out --dtype$"):
        check_choice(ESPEAK, "dtype", "int3")
