import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments
from voxweft.text.verbalize import make_verbalizer
from voxweft.utils.streaming.contract.registry import EngineRegistry

LEFT = ("dates", "currencies", "units")
ALL = ("numbers", *LEFT)


def written(text, language, kinds):
    parts, position = [], 0
    for start, end, words in make_verbalizer(language, kinds).find(text):
        parts += [text[position:start], words]
        position = end
    return "".join([*parts, text[position:]])


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It is 5 kg, 20 °C or 12 km/h.", "It is 5 kilograms, 20 degrees Celsius or 12 kilometers per hour."),
        ("en", "1 kg and -3 m, 1,200.5 km", "1 kilogram and -3 meters, 1,200.5 kilometers"),
        ("en", "$1, €20, $5 million", "1 US dollar, 20 euros, 5 million US dollars"),
        ("en", "$5.50 and £5.20", "five dollars, fifty cents and five pounds sterling, twenty pence"),
        ("en-US", "03/12/2026, 2026-03-12", "March 12, 2026, March 12, 2026"),
        ("en-GB", "03/12/2026", "3 December 2026"),
        ("de", "5,50 € am 12.03.2026", "fünf Euro und fünfzig Cent am 12. März 2026"),
        ("de", "5 Millionen € für 3,5 km", "5 Millionen Euro für 3,5 Kilometer"),
        ("fr_FR", "1 200 € et 5 kg", "1 200 euros et 5 kilogrammes"),
        ("ru", "21 км", "21 километр"),
        ("ja", "2026/03/12", "2026年3月12日"),
        ("zh-Hant-TW", "5 kg", "5 公斤"),
    ],
)
def test_dates_money_and_units(language, text, expected):
    assert written(text, language, LEFT) == expected


@pytest.mark.parametrize(
    "text",
    [
        *["5 in the morning", "13/45/2026", "v1.2.3", "10.0.0.1", "1984", "3.14", "50%", "5G", "£5m", "ALL 5 of us"],
        *["a kg", "5kgs", "2026-03-12T10:00", "1/2", "m5 m2", "km", "$", "https://x.y/2026-03-12/"],
    ],
)
def test_other_numbers_are_unchanged(text):
    assert written(text, "en", LEFT) == text


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "25 of 34 in 1984 at 14:05.",
            "twenty-five of thirty-four in nineteen eighty-four at fourteen zero five.",
        ),
        ("en", "1st, 3.14, -5, 50 %, 007", "first, three point one four, minus five, fifty percent, zero zero seven"),
        ("en", "on 03/12/2026", "on March twelfth, twenty twenty-six"),
        ("de", "Am 1. Januar 3,5 kg", "Am erste Januar drei Komma fünf Kilogramm"),
        ("es", "3º y 5 km", "tercero y cinco kilómetros"),
        ("ja", "25個", "二十五個"),
        ("fr-BE", "72 kg", "septante-deux kilogrammes"),
        ("pt-BR", "R$ 5,50 e 5,50 €", "cinco reais e cinquenta centavos e cinco euros e cinquenta cêntimos"),
        ("fil", "72 at 5 kg", "72 at 5 kilo"),
        ("en", "12345678901234567890", "one two three four five six seven eight nine zero " * 2),
    ],
)
def test_numbers(language, text, expected):
    assert written(text, language, ALL) == expected.strip()


def test_an_unknown_language_is_unchanged():
    assert make_verbalizer("xx", ALL) is None
    assert make_verbalizer(None, ALL) is None
    assert make_verbalizer("en", ()) is None
    assert written("25 个 5 kg", "zh", ALL) == "25 个 5千克"


def test_the_kinds_that_engines_declare():
    registry = EngineRegistry()
    espeak, kokoro = registry.get("espeak"), registry.get("kokoro")
    assert espeak.kinds_to_verbalize("de-AT") == LEFT
    assert kokoro.kinds_to_verbalize("en-GB") == ("dates", "units")
    assert kokoro.kinds_to_verbalize("fr") == LEFT
    assert [spec.can("phonemes") for spec in (espeak, kokoro)] == [False, True]


@pytest.mark.parametrize(
    ("engine", "language", "voice", "expected"),
    [
        ("espeak", "de", "fr", "de"),
        ("espeak", None, "fr", "fr"),
        ("espeak", None, None, "en-us"),
        ("espeak", None, "en-us+f2", "en-us"),
        ("kokoro", None, None, "en"),
        ("kokoro", None, "if_sara", "it"),
        ("kokoro", None, "af_nova", None),
    ],
)
def test_the_spoken_language(engine, language, voice, expected):
    assert EngineRegistry().get(engine).language_of(language, voice) == expected


def test_a_model_of_one_language_speaks_it():
    pocket = EngineRegistry().get("pocket_tts")
    assert [pocket.language_of(None, None, model) for model in ("", "german")] == ["en", "de"]
    assert pocket.language_of("es-MX", None, "spanish") == "es-MX"
    assert pocket.kinds_to_verbalize("en") == ("numbers", *LEFT)


def test_offsets_map_to_the_source():
    text = "He paid $5.50 for [5 kg](/x/) and 3 km."
    (segment,) = script_segments(
        read_script(text), lambda piece: TextNormalizer(False, None, make_verbalizer("en", LEFT))
    )
    assert segment.text == "He paid five dollars, fifty cents for 5 kg and 3 kilometers."
    for word, source in [("fifty", "$5.50"), ("for", "for"), ("kilometers", "3 km"), ("and", "and")]:
        start = segment.text.index(word)
        place = segment.word_source(type(segment.source)(start, start + len(word)))
        assert text[place.start : place.end] == source


@given(st.text(alphabet="0123456789.,:/-$€% kgmh°C1st年 \u00a0٣½²", max_size=40), st.sampled_from(["en", "de", "ja"]))
def test_any_text_is_verbalized_without_loss(text, language):
    for kinds in (LEFT, ALL):
        position = 0
        for start, end, words in make_verbalizer(language, kinds).find(text):
            assert position <= start < end <= len(text)
            assert words.strip()
            assert any(character.isdigit() for character in text[start:end])
            position = end
