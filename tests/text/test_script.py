import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script_kit import CAST, CastNames, texts, unspoken_text

from voxweft.text.errors import TextError
from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import MAX_NOTES, read_script
from voxweft.text.script_segments import script_segments
from voxweft.text.segmenter import segment_text, span_text

TAGS = [
    "[Alice]",
    "[Bob]",
    "[de:]",
    "[de:Alice]",
    "[pause:1s]",
    "[wait: ,5 s]",
    "Bob:",
    "Alice: ",
    "[x](/y/)",
    "[no]",
    "[1]",
]
SHARDS = ["[", "]", "\\[", "\\]", "](/", "\\:", ":", ".", "Hi", "שלום", "\u202e", "é", "\x07", "👩\u200d👩", "3.14"]
BLANKS = ["\n", "\n\n", "\r\n", "\r", "\u2028", "\u2029", " ", ". ", "\x1f", "# Title\n", "- item\n", "CHAPTER 4\n"]
BROKEN = st.sampled_from([*TAGS, "[|speed:0.9]", "[Alice|seed:1]", *SHARDS, *BLANKS])
TEXTS = st.one_of(
    st.lists(BROKEN, max_size=40).map("".join),
    st.lists(BROKEN | st.text(max_size=4), max_size=30).map("".join),
    st.text(max_size=80),
)
MARKUP = re.compile(
    r"\[(?:(?:Alice|Bob)\s*:?\s*|"
    r"de:|de:Alice|pause:1s|wait: ,5 s|\|speed:0\.9|Alice\|seed:1)\]:?|(?:Alice|Bob)[^\S\n]*:",
    re.IGNORECASE,
)


def segments(text, **options):
    return list(script_segments(read_script(text, CAST), lambda piece: TextNormalizer(**options)))


def test_a_speaker_name_takes_precedence_over_a_language_code():
    assert texts(read_script("[Bob:] Hello.", CAST)) == [("Bob", "Hello.")]


def test_a_bare_name_is_a_tag_only_if_it_is_in_the_cast():
    script = read_script("[Alice] Hello. [1] See [China] and [no]. [laughs] Yes.", CAST)
    assert texts(script) == [("Alice", "Hello. [1] See [China] and [no]. Yes.")]
    assert [note.column for note in script.notes] == [16, 24, 36]
    assert str(script.notes[1]) == "1:24: [China] is not a speaker in the cast; read as text"


@pytest.mark.parametrize(("written", "tag"), [("pause 5", "5"), ("wait 500 ms", "0.5"), ("Pause 1,5s", "1.5")])
def test_a_pause_without_a_colon_is_text_with_a_note(written, tag):
    script = read_script(f"One [{written}] two.", None)
    assert texts(script) == [(None, f"One [{written}] two.")]
    [note] = script.notes
    assert str(note) == f"1:5: [{written}] is not a tag: a pause is written [pause:{tag}s]; read as text"


def test_speaker_names_are_canonical_and_the_narrator_is_none():
    assert texts(read_script("[AL] Hi. [narrator] He left.", CAST)) == [("Alice", "Hi."), (None, "He left.")]


def test_a_tag_within_a_line_applies_to_its_end():
    assert texts(read_script("[Alice] One.\nTwo. [Bob] Three. [Alice] Four.\nFive.", CAST)) == [
        ("Alice", "One."),
        (None, "Two."),
        ("Bob", "Three."),
        ("Alice", "Four."),
        (None, "Five."),
    ]


@pytest.mark.parametrize("tag", ["[Alice]", "  [Alice]\t", "Alice:", "Alice :", "[Bob] [Alice]", "[Alice] [pause:1s]"])
def test_a_tag_on_its_own_line_applies_to_a_blank_line(tag):
    assert texts(read_script(f"{tag}\nOne.\nTwo.\n \nThree.", CAST)) == [("Alice", "One.\nTwo."), (None, "Three.")]


def test_a_tag_on_its_own_line_applies_to_the_next_tag():
    assert texts(read_script("[Alice]\nOne.\n[Bob] Two.\nThree.", CAST)) == [
        ("Alice", "One."),
        ("Bob", "Two."),
        (None, "Three."),
    ]


def test_parameters_without_a_name_keep_the_speaker():
    pieces = list(read_script("[Alice|seed:7]\nOne. [|speed:0.9] Two.\nThree.\n[Bob] Four.", CAST))
    assert [(p.speaker, dict(p.params)) for p in pieces] == [
        ("Alice", {"seed": 7}),
        ("Alice", {"seed": 7, "speed": 0.9}),
        ("Alice", {"seed": 7}),
        ("Bob", {}),
    ]


def test_parameters_never_leak():
    pieces = list(read_script("[Alice|speed:1.1] A [Bob] B [Alice] C [de:|gain:-3 dB] D [Bob] E\nF", CAST))
    assert [dict(p.params) for p in pieces] == [{"speed": 1.1}, {}, {}, {"gain": -3.0}, {}, {}]
    assert [p.language for p in pieces] == [None, None, None, "de", None, None]


