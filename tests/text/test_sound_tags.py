from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script_kit import CAST, unspoken_text

from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_plain, read_script
from voxweft.text.script_segments import ScriptSegment, script_segments
from voxweft.text.sound_tags import has_sounds, perform, spoken_text, without_literals, without_open_tag
from voxweft.text.sounds import canonical_names
from voxweft.utils.streaming import SourceSpan

TAGS = ("laugh", "sigh", "whispering")
PERFORMED = canonical_names(TAGS)
BEFORE_SPACE, AFTER_SPACE = set(",.;:!?…)]}。、！？，：；"), set("([{「¿¡")
SHARDS = st.sampled_from(
    ["Yes.", "No!", "word", "two words", "5 kg", "(x)", "Dr. No", "…", ",", "。", "中文", "ไทย", "🙂", "é"]
    + [" "] * 6
    + ["  ", "\n", "\n\n", "\r\n", "\u00a0", "# Title\n", "- item\n", "CHAPTER 4\n"]
)
TEXTS = st.lists(SHARDS, min_size=1, max_size=30).map("".join)
WRITTEN = st.sampled_from(["[laugh]", "[Laughs]", "[sighs deeply]", "[risas]", "[whispers]"])


def segments(text: str, tags: tuple[str, ...] = (), *, markup: bool = False, **options: object) -> list[ScriptSegment]:
    script = read_script(text, CAST) if markup else read_plain(text)
    return list(script_segments(script, lambda _: TextNormalizer(performed=canonical_names(tags), **options)))


def insertions(text: str, at: int, tag: str) -> list[str]:
    """The ways to write a tag at a position so that it is clear which white space is the text's own."""
    before, after = text[:at][-1:], text[at : at + 1]
    ways = []
    in_word = before.isalnum() and after.isalnum() and not re.search("[\u0e00-\u9fff]", before + after)
    if not (in_word or (before.isspace() and (after.isspace() or after in BEFORE_SPACE))) and not (
        before in AFTER_SPACE and after.isspace()
    ):
        ways.append(tag)
    if not before.isspace() and (not after or after.isspace() or after in BEFORE_SPACE):
        ways.append(f" {tag}")
    if not after.isspace() and (not before or before.isspace() or before in AFTER_SPACE):
        ways.append(f"{tag} ")
    return ways


@given(st.data(), TEXTS, st.booleans())
def test_an_engine_without_sounds_gets_the_text_without_tags(data, text, markup):
    plain = segments(text, markup=markup)
    position, tagged, written = 0, [], []
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=5, unique=True).map(sorted))
    for place in places:
        tag = data.draw(WRITTEN)
        ways = insertions(text, place, tag)
        if ways and (not position or place > position + 1):
            tagged += [text[position:place], data.draw(st.sampled_from(ways))]
            written.append(tag)
            position = place
    source = "".join(tagged) + text[position:]
    found = segments(source, markup=markup)
    assert [one.text for one in found] == [one.text for one in plain]
    assert [one.ends_block for one in found] == [one.ends_block for one in plain]
    assert re.sub(r"\[[^\]]*\]", "", unspoken_text(source, found).replace("\0", "")).strip() == ""
    for one, other in zip(found, plain, strict=True):
        for at, character in enumerate(one.text):
            span, own = one.word_source(SourceSpan(at, at + 1)), other.word_source(SourceSpan(at, at + 1))
            if text[own.start : own.end] == character:
                assert source[span.start : span.end] == character
    left_out = [tag.written for one in found for tag in one.ignored_sounds]
    assert len(left_out) <= len(written)
    performed = segments(source, TAGS, markup=markup)
    words = [spoken_text(one.text, TAGS).words for one in performed]
    assert [_letters(text) for text in words if text] == [_letters(one.text) for one in plain]
    names = [PERFORMED[name] for name in map(_name, written)]
    assert [name for one in performed for name in spoken_text(one.text, TAGS).performed] == names
    if not any("  " in one.text for one in plain):
        assert not any("  " in one.text for one in performed)


def _letters(text: str) -> str:
    """The text without white space: between words without a space, a tag gets one."""
    return "".join(text.split())


