"""Language tags: which engine and which voice match one."""

from __future__ import annotations

import pytest

from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming import NamedVoice
from voxweft.utils.streaming.contract.errors import UnknownEngineError
from voxweft.utils.streaming.contract.language_tags import best_tag, fallbacks, normal_tag, primary_tag
from voxweft.utils.streaming.contract.registry import EngineRegistry


@pytest.mark.parametrize(
    ("wanted", "known", "best"),
    [
        ("pt-PT", ("pt", "pt-BR"), "pt"),
        ("pt_br", ("pt", "pt-BR"), "pt-BR"),
        ("ZH-hant-TW", ("en", "zh"), "zh"),
        ("de", ("en-US", "es"), None),
        ("en", ("en-US",), None),
        ("hy-x-arevela", ("hy",), "hy"),
        ("", ("en",), None),
    ],
)
def test_a_longer_tag_falls_back_to_a_shorter_one(wanted: str, known: tuple[str, ...], best: str | None) -> None:
    assert best_tag(wanted, known) == best


def test_a_single_letter_is_removed_with_the_part_after_it() -> None:
    assert list(fallbacks("hy-x-arevela")) == ["hy-x-arevela", "hy"]
    assert normal_tag(" pt_BR ") == "pt-br"
    assert primary_tag("zh-Hant-TW") == "zh"


def test_an_unsupported_language_names_engines_that_support_it(registry: EngineRegistry) -> None:
    with pytest.raises(ValueError, match=r"'kokoro' doesn't speak the language 'de-CH'; these do: .*espeak"):
        Speaker(engine="kokoro", language="de-CH").check(registry)
    with pytest.raises(ValueError, match="no other engine"):
        registry.check_language(registry.get("espeak"), "tlh")
    assert Speaker(engine="espeak", language="de-CH").check(registry).name == "espeak"


def test_the_voice_of_a_language(registry: EngineRegistry) -> None:
    spec = registry.get("kokoro")
    voices = {
        language: Speaker(engine="kokoro", language=language).segment(0, "a", spec).voice
        for language in (None, "en", "en-GB", "fr-CA", "pt-PT", "cmn")
    }
    assert voices == {
        None: NamedVoice("af_heart"),
        "en": NamedVoice("af_heart"),
        "en-GB": NamedVoice("bf_emma"),
        "fr-CA": NamedVoice("ff_siwis"),
        "pt-PT": NamedVoice("pf_dora"),
        "cmn": NamedVoice("zf_xiaobei"),
    }
    assert Speaker(language="de").segment(0, "a", registry.get("espeak")).voice is None


def test_the_default_engine_is_the_preferred_ready_one(registry: EngineRegistry) -> None:
    assert Speaker().check(registry).name == "espeak"
    registry.is_ready = lambda spec, _model: spec.name in {"espeak", "kokoro"}
    assert Speaker().check(registry).name == "kokoro"
    assert Speaker().segment(0, "a", registry.get("kokoro")).engine == "kokoro"
    registry.is_ready = lambda _spec, _model: False
    with pytest.raises(UnknownEngineError, match="no engine for speech"):
        Speaker().check(registry)
