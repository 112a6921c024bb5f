"""The official voices of Kokoro, and the properties that their names encode."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from voxweft.engines import kokoro
from voxweft.engines.kokoro.common.languages import LANGUAGES
from voxweft.engines.kokoro.official_voices import OFFICIAL, OPENAI_ALIASES, describe, language_letter
from voxweft.utils.streaming.contract.engine_spec import read_spec


def test_the_54_official_voices_by_language_and_gender() -> None:
    assert len(OFFICIAL) == len(set(OFFICIAL)) == 54
    infos = describe(reversed(OFFICIAL))
    assert Counter((info.languages, info.gender) for info in infos) == {
        (("en-US",), "female"): 11,
        (("en-US",), "male"): 9,
        (("en-GB",), "female"): 4,
        (("en-GB",), "male"): 4,
        (("es",), "female"): 1,
        (("es",), "male"): 2,
        (("fr",), "female"): 1,
        (("hi",), "female"): 2,
        (("hi",), "male"): 2,
        (("it",), "female"): 1,
        (("it",), "male"): 1,
        (("ja",), "female"): 4,
        (("ja",), "male"): 1,
        (("pt-BR",), "female"): 1,
        (("pt-BR",), "male"): 2,
        (("zh",), "female"): 4,
        (("zh",), "male"): 4,
    }
    for name, info in zip(OFFICIAL, infos, strict=True):
        assert info.name == name
        assert name == f"{language_letter(name)}{info.gender[0]}_{info.title.lower()}"


def test_every_language_has_a_voice() -> None:
    assert {language_letter(name) for name in OFFICIAL} == set(LANGUAGES) == set("abefhijpz")


def test_openai_names_are_aliases_of_official_voices() -> None:
    expected = "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse"
    assert sorted(OPENAI_ALIASES) == expected.split()
    assert set(OPENAI_ALIASES.values()) <= set(OFFICIAL)
    assert len(set(OPENAI_ALIASES.values())) == len(OPENAI_ALIASES)
    for name, official in OPENAI_ALIASES.items():
        namesakes = [voice for voice in OFFICIAL if voice.endswith(f"_{name}")]
        assert namesakes in ([], [official])
    men = {name for name, official in OPENAI_ALIASES.items() if describe([official])[0].gender == "male"}
    assert men == {"ash", "ballad", "cedar", "echo", "fable", "onyx", "verse"}


def test_the_prefix_of_a_users_own_file_decides_its_properties() -> None:
    (uncle,) = describe(["bm_uncle"])
    assert (uncle.languages, uncle.gender, uncle.title) == (("en-GB",), "male", "your own file")
    for name in ("alice", "xf_alice", "ax_alice", "af_", "af-alice", "AF_alice"):
        (info,) = describe([name])
        assert (language_letter(name), info.languages, info.gender) == (None, (), "")


def test_the_default_voices_are_official_ones() -> None:
    spec = read_spec(Path(kokoro.__file__).parent)
    assert {spec.default_voice, *spec.language_voices.values()} <= set(OFFICIAL)


def test_every_official_voice_declares_its_loudness_and_its_language() -> None:
    spec = read_spec(Path(kokoro.__file__).parent)
    assert set(spec.voice_lufs) == set(OFFICIAL)
    assert all(-35 < lufs < -10 for lufs in spec.voice_lufs.values())
    for name, info in zip(OFFICIAL, describe(OFFICIAL), strict=True):
        spoken = spec.language_of(None, name)
        assert spoken is not None
        assert info.languages[0].startswith(spoken)
