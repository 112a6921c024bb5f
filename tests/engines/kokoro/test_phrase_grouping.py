"""Phrases: words with their marks, and the rank of the positions between them."""

from __future__ import annotations

import pytest

from voxweft.engines.kokoro.common.tokens import MARKS, Token, is_spoken, spell
from voxweft.engines.kokoro.phrase_grouping import Phrase, Rank, final_mark, group_phrases


def phrases_of(*parts: tuple[str, str], limit: int = 510) -> list[Phrase]:
    """Return the phrases of tokens, each given as (text with its white space, symbols)."""
    tokens, text = [], ""
    for written, symbols in parts:
        start = len(text)
        text += written
        tokens.append(Token(symbols, written != written.rstrip(), start, start + len(written.rstrip())))
    return group_phrases(text, tokens, limit)


def ranked(phrases: list[Phrase]) -> list[tuple[str, Rank]]:
    return [(spell(phrase.tokens), phrase.rank) for phrase in phrases]


def test_marks_belong_to_the_word_before_and_opening_marks_to_the_word_after():
    quoted = [("“", "“"), ("go ", "ɡO"), ("— ", "—"), ("on", "ɔn"), ("!", "!"), ("”", "”")]
    phrases = phrases_of(("Oh", "O"), (", ", ","), *quoted)
    assert ranked(phrases) == [("O,", Rank.COMMA), ("“ɡO —", Rank.CLAUSE), ("ɔn!”", Rank.SENTENCE)]
    assert [(phrase.n_symbols, phrase.n_spaces) for phrase in phrases] == [(2, 1), (5, 1), (4, 0)]


@pytest.mark.parametrize(
    ("parts", "rank"),
    [
        ([("a ", "a"), ("b", "b")], Rank.WORD),
        ([("a.", "a"), ("b", "b")], Rank.WITHIN_WORD),
        ([("Dr. ", "dɑktəɹ"), ("No", "nO")], Rank.RELUCTANT),
        ([("3. ", "θɹi."), ("May", "mA")], Rank.RELUCTANT),
        ([("1 ", "wʌn"), ("000", "Oˈ")], Rank.RELUCTANT),
        ([("Well... ", "wɛl..."), ("no", "nO")], Rank.SENTENCE),
        ([("so… ", "sO…"), ("no", "nO")], Rank.CLAUSE),
        ([("why? ", "wI?"), ("no", "nO")], Rank.SENTENCE),
        ([("a—", "a—"), ("b", "b")], Rank.CLAUSE),
        ([("好，", "xau,"), ("我", "wo")], Rank.COMMA),
        ([("好", "xau"), ("我", "wo")], Rank.WORD),
        ([("三：", "san:"), ("4", "sɨ")], Rank.CLAUSE),
        ([("3：", "san:"), ("4", "sɨ")], Rank.WITHIN_WORD),
    ],
)
def test_the_rank_of_a_position(parts, rank):
    assert phrases_of(*parts)[0].rank == rank


def test_silent_tokens_belong_to_the_word_before_and_double_no_space():
    phrases = phrases_of(("🙂 ", ""), ("one ", "wʌn"), ("🙂 ", ""), ("🙂 ", ""), ("two ", "tu"), ("🙂", ""))
    assert ranked(phrases) == [("wʌn", Rank.WORD), ("tu", Rank.SENTENCE)]
    assert [len(phrase.tokens) for phrase in phrases] == [4, 2]
    assert ranked(phrases_of(("one", "wʌn"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"), limit=6)) == [
        ("wʌn", Rank.WORD),
        ("tu", Rank.SENTENCE),
    ]
    (phrase,) = phrases_of(("— ", "—"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"))
    assert spell(phrase.tokens) == "— tu"
    (phrase,) = phrases_of(("—", "—"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"))
    assert spell(phrase.tokens) == "— tu"


def test_a_number_of_many_words_is_split_between_them():
    phrases = phrases_of(("111", "wʌn wʌn wʌn"), (".", "."), limit=8)
    assert ranked(phrases) == [("wʌn", Rank.WITHIN_WORD), ("wʌn wʌn.", Rank.SENTENCE)]
    assert [(phrase.tokens[0].start, phrase.tokens[0].end) for phrase in phrases] == [(0, 1), (1, 3)]


def test_final_marks_and_spoken_symbols():
    assert [final_mark(symbols) for symbols in ("a.", 'a?" ', "a…)")] == [".", "?", "…"]
    assert [final_mark(symbols) for symbols in ("a", "a, b", "", "“")] == ["", "", "", ""]
    assert is_spoken("a.")
    assert not is_spoken(" ,.“")
    assert "ˈ" not in MARKS