def _name(written: str) -> str:
    return {"[L": "laugh", "[l": "laugh", "[r": "laugh", "[s": "sigh", "[w": "whisper"}[written[:2]]


@pytest.mark.parametrize(
    ("written", "performed", "spoken"),
    [
        ("Hello [laughs] world.", ["Hello [laugh] world."], ["Hello world."]),
        ("Hello[laughs] world.", ["Hello [laugh] world."], ["Hello world."]),
        ("Hello [laughs]world.", ["Hello [laugh] world."], ["Hello world."]),
        ("Well [laughs], yes.", ["Well [laugh], yes."], ["Well, yes."]),
        ("wait[laughs]what", ["wait [laugh] what"], ["wait what"]),
        ("One.[laughs] Two.", ["One. [laugh]", "Two."], ["One.", "Two."]),
        ("One. [laughs] Two.", ["One.", "[laugh] Two."], ["One.", "Two."]),
        ("One. [laughs]\nTwo.", ["One. [laugh]", "Two."], ["One.", "Two."]),
        ("One. [sighs] [laughs] Two.", ["One.", "[sigh] [laugh] Two."], ["One.", "Two."]),
        ("Two\n[laughs]\nlines.", ["Two [laugh] lines."], ["Two lines."]),
        ("One.\n\n[laughs]\n\nTwo.", ["One.", "[laugh]", "Two."], ["One.", "Two."]),
        ("[laughs]", ["[laugh]"], []),
        ("[laughs] [coughs]", ["[laugh]"], []),
        ("面白い。[笑]そう。", ["面白い。 [laugh]", "そう。"], ["面白い。", "そう。"]),
        ("[[laughs]] see [a [sighs] b]", ["[[laugh]] see [a [sigh] b]"], ["[] see [a b]"]),
        ("[laughs](/lɑːfs/) [laugh track]", None, ["[laughs](/lɑːfs/) [laugh track]"]),
        ("(laughs) [laugh\nter] [ laugh", None, ["(laughs) [laugh ter] [ laugh"]),
    ],
)
def test_tags_in_plain_text(written, performed, spoken):
    assert [one.text for one in segments(written, TAGS)] == (spoken if performed is None else performed)
    assert [one.text for one in segments(written)] == spoken
    assert has_sounds(written) == (performed is not None)


@pytest.mark.parametrize(
    ("written", "performed", "spoken"),
    [
        (r"\[laugh\] is [laughs] a word.", "(laugh) is [laugh] a word.", "[laugh] is a word."),
        ("<speak>A [laughs] and &#91;laugh&#93;.</speak>", "A [laugh] and (laugh).", "A and [laugh]."),
        ("<speak>A [la&#117;ghs] b.</speak>", "A [laugh] b.", "A b."),
    ],
)
def test_a_bracket_that_is_escaped_is_text(written, performed, spoken):
    assert [one.text for one in segments(written, TAGS, markup=True)] == [performed]
    assert [one.text for one in segments(written, markup=True)] == [spoken]


def test_ssml_of_more_than_one_chunk_has_tags_anywhere():
    for n_chars in range((1 << 16) - 17, (1 << 16) - 7):
        text = f"<speak>{'x ' * (n_chars // 2)}{'x' * (n_chars % 2)} [laughs] end.</speak>"
        assert segments(text, TAGS, markup=True)[-1].text.endswith("[laugh] end.")


def test_a_name_of_the_cast_takes_precedence():
    from script_kit import CastNames

    script = read_script("[Sigh] Hi. [laughs] Yes.", CastNames("Sigh"))
    assert [(one.speaker, one.text) for one in script_segments(script)] == [("Sigh", "Hi."), ("Sigh", "Yes.")]


def test_a_line_with_a_sound_has_text():
    text = "Alice: [laughs]\nHe looked up."
    assert [(one.speaker, one.text) for one in segments(text, TAGS, markup=True)] == [
        ("Alice", "[laugh]"),
        (None, "He looked up."),
    ]


