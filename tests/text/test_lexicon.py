import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text import lexicon
from voxweft.text.errors import TextError
from voxweft.text.lexicon import MAX_LEXICON_BYTES, Lexicon, lexicon_of, read_lexicon
from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments

LEXICON = """\
# Names
voxweft = vox weft   # in any case
NASA = nassa
new york = Nu Jork
new york city = en why see
C# = see sharp
Xi = /ʃiː/

[de]
nasa = Nasa
GIF = /ɡɪf/
[de-AT]
gif = Bild
[*]
café = kaffee
東京 = とうきょう
"""


def found(text, language=None):
    finder = read_lexicon(LEXICON).finder(language)
    return [(text[m.start : m.end], m.entry.respelling or m.entry.phonemes) for m in finder.find(text)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Voxweft, VOXWEFT's!", None, [("Voxweft", "vox weft"), ("VOXWEFT", "vox weft")]),
        ("voxwefts xvoxweft vox_weft voxweft2", None, []),
        ("NASA nasa NASA-like", None, [("NASA", "nassa"), ("NASA", "nassa")]),
        ("NASA nasa", "de", [("NASA", "nassa"), ("nasa", "Nasa")]),
        ("New \n York CITY, new york.", None, [("New \n York CITY", "en why see"), ("new york", "Nu Jork")]),
        ("new-york newyork new york-city", None, [("new york", "Nu Jork")]),
        ("C# c# C #", None, [("C#", "see sharp")]),
        ("GIF gif", "de", [("GIF", "ɡɪf")]),
        ("GIF gif", "de-AT", [("GIF", "ɡɪf"), ("gif", "Bild")]),
        ("GIF", "fr", []),
        ("cafe\u0301 CAFÉ cafe cafés", None, [("cafe\u0301", "kaffee"), ("CAFÉ", "kaffee")]),
        ("東京タワー", "ja", [("東京", "とうきょう")]),
    ],
)
def test_words_match_whole_longest_first_and_by_case(text, language, expected):
    assert found(text, language) == expected


def test_a_language_without_entries_has_no_finder():
    german = read_lexicon("[de]\na = b")
    assert (german.finder(None), german.finder("en"), len(german)) == (None, None, 1)
    assert german.finder("de_CH") is not None


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("a = b\nc", 2, "expected 'word = pronunciation'"),
        ("\n\n= b", 3, "before the '='"),
        ("a = # nothing", 1, "after the '='"),
        ("a = b\n[de]\na = c\n[*]\na = d", 5, "'a', already on line 1"),
        ("a = /b", 1, "write /ipa/"),
        ("a = //", 1, "write /ipa/"),
        ("a = /b(c)/", 1, "write /ipa/"),
        ("a\u200bb = c", 1, "invisible character"),
        ("a" * 300 + " = b", 1, "too long"),
        ("a = " + "b" * 500, 1, "too long"),
        ("a b " * 20 + "= c", 1, "too long"),
        ("[not a language]", 1, "expected"),
        (b"a = b\n\xff\xfe = c", 2, "UTF-8"),
        (b"a" * (MAX_LEXICON_BYTES + 1), 0, "8 MiB"),
    ],
)
def test_errors_name_the_line(content, line, reason):
    with pytest.raises(TextError) as raised:
        read_lexicon(content)
    assert raised.value.line == line
    assert reason in str(raised.value)


def test_entries_are_bounded(monkeypatch):
    monkeypatch.setattr(lexicon, "MAX_ENTRIES", 3)
    with pytest.raises(TextError, match=r"line 4: .*maximum 3"):
        read_lexicon("a=x\nb=x\nc=x\nd=x")


def test_a_byte_order_mark_and_any_line_ends_are_accepted():
    assert len(read_lexicon(b"\xef\xbb\xbfa = b\r\nc = d\re = f")) == 3


def test_ten_thousand_similar_entries_are_fast():
    finder = read_lexicon("\n".join(f"the word{n} is = x{n}" for n in range(10_000))).finder(None)
    text = "the word5 is here and the the the word77 not " * 500
    assert len(finder.find(text)) == 500


def segments(text, phonemes=True, language="en"):
    reading = TextNormalizer(phonemes=phonemes, lexicon=read_lexicon(LEXICON).finder(language))
    return list(script_segments(read_script(text), lambda piece: reading))


def source_of(text, segment, word):
    start = segment.text.index(word)
    place = segment.word_source(type(segment.source)(start, start + len(word)))
    return text[place.start : place.end]


