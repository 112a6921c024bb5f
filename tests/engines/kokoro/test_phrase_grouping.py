from __future__ import annotations

import pytest

from voxweft.engines.kokoro.common.tokens import Token, spell
from voxweft.engines.kokoro.phrase_grouping import MARKS, Rank, Unit, final_mark, is_spoken, make_units


def units_of(*parts: tuple[str, str], limit: int = 510) -> list[Unit]:
    """Units of tokens that are given as (text with its white space, symbols)."""
    tokens, text = [], ""
    for written, symbols in parts:
        start = len(text)
        text += written
        tokens.append(Token(symbols, written != written.rstrip(), start, start + len(written.rstrip())))
    return make_units(text, tokens, limit)


def told(units: list[Unit]) -> list[tuple[str, Rank]]:
    return [(spell(unit.tokens), unit.rank) for unit in units]


def test_marks_stay_with_the_word_before_and_what_opens_with_the_word_after():
    quoted = [("“", "“"), ("go ", "ɡO"), ("— ", "—"), ("on", "ɔn"), ("!", "!"), ("”", "”")]
    units = units_of(("Oh", "O"), (", ", ","), *quoted)
    assert told(units) == [("O,", Rank.COMMA), ("“ɡO —", Rank.CLAUSE), ("ɔn!”", Rank.SENTENCE)]
    assert [(unit.n_symbols, unit.n_spaces) for unit in units] == [(2, 1), (5, 1), (4, 0)]


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
def test_the_rank_of_a_place(parts, rank):
    assert units_of(*parts)[0].rank == rank


def test_silent_tokens_stay_with_the_word_before_and_double_no_space():
    units = units_of(("🙂 ", ""), ("one ", "wʌn"), ("🙂 ", ""), ("🙂 ", ""), ("two ", "tu"), ("🙂", ""))
    assert told(units) == [("wʌn", Rank.WORD), ("tu", Rank.SENTENCE)]
    assert [len(unit.tokens) for unit in units] == [4, 2]
    assert told(units_of(("one", "wʌn"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"), limit=6)) == [
        ("wʌn", Rank.WORD),
        ("tu", Rank.SENTENCE),
    ]
    (unit,) = units_of(("— ", "—"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"))
    assert spell(unit.tokens) == "— tu"
    (unit,) = units_of(("—", "—"), ("🙂 ", ""), ("🙂 ", ""), ("two", "tu"))
    assert spell(unit.tokens) == "— tu"


def test_a_number_of_many_words_is_split_between_them():
    units = units_of(("111", "wʌn wʌn wʌn"), (".", "."), limit=8)
    assert told(units) == [("wʌn", Rank.WITHIN_WORD), ("wʌn wʌn.", Rank.SENTENCE)]
    assert [(unit.tokens[0].start, unit.tokens[0].end) for unit in units] == [(0, 1), (1, 3)]


def test_marks_at_the_end_and_what_is_none():
    assert [final_mark(symbols) for symbols in ("a.", 'a?" ', "a…)")] == [".", "?", "…"]
    assert [final_mark(symbols) for symbols in ("a", "a, b", "", "“")] == ["", "", "", ""]
    assert is_spoken("a.")
    assert not is_spoken(" ,.“")
    assert "ˈ" not in MARKS
