"""Casts: names in any spelling, the meaning of each field, and errors that name the speaker."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streaming_kit import ENGINES

from voxweft.jobs.errors import CastError
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastSpeaker
from voxweft.jobs.voices.cast_file import read_cast
from voxweft.utils.names import name_key
from voxweft.utils.streaming import MixedVoice, NamedVoice
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry((ENGINES,))

TEXT = b"""
narrator: Anna
languages:
  de: Hans
members:
  Anna: {engine: espeak, voice: en-gb, speed: 1.1}
  Hans:
    engine: espeak
    language: de
    aliases: [Johannes, "Speaker 2"]
    params: {pitch: 30}
    gain_db: -3
    seed: null
  Zoe: {engine: kokoro, voice: af_bella(2)+af_sky, seed: 7}
  Yves: {language: fr}
"""


def test_a_cast_file_with_all_fields() -> None:
    cast = read_cast(TEXT, "cast.yaml")
    assert [speaker.name for speaker in cast.members] == ["Anna", "Hans", "Zoe", "Yves"]
    assert cast.narrator == cast.find("anna")
    hans = cast.find("SPEAKER2")
    assert hans == CastSpeaker(
        name="Hans",
        aliases=("Johannes", "Speaker 2"),
        engine="espeak",
        language="de",
        params={"pitch": 30},
        gain_db=-3.0,
        seed=None,
    )
    checked = cast.check(REGISTRY)
    assert isinstance(checked.cast_speaker("Zoe").voice, MixedVoice)
    assert checked.speaker("Zoe").seed == 7
    assert checked.speaker(None) == Speaker(engine="espeak", voice=NamedVoice("en-gb"), speed=1.1)
    assert checked.speaker("yves").engine == "espeak", "the narrator's"
    assert checked.check(REGISTRY) == checked
    assert checked.for_language("de-AT") == checked.find("Hans")
    assert checked.for_language("fr") == checked.find("Yves")
    assert checked.for_language("it") is None
    as_json = msgspec.json.encode({"narrator": "Anna", "members": {"Anna": {"engine": "espeak"}}})
    assert read_cast(as_json, "cast.json").speaker(None).engine == "espeak"


def test_names_are_found_in_any_spelling() -> None:
    cast = Cast(members=(CastSpeaker(name="Speaker 2", aliases=("Größe",)), CastSpeaker(name="Ｏｌａ")))
    names = cast.speaker_names
    for spelling in ("speaker 2", "SPEAKER2", " Speaker\u00a02 ", "ｓｐｅａｋｅｒ\u30002", "GRÖSSE", "gro\u0308ße"):
        assert names.find(spelling) == "Speaker 2"
    assert names.find("ola") == "Ｏｌａ"
    assert names.find("Speaker") is None
    assert names.near("Speeker 2") == ("Speaker 2",)
    assert names.near("Groesse") == ("Größe",)
    assert cast.near("Groesse") == ("Speaker 2",), "an alias leads to its speaker"
    assert names.near("xyz") == ()
    assert names.find("NARRATOR") == ""
    assert Cast(members=(CastSpeaker(name="Narrator"),)).speaker_names.find("narrator") == "Narrator"
    assert Cast().speaker_names.find("narrator") is None
    assert list(names) == ["Speaker 2", "Ｏｌａ"]


@given(st.text(max_size=20))
def test_a_name_finds_itself(name: str) -> None:
    try:
        cast = Cast(members=(CastSpeaker(name=name),))
    except CastError:
        return
    for spelling in (name, name.upper(), name.lower(), f" {name} "):
        if name_key(spelling) == name_key(name):
            assert cast.speaker_names.find(spelling) == name
    assert cast.speaker_names.find(name) == name


@pytest.mark.parametrize(
    ("members", "match"),
    [
        (
            (CastSpeaker(name="Ann Marie"), CastSpeaker(name="annmarie")),
            "'annmarie' is both 'Ann Marie' and 'annmarie'",
        ),
        ((CastSpeaker(name="A"), CastSpeaker(name="B", aliases=("a",))), "'a' is both 'A' and 'B'"),
        ((CastSpeaker(name=" "),), "invalid name"),
        ((CastSpeaker(name="x" * 101),), "invalid name"),
        ((CastSpeaker(name="a:b"),), "':' isn't allowed"),
        ((CastSpeaker(name="a\nb"),), r"'\\n' isn't allowed"),
        ((CastSpeaker(name="[a"),), r"'\[' isn't allowed"),
        ((CastSpeaker(name="a", aliases=tuple(f"b{n}" for n in range(101))),), "too many aliases"),
        (tuple(CastSpeaker(name=f"a{n}") for n in range(1001)), "1001 speakers"),
    ],
)
def test_invalid_names_are_refused(members: tuple[CastSpeaker, ...], match: str) -> None:
    with pytest.raises(CastError, match=match):
        Cast(members=members)


def test_an_alias_may_be_repeated() -> None:
    assert Cast(members=(CastSpeaker(name="A", aliases=("a", "A")),)).find("a") is not None


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "cast.yaml: not a cast"),
        ("hello", "not a cast"),
        ("memberz: {}", "unknown key 'memberz'; did you mean 'members"),
        ("members: {A: {spead: 1}}", "cast.yaml, 'A': unknown key 'spead'; did you mean 'speed"),
        ("members: {A: {name: B}}", "'A': unknown key 'name'"),
        ("members: {A: {speed: fast}}", "'A': speed: must be a number, not text"),
        ("members: {A: {voice: 1}}", "'A': voice: expected text"),
        ("members: {A: {voice: {type: tensor, digest: x}}}", "'A': voice: expected text"),
        ("members: {A: {params: {pitch: [1]}}}", r"'A': params\[...\]: must be true or false"),
        ("members: {A: [1]}", "'A': expected keys with values"),
        ("members: [A, B]", "members: expected keys with values"),
        ("members: {A: {}}\nnarrator: B", "'B' isn't in the cast; available: A"),
        ("members: {Anna: {}}\nnarrator: Ana", "did you mean 'Anna"),
        ("narrator: {speed: 1, x: 2}", "the narrator: unknown key 'x'"),
        (
            "members: {Hans: {}}\nlanguages: {de: Hand}",
            "'Hand', the speaker for language 'de', isn't in the cast; did you mean 'Hans",
        ),
        ("languages: {de: 1}", "'de' needs the name of a speaker"),
        ("members: {A: {preset: x}}", "'A': unknown preset 'x'; there are none"),
        ("members: {A: {}, a: {}}", "'a' is both 'A' and 'a'"),
    ],
)
def test_invalid_files_are_refused(text: str, match: str) -> None:
    with pytest.raises(CastError, match=match):
        read_cast(text.encode(), "cast.yaml")


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"engine": "espeek"}, "cast, 'Bo': there is no engine 'espeek'; did you mean 'espeak"),
        ({"engine": "recognizer"}, "'Bo': engine 'recognizer' doesn't speak"),
        ({"engine": "espeak", "speed": 9.0}, "'Bo': speed 9 is out of range"),
        ({"engine": "espeak", "speed": float("nan")}, "'Bo': speed nan"),
        (
            {"engine": "kokoro", "language": "de"},
            "'Bo': engine 'kokoro' doesn't speak the language 'de'; these do:.*espeak",
        ),
        ({"engine": "espeak", "params": {"pich": 3}}, "no parameter 'pich'"),
        ({"engine": "kokoro", "voice": "a(+b"}, "'Bo': voice 'a"),
        ({"engine": "kokoro", "model": "big"}, "has no model 'big'; available: kokoro-82m"),
        ({"gain_db": float("inf")}, "gain inf dB is out of range"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": 1 << 63}, "seed 9223372036854775808 is out of range"),
    ],
)
def test_invalid_speakers_are_refused(fields: dict[str, object], match: str) -> None:
    with pytest.raises(CastError, match=match):
        Cast(members=(CastSpeaker(name="Bo", **fields),), source="cast").check(REGISTRY)


def test_a_speaker_uses_a_preset() -> None:
    presets = {"Old Man": {"engine": "espeak", "speed": 0.8, "params": {"pitch": 20}}}
    cast = read_cast(b"members: {A: {preset: oldman}, B: {preset: Old Man, speed: 1.0}}", "c", presets=presets)
    assert (cast.cast_speaker("A").speed, cast.cast_speaker("B").speed) == (0.8, 1.0)
    assert cast.cast_speaker("B").params == {"pitch": 20}
    with pytest.raises(CastError, match="unknown preset 'Old Men'; did you mean 'Old Man"):
        read_cast(b"members: {A: {preset: Old Men}}", "c", presets=presets)


def test_a_cast_without_a_narrator_uses_the_jobs_speaker() -> None:
    cast = Cast(members=(CastSpeaker(name="A"),))
    with pytest.raises(CastError, match="no narrator"):
        cast.speaker(None)
    complete = cast.with_narrator(CastSpeaker(name="", engine="tone"))
    assert complete.check(REGISTRY).speaker("A").engine == "tone"
    assert complete.with_narrator(CastSpeaker(name="", engine="espeak")) == complete
    with pytest.raises(ValueError, match="check the cast first"):
        Cast(members=(CastSpeaker(name="A", voice="en"),)).speaker("A")
