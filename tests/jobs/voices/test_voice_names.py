"""Which voice a name means for an engine whose installed voices are known."""

from __future__ import annotations

import re
import unicodedata

import msgspec
import pytest
from paths import ROOT
from streaming_kit import ENGINES

from voxweft.jobs.errors import UnknownVoiceError
from voxweft.jobs.voices import VoiceNames
from voxweft.jobs.voices.voice_names import OPENAI_VOICES
from voxweft.utils.streaming import MixedVoice, NamedVoice, ReferenceVoice, VoiceInfo
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.contract.voice import VoicePart
from voxweft.utils.streaming.contract.voice_files import describe_voice_files

REGISTRY = EngineRegistry((ENGINES,))
ESPEAK, KOKORO, CLONER = (REGISTRY.get(name) for name in ("espeak", "kokoro", "cloner"))
NO_TABLE = msgspec.structs.replace(KOKORO, capabilities=(), voice_aliases={})


def voices(*names: str, kind: str = "voice", languages: tuple[str, ...] = ()) -> list[VoiceInfo]:
    return [VoiceInfo(name=name, languages=languages, kind=kind) for name in names]


def kokoro(*names: str, spec: EngineSpec = KOKORO) -> VoiceNames:
    return VoiceNames(spec, describe_voice_files(KOKORO, "", names))


def resolved(names: VoiceNames, name: str, language: str | None = None) -> tuple[str, str]:
    found = names.resolve(NamedVoice(name), language)
    assert isinstance(found.voice, NamedVoice)
    return found.voice.name, found.remark


def test_a_voice_is_found_by_its_name_its_aliases_and_its_language() -> None:
    names = VoiceNames(ESPEAK, [*voices("en-us", languages=("en-us",)), *voices("mb-de1", languages=("de",))])
    assert resolved(names, "EN-US") == ("en-us", "")
    assert resolved(names, "de") == ("mb-de1", "")
    spec = msgspec.structs.replace(KOKORO, voice_aliases={"alloy": "af_alloy", "af_sky": "af_bella"})
    names = kokoro("af_alloy", "af_sky", spec=spec)
    assert resolved(names, "Alloy") == ("af_alloy", "")
    assert resolved(names, "af_sky") == ("af_sky", ""), "a voice's own name takes precedence"
    with pytest.raises(UnknownVoiceError, match="engine 'kokoro' has no voice 'en-US'"):
        names.resolve(NamedVoice("en-US"))
    mix = MixedVoice((VoicePart("AF_SKY", 1.0), VoicePart("alloy", 2.0)))
    assert names.resolve(mix).voice == MixedVoice((VoicePart("af_sky", 1.0), VoicePart("af_alloy", 2.0)))
    assert names.resolve(ReferenceVoice("d" * 32)).voice == ReferenceVoice("d" * 32)
    assert resolved(VoiceNames(CLONER, []), "any") == ("any", ""), "no list, no opinion"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_case_and_unicode_form_do_not_count_but_the_exact_name_wins(form: str) -> None:
    names = VoiceNames(CLONER, voices("Zoë", "zoë", "Åsa Öst"))
    assert resolved(names, unicodedata.normalize(form, "ÅSA ÖST"))[0] == "Åsa Öst"
    assert resolved(names, "zoë")[0] == "zoë"
    assert resolved(names, unicodedata.normalize(form, "ZOË"))[0] == "Zoë"


@pytest.mark.parametrize("mark", ["+", "/"])
def test_variants_are_split_at_the_engines_own_mark(mark: str) -> None:
    spec = msgspec.structs.replace(ESPEAK, variant_mark=mark, voice_aliases={"nova": f"{mark}f2"})
    names = VoiceNames(spec, [*voices("en-us", "de"), *voices(f"{mark}f2", f"{mark}Max", kind="variant")])
    assert resolved(names, f"DE{mark}f2")[0] == f"de{mark}f2"
    assert resolved(names, f"de{mark}max")[0] == f"de{mark}Max"
    assert resolved(names, f"{mark}f2")[0] == resolved(names, "nova")[0] == f"{mark}f2"
    for wrong in (f"de{mark}f3", f"nova{mark}f2", f"de{mark}"):
        with pytest.raises(UnknownVoiceError):
            names.resolve(NamedVoice(wrong))
    with pytest.raises(UnknownVoiceError, match=rf"no voice '[{mark}]f3'; did you mean '[{mark}]f2'"):
        names.resolve(NamedVoice(f"de{mark}f3"))
    assert spec.language_of(None, f"de{mark}f2") == "de"
    assert spec.language_of(None, f"{mark}f2") == spec.language_of(None, "nova") == "en-us"


def test_only_what_is_installed_is_suggested() -> None:
    names = kokoro("af_heart", "af_sky", "af_nova")
    for wrong, message in (
        ("af_hart", "no voice 'af_hart'; did you mean 'af_heart'"),
        ("novah", "no voice 'novah'; did you mean 'nova'"),
        ("alloi", "no voice 'alloi'; available: af_heart, af_nova, af_sky, marin, nova"),
        ("AF_Bella", "no voice 'AF_Bella' on this machine; run `voxweft models pull kokoro --voices af_bella`"),
    ):
        with pytest.raises(UnknownVoiceError) as caught:
            names.resolve(NamedVoice(wrong))
        assert message in str(caught.value)