def test_languages():
    pieces = list(read_script("[pt_BR:Alice] Oi. [de:] Hallo. [ zh-Hant : Bob ] 你好", CAST))
    assert [(p.speaker, p.language) for p in pieces] == [("Alice", "pt-BR"), (None, "de"), ("Bob", "zh-Hant")]


@pytest.mark.parametrize(
    ("written", "pause_s"),
    [
        ("pause:1.5s", 1.5),
        ("pause:500ms", 0.5),
        ("wait: 2 s", 2),
        ("PAUSE : .5", 0.5),
        ("wait:1,5", 1.5),
        ("pause:3 seconds", 3),
        ("pause：1s", 1),
        ("pause:0", 0),
        ("pause:10 milliseconds", 0.01),
    ],
)
def test_pauses(written, pause_s):
    first, second = read_script(f"One [{written}] two.", CAST)
    assert (first.pause_before_s, second.pause_before_s) == (None, pause_s)


def test_pauses_add_up_and_count_at_both_ends():
    first, second = script_segments(
        read_script("[pause:1s][Alice]\n\nOne.\n[wait:1s]\n\n[wait:.5] Two. [pause:2s]\n[Bob]", CAST)
    )
    assert (first.pause_before_s, first.pause_after_s, second.pause_before_s, second.pause_after_s) == (1, 1.5, None, 2)


@pytest.mark.parametrize(
    "written", ["pause:-1s", "pause:1x", "wait:1e9s", "pause:61", "pause:99999999s", "pause:1.2.3s"]
)
def test_invalid_pauses(written):
    with pytest.raises(TextError, match=r"2:3: .*pause"):
        list(read_script(f"One\n  [{written}] two.", CAST))


@pytest.mark.parametrize("text", ["[pause]", "[wait: what?]", "[pause:long]", "[break]"])
def test_text_that_resembles_a_pause(text):
    assert texts(read_script(text, CAST)) == [(None, text)]


@pytest.mark.parametrize(
    ("text", "place", "nearest"),
    [
        ("Hi.\n\n Alcie: hello", (3, 2), ("Alice",)),
        ("Speaker 3: hello", (1, 1), ("Speaker 1", "Speaker 2")),
        ("Alice 2: hello", (1, 1), ("Alice",)),
        ("[Alcie] hello", (1, 1), ("Alice",)),
        ("[Bob] [Alicia|seed:1] hello", (1, 7), ("Alice",)),
        ("Hi [de:Alicee] hello", (1, 4), ("Alice",)),
        ("Hi [de:Zed] hello", (1, 4), ()),
        ("Hi [Alice|sped:1] hello", (1, 4), ("speed",)),
        ("Hi [|temprature:1] hello", (1, 4), ("temperature",)),
    ],
)
def test_misspelled_names_are_errors_with_suggestions(text, place, nearest):
    with pytest.raises(TextError) as raised:
        list(read_script(text, CAST, lambda speaker: ["temperature"]))
    assert (raised.value.line, raised.value.column) == place
    assert set(nearest) <= set(raised.value.nearest)
    assert all(name in str(raised.value) for name in nearest)


@pytest.mark.parametrize(
    "text",
    [
        "Note: this",
        "He said: that",
        "Alice said: no",
        "Warning: x",
        "Bib: x",
        "Alice:hello",
        "12:30 Alice",
        "Alcie\\: hello",
        "\\[Alcie] hello",
        "so [Alcie] hello",
        "[see: here]",
        "[a|b]",
        "[ed: one two three four five six]",
    ],
)
def test_prose_is_not_an_error(text):
    assert texts(read_script(text, CAST)) == [(None, text.replace("\\", ""))]


@pytest.mark.parametrize("text", ["[Alice|speed:0]", "[Alice|speed:fast]", "[|seed:-1]", "[|seed:1.5]", "[|gain:loud]"])
def test_invalid_values(text):
    with pytest.raises(TextError, match=r"1:1: invalid (speed|seed|gain) "):
        list(read_script(f"{text} x", CAST))


def test_values_have_their_types():
    (piece,) = read_script("[|a:1|b:1,5|c:yes|d:TRUE|e: x y |speed: 1.5x|seed:random] Hi", CAST)
    assert dict(piece.params) == {"a": 1, "b": 1.5, "c": "yes", "d": True, "e": "x y", "seed": "random", "speed": 1.5}
    assert isinstance(dict(piece.params)["d"], bool)


def test_without_a_cast():
    script = read_script("[Alice] Alice: x [de:] Hallo. [pause:1s] [|speed:2] Los.")
    assert texts(script) == [(None, "[Alice] Alice: x"), (None, "Hallo."), (None, "Los.")]
    with pytest.raises(TextError, match="no cast is given"):
        list(read_script("[de:Alice] x"))


