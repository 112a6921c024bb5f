"""The choice of an eSpeak NG voice for a segment, and the voice catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxweft.engines import espeak
from voxweft.engines.espeak.binding import EspeakLibrary, find_espeak
from voxweft.engines.espeak.voices import VoiceCatalog
from voxweft.jobs.voices.voice_names import OPENAI_VOICES
from voxweft.utils.streaming import MixedVoice, NamedVoice, ReferenceVoice, TensorVoice, Voice, VoicePart
from voxweft.utils.streaming.contract.engine_spec import read_spec

SPEC = read_spec(Path(espeak.__file__).parent)


@pytest.fixture(scope="module")
def catalog() -> VoiceCatalog:
    files = find_espeak()
    with EspeakLibrary(files) as library:
        return VoiceCatalog.read(library, files.data, "en-us", SPEC.voice_aliases)


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("en-us", None, ("gmw/en-US", "")),
        ("EN-US+F2", None, ("gmw/en-US", "f2")),
        ("gmw/en-US+whisper", None, ("gmw/en-US", "whisper")),
        ("de+Mr serious", None, ("gmw/de", "Mr serious")),
        ("de", None, ("gmw/de", "")),
        ("en", None, ("gmw/en", "")),
        ("no", None, ("gmq/nb", "")),
        ("+f2", None, ("gmw/en-US", "f2")),
        ("+f2", "de-AT", ("gmw/de", "f2")),
        ("nova", None, ("gmw/en-US", "f3")),
        ("Onyx", "de-AT", ("gmw/de", "m8")),
        ("en-us", "en-GB", ("gmw/en-US", "")),
        ("cmn", "zh-TW", ("sit/cmn", "")),
        (None, None, ("gmw/en-US", "")),
        (None, "en-US", ("gmw/en-US", "")),
        (None, "en", ("gmw/en", "")),
        (None, "EN_us", ("gmw/en-US", "")),
        (None, "de-AT", ("gmw/de", "")),
        (None, "de-x-mine", ("gmw/de", "")),
        (None, "zh-Hant-TW", ("sit/cmn", "")),
        (None, "es-MX", ("roa/es-419", "")),
    ],
)
def test_choose_by_name_and_language(
    catalog: VoiceCatalog, name: str | None, language: str | None, expected: tuple[str, str]
) -> None:
    voice = None if name is None else NamedVoice(name)
    assert catalog.choose(voice, language)[:2] == expected


@pytest.mark.parametrize(
    ("name", "language", "message"),
    [
        ("en-uz", None, r"no voice 'en-uz'.*'en-us'"),
        ("en-us+f9", None, r"no variant '\+f9'.*'\+f"),
        ("en-us+", None, "no variant"),
        ("f2", None, r"write '\+f2'"),
        ("", None, "no voice ''"),
        ("en-us", "de", "speaks en, not the requested language 'de'"),
        (None, "qqq-XX", "no voice for the language 'qqq-XX'"),
        ("+absent", "de", "no variant"),
    ],
)
def test_an_unknown_voice_variant_or_language_is_an_error(
    catalog: VoiceCatalog, name: str | None, language: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        catalog.choose(None if name is None else NamedVoice(name), language)


@pytest.mark.parametrize(
    "voice", [MixedVoice((VoicePart("de", 1.0),)), TensorVoice("00"), ReferenceVoice("00", "words")]
)
def test_other_kinds_of_voice_are_rejected(catalog: VoiceCatalog, voice: Voice) -> None:
    with pytest.raises(ValueError, match="named voices only"):
        catalog.choose(voice, None)


def test_the_catalog_has_every_voice_once_and_each_can_be_chosen(catalog: VoiceCatalog) -> None:
    infos = catalog.infos()
    names = [info.name for info in infos]
    assert len(set(names)) == len(names)
    voices = [info for info in infos if info.kind == "voice"]
    variants = [info for info in infos if info.kind == "variant"]
    assert len(voices) > 120
    assert len(variants) > 90
    chosen = {catalog.choose(NamedVoice(info.name), None) for info in voices}
    assert len(chosen) == len(voices)
    assert {catalog.choose(NamedVoice(info.name), None).variant for info in variants} == {
        info.name.removeprefix("+") for info in variants
    }
    american = next(info for info in voices if info.name == "en-us")
    assert american.title == "English (America)"
    assert "en-us" in american.languages
    assert next(info for info in variants if info.name == "+f2").gender == "female"


def test_the_first_voice_with_a_tag_is_the_one_for_the_tag(catalog: VoiceCatalog) -> None:
    first: dict[str, str] = {}
    for info in catalog.infos():
        for tag in info.languages:
            first.setdefault(tag.lower(), info.name)
    assert first["en"] == "en-gb"
    for tag, name in first.items():
        assert catalog.choose(NamedVoice(name), None) == catalog.choose(None, tag)


def test_openai_names_are_variants_of_their_gender_each_once(catalog: VoiceCatalog) -> None:
    genders = {info.name: info.gender for info in catalog.infos() if info.kind == "variant"}
    assert {alias: genders[name] for alias, name in SPEC.voice_aliases.items()} == OPENAI_VOICES
    assert len(set(SPEC.voice_aliases.values())) == len(OPENAI_VOICES)


def test_voices_without_a_dictionary_are_omitted(catalog: VoiceCatalog) -> None:
    files = find_espeak()
    with EspeakLibrary(files) as library:
        listed = {entry.identifier for entry in library.voices()}
    offered = {catalog.choose(NamedVoice(info.name), None).identifier for info in catalog.infos()}
    for identifier in listed - offered:
        silent: list[int] = []
        with EspeakLibrary(files) as library:
            library.set_voice(identifier)
            library.speak("one two", lambda pcm, words, seen=silent: seen.extend(pcm) or True)
        assert not any(silent), f"{identifier} speaks, so it should be offered"