def test_respellings_map_to_the_source():
    text = "We \\[use] Voxweft in New\nYork. And Xi too."
    first, second = segments(text)
    assert first.text == "We [use] vox weft in Nu Jork."
    assert [source_of(text, first, w) for w in ("We", "use", "weft", "in", "Jork")] == [
        "We",
        "use",
        "Voxweft",
        "in",
        "New\nYork",
    ]
    assert second.text == "And [Xi](/ʃiː/) too."
    assert source_of(text, second, "too") == "too"


def test_ignored_phonemes_are_reported():
    (segment,) = segments("And Xi too.", phonemes=False)
    assert (segment.text, [held.phonemes for held in segment.ignored_pronunciations]) == ("And Xi too.", ["ʃiː"])


def test_a_pronunciation_in_the_script_takes_precedence():
    (segment,) = segments("Say [New York](/nuː/) and [Xi](/x/).")
    assert segment.text == "Say [New York](/nuː/) and [Xi](/x/)."
    assert segment.offset_map is None


def test_text_without_matches_is_unchanged():
    text = "Nothing here is in it. Not a word,\nreally."
    plain = list(script_segments(read_script(text)))
    assert segments(text) == plain


@given(st.text(alphabet=st.sampled_from("new york cityVOXWEFT \n#C\u0301é東京[](/)\\"), max_size=60))
def test_every_character_maps_to_the_source(text):
    for segment in script_segments(
        read_script(text), lambda piece: TextNormalizer(True, read_lexicon(LEXICON).finder("en"))
    ):
        position = segment.source.start
        for n in range(len(segment.text)):
            place = segment.word_source(type(segment.source)(n, n + 1))
            assert position <= place.start < place.end <= segment.source.end
            position = place.start


def test_the_later_of_joined_lexicons_takes_precedence():
    first = read_lexicon("sun = one\nmoon = two\n[de]\nsun = drei")
    joined = Lexicon.joined([first, read_lexicon("sun = four")])
    assert len(joined) == 4
    assert [match.entry.respelling for match in joined.finder(None).find("sun and moon")] == ["four", "two"]
    assert [match.entry.respelling for match in joined.finder("de").find("sun")] == ["drei"]


def test_entries_may_be_an_object() -> None:
    lexicon = lexicon_of(
        {"GIF": "jiff", "New York": "nyoo yawk", "a=b # c": "/eɪ/", "de": {"Chef": "Scheff"}, "*": {"x": "y"}}
    )
    assert len(lexicon) == 5
    english, german = lexicon.finder("en"), lexicon.finder("de-AT")
    assert english is not None
    assert german is not None
    assert [match.entry.respelling for match in english.find("The GIF of New  York, Chef.")] == ["jiff", "nyoo yawk"]
    assert [match.entry.respelling for match in german.find("Chef")] == ["Scheff"]
    assert [match.entry.phonemes for match in english.find("a=b # c")] == ["eɪ"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"word": 3}, "the pronunciation of 'word' must be text"),
        ({"word": ""}, "the pronunciation of 'word' is empty"),
        ({" ": "x"}, "an entry has no word"),
        ({"word": "/a(b/"}, "invalid phonemes"),
        ({"w\u0000": "x"}, r"the entry of 'w\\x00' contains an invisible character"),
        ({"word": {"x": "y"}}, "'word' isn't a language tag"),
        ({"x" * 201: "y"}, "is too long"),
        ({"de": {"x": {"y": "z"}}}, "the pronunciation of 'x' must be text"),
    ],
)
def test_an_entry_that_is_wrong_is_named(entries: dict[str, object], message: str) -> None:
    with pytest.raises(TextError, match=message) as raised:
        lexicon_of(entries)
    assert raised.value.line == 0


def test_a_lexicon_over_another_takes_precedence_in_every_language() -> None:
    base = read_lexicon("[en]\nGIF = ghif\nNew York = nu york\nsun = san\n[*]\nmoon = muhn")
    finder = lexicon_of({"GIF": "jiff", "York City": "yawk"}).over(base).finder("en-US")
    assert finder is not None
    found = finder.find("sun GIF New York moon York City")
    assert [match.entry.respelling for match in found] == ["san", "jiff", "nu york", "muhn", "yawk"]
    assert [match.entry.respelling for match in finder.find("New York City")] == ["yawk"]
    assert lexicon_of({}).over(base).finder("fr") is not None
    assert lexicon_of({}).over(None).finder("fr") is None
