import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.incremental_segmenter import IncrementalSegmenter
from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments
from voxweft.text.verbalize.verbalizer import make_verbalizer


def read(text, language):
    return make_verbalizer(language).apply(text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ru", "21 км", "двадцать один километр"),
        ("fil", "72 at 5 kg", "72 at 5 kilo"),
        ("fr-BE", "72 kg", "septante-deux kilogrammes"),
        ("nl", "25 km/u", "vijfentwintig kilometer per uur"),
        ("vi", "2024", "hai nghìn lẻ hai mươi bốn"),
        ("vi", "-5 km", "âm năm kilômét"),
        ("pl", "-40 °C", "minus czterdzieści stopni Celsjusza"),
        ("sv", "2024, 1990", "tvåtusentjugofyra, etttusen niohundranittio"),
        ("ro", "-40°, 5 °F", "minus patruzeci de grade, cinci grade Fahrenheit"),
    ],
)
def test_a_language_without_words_of_its_own_is_read_by_cldr_and_num2words(language, text, expected):
    assert read(text, language) == expected


def test_marks_of_markdown_and_html_part_lines_and_blocks():
    assert read("> One\n>> two <p>three</p><p>four</p>", "en") == "One\ntwo three four"


def test_an_unknown_language_has_no_verbalizer():
    assert make_verbalizer("xx") is None
    assert make_verbalizer(None) is None


def test_offsets_map_to_the_source():
    text = "He paid $5.50 for [5 kg](/x/) and 3 km."
    (segment,) = script_segments(read_script(text), lambda piece: TextNormalizer(False, None, make_verbalizer("en")))
    assert segment.text == "He paid five dollars and fifty cents for 5 kg and three kilometers."
    for word, source in [("fifty", "$5.50"), ("for", "for"), ("kilometers", "3 km"), ("and three", "and 3 km")]:
        start = segment.text.index(word)
        place = segment.word_source(type(segment.source)(start, start + len(word)))
        assert text[place.start : place.end] == source


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_text_that_arrives_in_pieces_is_read_the_same(size):
    text = "It cost $1,234.50 at 5:30 p.m. on Jan. 5, says Dr. Lee, who has **3** cats. The 1980s were 30% better."
    segmenter, verbalizer = IncrementalSegmenter(), make_verbalizer("en")
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    ready = [segment for piece in pieces for segment in segmenter.push(piece)] + segmenter.flush()
    assert " ".join(verbalizer.apply(segment.text) for segment in ready) == verbalizer.apply(text)


def test_emoji_are_left_out_or_named():
    text = "Great 🎉 work 😂😂! 👍🏽 🇫🇷"
    assert read(text, "en") == "Great work!"
    named = make_verbalizer("es", name_emoji=True).apply(text)
    assert named == "Great, cañón de confeti, work, cara llorando de risa! pulgar hacia arriba, bandera francia"


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "1-",
        "a.",
        "a@",
        "$",
        "[a](",
        " ",
        "1 ",
        "IV ",
        "(1",
        "🎉",
        "1/",
        "`",
        "ﬁ",
        "ab.",
        "/a",
        "a&",
        "1 A ",
        "<br>",
        "\n>",
        "==a",
        "1~",
        "⁶",
    ],
)
def test_time_is_linear(unit):
    assert grows_linearly(make_verbalizer("en").find, lambda size: (unit * size)[:size], 2_000)


@given(
    st.text(alphabet="0123456789.,:/-$€% kgmh°C1st年 \u00a0٣½²⁶⁻①ﬁ㎏*_#[]()`🎉<br>=~&;", max_size=40),
    st.sampled_from(["en", "de", "ja"]),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_replacements_are_in_order_and_outside_of_what_is_taken(text, language, cuts):
    taken = [(start, end) for start, end in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)]
    taken = [(start, end) for start, end in taken if start < end <= len(text)]
    position = 0
    for start, end, _ in make_verbalizer(language).find(text, taken):
        assert position <= start < end <= len(text)
        assert all(end <= first or last <= start for first, last in taken)
        position = end
