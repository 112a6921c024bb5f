"""The model's language codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxweft.engines.chatterbox import languages
from voxweft.engines.chatterbox.errors import ChatterboxError
from voxweft.engines.chatterbox.languages import language_code
from voxweft.utils.streaming.contract.engine_spec import read_spec

SPEC = read_spec(Path(languages.__file__).parent)
ALL = SPEC.facts("multilingual-v3").languages


def test_tags_become_codes() -> None:
    codes = {tag: language_code(tag, ALL) for tag in ("en-GB", "pt_BR", "nb", "cmn-Hans", "zh", "sw")}
    assert codes == {"en-GB": "en", "pt_BR": "pt", "nb": "no", "cmn-Hans": "zh", "zh": "zh", "sw": "sw"}
    assert language_code(None, ALL) == "en"
    assert len({language_code(tag, ALL) for tag in ALL}) == 23


def test_another_language_is_refused() -> None:
    with pytest.raises(ChatterboxError, match="doesn't speak 'de'; it speaks en"):
        language_code("de", SPEC.facts("turbo").languages)