def test_pauses_around_a_passage_of_tags_add_up():
    text = "One. [pause:2s] [laughs] [pause:1s] Two. [pause:1s] [sighs] [pause:.5s]"
    one, two = segments(text, markup=True)
    assert (one.pause_after_s, two.pause_before_s, two.pause_after_s) == (3.0, None, 1.5)
    found = segments(text, TAGS, markup=True)
    assert [(part.text, part.pause_after_s) for part in found] == [
        ("One.", 2.0),
        ("[laugh]", 1.0),
        ("Two.", 1.0),
        ("[sigh]", 0.5),
    ]


def test_every_part_of_a_text_for_an_engine_maps_to_the_script():
    text = "Oh [laughs] [1] my. Dear [sighs deeply], dear."
    for one in segments(text, TAGS, mood="angry"):
        for found in re.finditer(r"\[\w+\]|\w+", one.text):
            span = one.word_source(SourceSpan(*found.span()))
            if found.group() == "[angry]":
                assert span.start == span.end == one.source.start
            else:
                expected = {"[laugh]": "[laughs]", "[sigh]": "[sighs deeply]"}.get(found.group(), found.group())
                assert text[span.start : span.end] == expected


def test_a_tag_never_splits_words_that_are_replaced_as_one():
    from voxweft.text.lexicon import read_lexicon

    lexicon = read_lexicon("new york = Nu York\nlol = [laughs] funny\nhaha = [laughs]\n")
    for text, performed, spoken in [
        ("New [sighs] York now.", "Nu York [sigh] now.", "Nu York now."),
        ("So lol yes.", "So [laugh] funny yes.", "So funny yes."),
        ("haha", "[laugh]", "haha"),
    ]:
        assert [one.text for one in segments(text, TAGS, lexicon=lexicon.finder("en"))] == [performed]
        assert [one.text for one in segments(text, lexicon=lexicon.finder("en"))] == [spoken]


def test_pronunciations_keep_their_words():
    text = "A [sighs] [word](/wɜːd/) [laughs] [here](/hɪə/)."
    (one,) = segments(text, TAGS, markup=True, phonemes=True)
    assert one.text == "A [sigh] [word](/wɜːd/) [laugh] [here](/hɪə/)."
    (one,) = segments(text, markup=True)
    assert one.text == "A word here."
    assert [text[given.source.start : given.source.end] for given in one.ignored_pronunciations] == [
        "[word](/wɜːd/)",
        "[here](/hɪə/)",
    ]


def test_tags_do_not_count_for_the_length():
    words = "word " * 79
    (one,) = segments(words + "[laughs] [laughs] end.", TAGS)
    assert len(one.text) > 400


def test_a_text_without_script_is_performed_on_one_line():
    assert perform("Well [laughs],\nyes [coughs].", PERFORMED) == ("Well [laugh], yes.", ("[coughs]",))
    assert perform("[hum] a", {"hum": "hum"}, {"hum"}) == ("[hum] a", ())
    assert perform("[hum] a", {}) == ("[hum] a", ())


def test_words_are_separated_from_what_the_engine_performs():
    assert spoken_text("[laugh] Well, [sigh] yes. [cough]", ["laugh", "sigh"]) == (
        "Well, yes. [cough]",
        ("laugh", "sigh"),
    )
    assert spoken_text("[laugh]", ["laugh"]) == ("", ("laugh",))
    assert without_literals("[Laughs] and [cough]", PERFORMED) == "(Laughs) and [cough]"


@pytest.mark.parametrize(
    ("text", "complete"), [("a [lau", "a "), ("a [", "a "), ("a [laugh]", "a [laugh]"), ("a [1\nb", "a [1\nb")]
)
def test_an_open_bracket_may_become_a_tag(text, complete):
    assert without_open_tag(text) == complete
    assert without_open_tag("[" + "x" * 100) == "[" + "x" * 100


def test_long_texts_take_linear_time():
    for unit in ("[laugh]", " [laugh]", "[laugh] a ", "[", "[laugh] \n", "a\n\n[laugh]\n\n"):
        text = unit * (60_000 // len(unit))
        segments(text)
        segments(text, TAGS)