def test_short_names_are_no_suggestions_for_a_long_one() -> None:
    names = VoiceNames(ESPEAK, voices("af", "am", "an", "ar", "as", "az", "ba", "be", "bg", "en-gb"))
    with pytest.raises(UnknownVoiceError) as caught:
        names.resolve(NamedVoice("banana"))
    assert str(caught.value) == "engine 'espeak' has no voice 'banana'"
    with pytest.raises(UnknownVoiceError, match="did you mean 'be'"):
        names.resolve(NamedVoice("bee"))


@pytest.mark.parametrize("alias", OPENAI_VOICES)
def test_a_missing_voice_of_an_alias_falls_to_the_nearest_of_language_and_gender(alias: str) -> None:
    names = kokoro("zf_xiaoni", "am_liam", "af_sky", "bm_lewis")
    official = KOKORO.voice_aliases[alias]
    expected = "af_sky" if OPENAI_VOICES[alias] == "female" else "bm_lewis" if official[0] == "b" else "am_liam"
    remark = f"voice '{official}' (for '{alias}') isn't installed; '{expected}' speaks instead"
    assert resolved(names, alias) == (expected, remark)
    assert names.aliases() == {}


@pytest.mark.parametrize(
    ("installed", "alias", "language", "expected"),
    [
        (("bf_lily", "am_puck"), "ballad", None, "am_puck"),  # gender before region
        (("bf_lily", "zm_yunxi"), "echo", None, "bf_lily"),  # language before gender
        (("ff_siwis",), "onyx", None, "ff_siwis"),
        (("af_heart", "ff_siwis"), "nova", "fr-CA", "ff_siwis"),  # the language of the text
        (("af_nova", "ff_siwis"), "nova", "fr", "af_nova"),  # an installed voice stays
        (("narrator",), "nova", None, "narrator"),
    ],
)
def test_language_then_gender_then_region(
    installed: tuple[str, ...], alias: str, language: str | None, expected: str
) -> None:
    assert resolved(kokoro(*installed), alias, language)[0] == expected


def test_a_mix_with_missing_voices_says_so_for_each() -> None:
    mix = MixedVoice((VoicePart("nova", 2.0), VoicePart("echo", 1.0), VoicePart("af_sky", 1.0)))
    found = kokoro("af_sky", "am_adam").resolve(mix)
    assert [part.name for part in found.voice.parts] == ["af_sky", "am_adam", "af_sky"]
    assert found.remark == (
        "voice 'af_nova' (for 'nova') isn't installed; 'af_sky' speaks instead; "
        "voice 'am_echo' (for 'echo') isn't installed; 'am_adam' speaks instead"
    )


def test_an_engine_without_a_table_has_openai_s_names_by_gender() -> None:
    women, men = ("af_bella", "af_kore", "af_nicole"), ("am_adam", "am_liam")
    names = kokoro(*women, *men, spec=NO_TABLE)
    found = {alias: resolved(names, alias) for alias in OPENAI_VOICES}
    assert all(remark == "" for _, remark in found.values())
    for alias, gender in OPENAI_VOICES.items():
        assert found[alias][0] in (women if gender == "female" else men)
    assert {name for name, _ in found.values()} == {*women, *men}, "they are shared out"
    assert {alias: name for name, aliases in names.aliases().items() for alias in aliases} == {
        alias: name for alias, (name, _) in found.items()
    }
    assert resolved(kokoro("af_bella", "ff_siwis", spec=NO_TABLE), "coral", "fr")[0] == "ff_siwis"
    assert resolved(VoiceNames(CLONER, voices("default")), "onyx") == ("default", "")


def test_a_missing_variant_falls_to_another_of_its_gender() -> None:
    variants = [VoiceInfo(name="+m1", gender="male", kind="variant"), VoiceInfo(name="+f9", gender="f", kind="variant")]
    names = VoiceNames(ESPEAK, [*voices("en-us", languages=("en-us",)), *variants])
    assert resolved(names, "cedar") == ("+m1", "")
    assert resolved(names, "nova", "de")[0] == "+f9"
    assert "'+f9' speaks instead" in resolved(names, "nova", "de")[1]


@pytest.mark.parametrize(
    ("installed", "language", "expected"),
    [
        (("af_heart", "bf_emma"), None, "af_heart"),
        (("am_adam", "bf_emma"), None, "bf_emma"),
        (("am_adam", "ff_siwis"), "fr", "ff_siwis"),
        (("am_adam",), "fr", "am_adam"),
    ],
)
def test_the_voice_that_speaks_if_none_is_named(
    installed: tuple[str, ...], language: str | None, expected: str
) -> None:
    found = kokoro(*installed).default(language)
    assert found is not None
    assert found.voice == NamedVoice(expected)
    assert bool(found.remark) == (KOKORO.voice_for(language) != expected)


def test_an_engine_of_languages_names_the_voice_of_the_language() -> None:
    names = VoiceNames(ESPEAK, [*voices("en-us", languages=("en-us",)), *voices("de", languages=("de",))])
    assert [names.default(language) for language in (None, "de-AT", "fr")] == [
        (NamedVoice("en-us"), ""),
        (NamedVoice("de"), ""),
        None,
    ]
    assert VoiceNames(CLONER, []).default("en") is None


def test_the_table_in_the_docs() -> None:
    text = (ROOT / "docs" / "reference" / "server-names.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `(\S+)` \| `(\S+)` \|$", text, re.MULTILINE)
    assert {name: gender for name, gender, _, _ in rows} == OPENAI_VOICES
    assert {name: voice for name, _, voice, _ in rows} == ESPEAK.voice_aliases
    assert {name: voice for name, _, _, voice in rows} == KOKORO.voice_aliases
