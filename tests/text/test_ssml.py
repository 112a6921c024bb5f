import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script_kit import CAST, texts, unspoken_text

from voxweft.text.errors import TextError
from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments

INSIDE = st.recursive(
    st.sampled_from(
        ["Hello. ", "a", " ", "\n", "\r\n", "&amp;", "&#xe9;", "é", "👩", "[Alice]", "Bob: ", "<!-- x -->", "\n\n"]
    )
    | st.sampled_from(["<break/>", '<break time="1s"/>', "<![CDATA[<&]]>", "<?x y?>", '<sub alias="b">a</sub>', "1.5"])
    | st.just('<phoneme ph="x">y</phoneme>'),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(["p", "s", 'voice name="Bob"', 'lang xml:lang="de"', 'prosody rate="slow"', "emphasis", "b"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def segments(text, **options):
    return list(script_segments(read_script(text, CAST), lambda piece: TextNormalizer(**options)))


def error_of(text):
    with pytest.raises(TextError) as raised:
        list(read_script(text, CAST))
    return raised.value


def test_elements_give_voices():
    pieces = list(
        read_script(
            '<speak xml:lang="en-GB">One. <voice name="alice" xml:lang="de">Zwei <prosody rate="90%">drei</prosody>'
            '</voice><prosody rate="fast">four <voice name="Bob">five</voice></prosody> <lang xml:lang="fr">six</lang>'
            " seven</speak>",
            CAST,
        )
    )
    assert [(p.text.strip(), p.speaker, p.language, dict(p.params)) for p in pieces] == [
        ("One.", None, "en-GB", {}),
        ("Zwei", "Alice", "de", {}),
        ("drei", "Alice", "de", {"speed": 0.9}),
        ("four", None, "en-GB", {"speed": 1.25}),
        ("five", "Bob", None, {"speed": 1.25}),
        ("six", None, "fr", {}),
        ("seven", None, "en-GB", {}),
    ]


@pytest.mark.parametrize(
    ("rate", "speed"), [("x-slow", 0.5), ("120%", 1.2), ("1.5", 1.5), ("default", 1.0), ("+10%", 1.1), ("-50%", 0.5)]
)
def test_rates(rate, speed):
    (piece,) = read_script(f'<speak><prosody rate="{rate}">Hi</prosody></speak>')
    assert dict(piece.params) == {"speed": pytest.approx(speed)}


def test_sentences_paragraphs_and_breaks():
    found = segments(
        '<speak><p><s>One</s><s>two</s></p><p>Three.<break time="1.5s"/> Four</p><break strength="strong"/></speak>'
    )
    assert [(s.text, s.pause_after_s, s.ends_block) for s in found] == [
        ("One", None, False),
        ("two", None, True),
        ("Three.", 1.5, False),
        ("Four", 0.75, True),
    ]


def test_words_map_to_the_source():
    text = '\ufeff<?xml version="1.0" encoding="utf-16"?>\n<speak>Ä <emphasis>b</emphasis>&amp;\r\nC &#233;tude</speak>'
    (segment,) = segments(text)
    assert segment.text == "Ä b& C étude"
    offset_map = [
        segment.word_source(type(segment.source)(start, end))
        for start, end in [(0, 1), (2, 3), (3, 4), (5, 6), (7, 12)]
    ]
    assert [text[place.start : place.end] for place in offset_map] == ["Ä", "b", "&amp;", "C", "&#233;tude"]


def test_phonemes_and_aliases():
    text = 'Say <phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme> on the <sub alias="World Wide Web">WWW</sub>.'
    (with_phonemes,) = segments(f"<speak>{text}</speak>", phonemes=True)
    assert with_phonemes.text == "Say [tomato](/təˈmeɪtoʊ/) on the World Wide Web."
    (plain,) = segments(f"<speak>{text}</speak>")
    assert plain.text == "Say tomato on the World Wide Web."
    assert [held.phonemes for held in plain.ignored_pronunciations] == ["təˈmeɪtoʊ"]
    for segment, word, source in [(with_phonemes, "tomato", "tomato"), (plain, "Wide", "<sub")]:
        start = segment.text.index(word)
        place = segment.word_source(type(segment.source)(start, start + len(word)))
        assert f"<speak>{text}</speak>"[place.start : place.end].startswith(source)


def test_ignored_markup_is_noted():
    script = read_script(
        '<speak>\n<emphasis>A</emphasis> <prosody pitch="+1st">b</prosody> '
        '<phoneme alphabet="x-sampa" ph="x">c</phoneme></speak>'
    )
    assert "".join(piece.text for piece in script).split() == ["A", "b", "c"]
    assert [str(note).rsplit(": ", 1)[0] for note in script.notes] == [f"2:{c}" for c in (1, 24, 58)]
    assert ["emphasis" in script.notes[0].message, "pitch" in script.notes[1].message] == [True, True]


def test_script_tags_are_text_in_ssml():
    assert texts(read_script("<speak>[Alice] x [no] Bob: y [pause:1s]</speak>", CAST)) == [
        (None, "[Alice] x [no] Bob: y [pause:1s]")
    ]


def test_text_that_only_looks_like_ssml():
    assert texts(read_script("<speakers> are [Alice] loud", CAST)) == [(None, "<speakers> are"), ("Alice", "loud")]


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("<speak>\n <s>x</speak>", (2, 8), "mismatched tag"),
        ("<speak>ä&nbsp;</speak>", (1, 9), "undefined entity"),
        ("<speak>a</speak>b", (1, 17), "junk"),
        ("<speak>ä", (1, 9), "<speak> is not closed"),
        ('<speak>é<voice name="Alcie">x</voice></speak>', (1, 9), "Alice"),
        ('<speak><break time="5"/></speak>', (1, 8), "500ms"),
        ('<speak><break time="900000s"/></speak>', (1, 8), "too long"),
        ('<speak><break strength="big"/></speak>', (1, 8), "x-strong"),
        ('<speak><prosody rate="0"></prosody></speak>', (1, 8), "x-fast"),
        ('<speak><lang xml:lang="?">x</lang></speak>', (1, 8), "xml:lang"),
        ('<speak><phoneme ph="x"></phoneme></speak>', (1, 8), "contains no text"),
        ('<speak><phoneme ph="a/b">x</phoneme></speak>', (1, 8), "must not contain"),
        ("<speak><sub>x</sub></speak>", (1, 8), "alias"),
        ('<speak><sub alias="x"><s>x</s></sub></speak>', (1, 23), "only text"),
        ("<speak>\n" + "<s>" * 100, (2, 190), "64"),
        ("<?xml version='1.0'?><x/>", (1, 22), "not <speak>"),
        ("<speak>\ud800</speak>", (1, 8), "surrogate"),
        ("<speak>\0</speak>", (1, 8), "NUL"),
    ],
)
def test_errors_name_their_position(text, place, reason):
    error = error_of(text)
    assert (error.line, error.column) == place
    assert reason in str(error)


def test_no_entity_is_expanded_or_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in (
        f'[<!ENTITY a SYSTEM "{secret.as_uri()}">]',
        f'[<!ENTITY l0 "ha">{laughs}]',
        f'SYSTEM "{secret.as_uri()}"',
    ):
        error = error_of(f"<!DOCTYPE speak {declared}>\n<speak>&a;&l9;</speak>")
        assert "document type" in str(error)


@pytest.mark.parametrize(
    "unit", ["a", "é ", "<s>", "<!-- ", "&amp;", "</s>", "<s/>", "<break/>", "\r\n", '<a b="', "[", "&"]
)
def test_parsing_takes_linear_time(unit):
    text = "<speak>" + unit * (60_000 // len(unit))
    try:
        list(read_script(text, CAST))
    except TextError as error:
        assert error.line > 0  # noqa: PT017
    if unit not in ("<s>", "<!-- ", "</s>", '<a b="', "&"):
        assert unspoken_text(text + "</speak>", segments(text + "</speak>")).replace("\0", "").strip()


@given(st.lists(INSIDE, max_size=8).map("".join))
def test_spoken_text_and_markup_cover_the_source(inside):
    text = f"<speak>{inside}</speak>"
    try:
        pieces, spoken = list(read_script(text, CAST)), segments(text)
    except TextError as error:
        assert "phoneme" in str(error)  # noqa: PT017
        return
    for found in (pieces, spoken):
        rest = unspoken_text(text, found).replace("\0", "")
        assert re.sub(r"<!--.*?-->|<!\[CDATA\[|\]\]>|<[^<>]*>", "", rest).strip() == ""
    bare = re.sub(r'<sub alias="b">a</sub>', "b", inside)
    bare = re.sub(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[<&\]\]>|<[^<>]*>", lambda m: "<&" if "CDATA" in m[0] else "", bare)
    bare = bare.replace("&amp;", "&").replace("&#xe9;", "é")
    assert "".join("".join(s.text for s in spoken).split()) == "".join(bare.split())


@given(st.text(alphabet=st.sampled_from('<>/&;"=![]- speakbrt#x'), max_size=40))
def test_any_ssml_is_parsed_or_rejected_with_a_position(rest):
    try:
        list(read_script(f"<speak {rest}", CAST))
    except TextError as error:
        assert error.line == 1  # noqa: PT017
