"""Two ways to write what is said have the same words; two things to say have not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.comparison.said_text import said_text


def words(text: str, language: str | None) -> list[str]:
    return [said.word for said in said_text(text, language).words]


@pytest.mark.parametrize(
    ("language", "written", "heard"),
    [
        ("en", "He was thirty, she was 21.", "he was 30 she was twenty-one"),
        ("en", "It struck 11:45 p.m.", "It struck 11.45 pm"),
        ("en-GB", "Since 1887, for $12.50.", "since eighteen eighty-seven for twelve dollars and fifty cents"),
        ("en", "a hundred and twenty plates, 3,500 chairs", "120 plates, three thousand five hundred chairs"),
        ("en", "the 21st of the U.S. and the F.B.I.", "the twenty-first of the US and the F B I"),
        ("en", "Mr. Hall saw Dr. Lee at 5%.", "Mister Hall saw Doctor Lee at five per cent"),
        ("en", "the grey neighbour of the theatre's harbour", "the gray neighbor of the theater's harbor"),
        ("en", "they apologised, travelled and organised it", "they apologized, traveled and organized it"),
        (
            "en",
            "an anaesthetic, a dialogue, a defence, a moustache",
            "an anesthetic, a dialog, a defense, a mustache",
        ),
        ("en", "It wasn’t you: we'd gone, can't you see?", "it was not you we would gone cannot you see"),
        ("en", "the ﬁrst ﬂight", "the first flight"),
        ("fr", "Ça coûte 4,50 euros. Un cœur.", "ça coûte 4,50€ un coeur"),
        ("es", "Son 12 euros.", "son doce euros"),
        ("de", "Es sind 30 kg, 17 Uhr.", "es sind dreißig Kilogramm siebzehn Uhr"),
        ("zh", "昨天晚上我在车站遇见了一位老朋友。", "昨天晚上我在車站遇見了一位老朋友"),
        ("zh-TW", "這本書很有意思", "这本书很有意思"),
        (None, "ﬁne Ｗｏｒｄｓ", "fine words"),
    ],
)
def test_spelling_and_notation_do_not_count(language: str | None, written: str, heard: str) -> None:
    assert words(written, language) == words(heard, language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("four hours", "for ours"),
        ("filled", "filed"),
        ("planned", "planed"),
        ("did not", "did"),
        ("wouldn't", "would"),
        ("thirty", "thirteen"),
        ("11:45", "11:15"),
        ("center", "cent"),
        ("desert", "dessert"),
        ("a lot", "lot"),
        ("dollars", "euros"),
        ("rise", "rice"),
        ("contour", "counter"),
    ],
)
def test_other_words_stay_other_words(one: str, other: str) -> None:
    assert words(one, "en") != words(other, "en")


def test_capitals_within_a_sentence_make_a_name() -> None:
    said = said_text("Old Mr. Harding met Eleanor. The US won; “Come,” he said.", "en").words
    assert [word.word for word in said if word.is_name] == ["mister", "harding", "eleanor", "us", "come"]
    assert not any(word.is_name for word in said_text("Der Mann sah das Haus.", "de").words), "all nouns have a capital"


@given(
    st.lists(
        st.sampled_from(["She", "went", "home", "by", "two", "small", "gray", "horses", "not", "far", "away"]),
        max_size=12,
    )
)
def test_plain_words_are_themselves(plain: list[str]) -> None:
    assert words(" ".join(plain), "en") == [word.casefold() for word in plain]


@given(st.text(max_size=80), st.sampled_from([None, "en", "fr", "zh", "ja", "de"]))
def test_any_text_has_words(text: str, language: str | None) -> None:
    for word in words(text, language):
        assert word
        assert not any(character.isspace() for character in word)