def test_nested_and_unclosed_brackets_are_text():
    script = read_script("[[Alice]] [a [Bob] b] [sigh [Alice] yes]] [Bob [\n[", CAST)
    assert texts(script) == [(None, "[[Alice]] [a [Bob] b] [sigh [Alice] yes]] [Bob [\n[")]
    assert texts(read_script("[sigh Hi [Alice] yes", CAST)) == [(None, "[sigh Hi"), ("Alice", "yes")]
    assert script.n_notes == 6


def test_an_engine_with_phonemes_gets_the_overrides():
    text = 'He met [Dr. No. Really](/dˈɑktəɹ/) there. "[Ada](/ˈAdə/)" \\[1] [link](http://x).'
    with_phonemes = segments(text, phonemes=True)
    assert [s.text for s in with_phonemes] == [
        "He met [Dr. No. Really](/dˈɑktəɹ/) there.",
        '"[Ada](/ˈAdə/)" [1] [link](http://x).',
    ]
    assert with_phonemes[0].offset_map is None
    assert not with_phonemes[0].ignored_pronunciations
    spoken = segments(text)
    assert spoken[0].text == "He met Dr. No. Really there."
    assert [(h.phonemes, text[h.source.start : h.source.end]) for h in spoken[0].ignored_pronunciations] == [
        ("dˈɑktəɹ", "[Dr. No. Really](/dˈɑktəɹ/)")
    ]
    there = spoken[0].word_source(type(spoken[0].source)(22, 27))
    assert text[there.start : there.end] == "there"


def test_notes_are_bounded_and_counted():
    script = read_script("[x] " * 5000, CAST)
    assert len(list(script)) == 1
    assert (len(script.notes), script.n_notes) == (MAX_NOTES, 5000)
    assert (script.notes[-1].line, script.notes[-1].column) == (1, 797)


@pytest.mark.parametrize(("text", "place"), [("a\r\nb\ud800", (2, 2)), ("a\rb\n\nc\0", (4, 2))])
def test_invalid_characters_are_rejected(text, place):
    with pytest.raises(TextError) as raised:
        list(read_script(text, CAST))
    assert (raised.value.line, raised.value.column) == place


def test_a_long_script_is_parsed_lazily():
    pulled = []

    class Watching(CastNames):
        def find(self, name):
            pulled.append(name)
            return super().find(name)

    text = "[Alice] One.\n\n" + "".join(f"[Number {n}] More.\n\n" for n in range(1000))
    first = next(iter(script_segments(read_script(text, Watching("Alice")))))
    assert first.text == "One."
    assert len(pulled) < 5


@pytest.mark.parametrize(
    "unit", ["a", "[", "]", "[a", "[]", "\\[", "[a](/", "[x](/y/)", "[Alice]", ":", "a: ", "\r", " \n"]
)
def test_parsing_takes_linear_time(unit):
    text = unit * (60_000 // len(unit))
    assert unspoken_text(text, list(script_segments(read_script(text, CAST)))).strip("\0" + " \r\n[Alice]") == ""


@given(TEXTS)
def test_spoken_text_and_markup_cover_the_source(text):
    try:
        pieces = list(read_script(text, CAST))
        spoken = segments(text)
    except TextError as error:
        assert re.search("[\0\ud800-\udfff]", text) or error.nearest or "pause" in error.reason  # noqa: PT017
        return
    assert MARKUP.sub("", unspoken_text(text, pieces)).replace("\0", "").strip() == ""
    assert MARKUP.sub("", unspoken_text(text, spoken)).replace("\0", "").strip() == ""
    assert [s for s in segments(text, phonemes=True) if not s.text.strip()] == []
    for segment in spoken:
        for position in range(len(segment.text)):
            place = segment.word_source(type(segment.source)(position, position + 1))
            assert segment.source.start <= place.start < place.end <= segment.source.end


@given(
    st.lists(BROKEN.filter(lambda s: not re.search(r"[\[\]\\:]", s)) | st.text(max_size=3), max_size=30).map("".join)
)
def test_plain_text_has_the_same_segments_as_a_script(text):
    plain = re.sub("[\\[\\]\\\\:：\0\ud800-\udfff]", "", text)
    for max_chars in (400, 40):
        found = list(script_segments(read_script(plain, CAST), max_chars=max_chars))
        spans = list(segment_text(plain, max_chars=max_chars))
        assert [segment.source for segment in found] == spans
        assert [segment.text for segment in found] == [span_text(plain, span) for span in spans]


def test_a_one_megabyte_word():
    text = "[Alice] " + "x" * 1_000_000
    found = list(script_segments(read_script(text, CAST)))
    assert "".join(segment.text for segment in found) == text[8:]
    assert max(len(segment.text) for segment in found) <= 400
