"""Chunks: completeness, positions of cuts, pauses, and lazy phonemization."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxweft.engines.kokoro.chunks import Chunk, cut_chunks
from voxweft.engines.kokoro.common.tokens import MARKS, Token, is_spoken, spell

WIDE = {"。": ".", "！": "!", "？": "?", "、": ",", "，": ",", "；": ";", "：": ":", "「": "“", "」": "”"}
WORD_OR_MARK = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
WORD_WITH_MARKS = re.compile(r"\S+")


class Letters:
    """A G2P with one symbol per letter, many per digit and ideograph, and none for Thai and emoji."""

    def __init__(self, text: str, token: re.Pattern[str] = WORD_OR_MARK) -> None:
        self._text = text
        self._token = token
        self.calls: list[tuple[int, int]] = []

    def __call__(self, start: int, end: int) -> list[Token]:
        self.calls.append((start, end))
        return self.tokens(start, end)

    def tokens(self, start: int, end: int) -> list[Token]:
        found = []
        for match in self._token.finditer(self._text, start, end):
            for low, high in self._parts(*match.span()):
                spaced = high < end and self._text[high].isspace()
                symbols = "".join(map(self._symbols, self._text[low:high])).rstrip()
                found.append(Token(symbols, spaced, low, high))
        return found

    def _parts(self, start: int, end: int) -> list[tuple[int, int]]:
        # Each ideograph is a word, as in languages without spaces.
        if any(character >= "\u3041" for character in self._text[start:end]):
            return [(place, place + 1) for place in range(start, end)]
        return [(start, end)]

    def _symbols(self, character: str) -> str:
        if character in MARKS:
            return character
        if character.isdecimal():
            return "wˈʌnhʌndɹəd "
        if "\u3041" <= character <= "\u9fff":
            return "ʂɨ↘ŋ"
        if "a" <= character.lower() <= "z":
            return character.lower()
        return WIDE.get(character, "")


def cut(text: str, token: re.Pattern[str] = WORD_OR_MARK, **options) -> list[Chunk]:
    return list(cut_chunks(text, Letters(text, token), **options))


def spoken(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.symbols for chunk in chunks]


def check(text: str, chunks: Sequence[Chunk], limit: int, token: re.Pattern[str] = WORD_OR_MARK) -> None:
    """Check that the chunks contain all symbols once, and that none is too long or empty."""
    expected = " ".join(spell(Letters(text, token).tokens(0, len(text))).split())
    if not is_spoken(expected):
        assert chunks == []
        return
    place = 0
    for chunk in chunks:
        assert chunk.symbols == spell(chunk.tokens)
        assert 1 <= len(chunk.symbols) <= limit
        assert is_spoken(chunk.symbols)
        assert expected.startswith(chunk.symbols, place), (expected[place:], chunk.symbols)
        place += len(chunk.symbols)
        place += expected.startswith(" ", place)
    assert place == len(expected)
    places = [place for chunk in chunks for token in chunk.tokens for place in (token.start, token.end)]
    assert places == sorted(places)
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def cut_inside(text: str, chunks: Sequence[Chunk]) -> list[str]:
    """Return the text around cuts without white space, an ideograph or a wide mark next to them."""
    wrong = []
    for before, after in itertools.pairwise(chunks):
        end, start = before.tokens[-1].end, after.tokens[0].start
        around = text[end - 1 : start + 1]
        if not any(character.isspace() or character >= "\u2014" for character in around):
            wrong.append(text[max(end - 20, 0) : start + 20])
    return wrong


WORDS = st.text("abcdefg", min_size=1, max_size=12)
SPECIAL = st.sampled_from(
    [
        "Dr. Smith",
        "3.14",
        "e.g. this",
        "https://a.bc/d?e=f!g",
        "so... it",
        "1,000.5",
        "“why?”",
        "(oh)",
        "word—word",
        "don't",
    ]
)
WIDE_WORDS = st.sampled_from(["你好，我是", "「行くぞ！」と", "三百。", "真的？", "一、二；三：四"])
SILENT = st.sampled_from(["🙂", "สวัสดี", "***", "—", "!!"])
MARK = st.sampled_from([" ", " ", " ", ", ", ". ", "? ", "! ", "; ", " — ", "… ", "\n", "\n\n", ": "])
TEXTS = st.lists(st.tuples(st.one_of(WORDS, WORDS, SPECIAL, WIDE_WORDS, SILENT), MARK), max_size=60).map(
    lambda parts: "".join(itertools.chain.from_iterable(parts))
)
LIMITS = st.sampled_from([80, 120, 510])


@given(TEXTS, LIMITS, st.sampled_from([WORD_OR_MARK, WORD_WITH_MARKS]))
@example("🙂 Hello. 🙂", 510, WORD_OR_MARK)
@example("*** —", 510, WORD_OR_MARK)
@example("", 510, WORD_OR_MARK)
def test_every_symbol_is_in_one_chunk(text, limit, token):
    check(text, cut(text, token, limit=limit), limit, token)


@given(TEXTS)
def test_no_cut_is_inside_a_word(text):
    # Even the longest word without a space, a number, has fewer symbols.
    assert cut_inside(text, cut(text, limit=80)) == []


@settings(max_examples=30)
@given(st.lists(st.text("abcdefg", min_size=1, max_size=12), min_size=1, max_size=700))
def test_parts_are_balanced(words):
    chunks = cut(" ".join(words))
    check(" ".join(words), chunks, 510)
    if len(chunks) > 1:
        assert min(map(len, spoken(chunks))) > 240


@pytest.mark.parametrize("n_symbols", [511, 512, 599, 1021, 1530, 1531, 5000])
def test_no_part_is_very_short(n_symbols):
    text = ("abcd " * n_symbols)[:n_symbols].strip()
    lengths = [len(chunk.symbols) for chunk in cut(text)]
    assert len(lengths) == -(-(len(text) + 1) // 510)
    assert min(lengths) > 250


@pytest.mark.parametrize(
    "text",
    [
        "word " * 4000,
        "a" * 20_000,
        "1" * 20_000,
        "漢" * 20_000,
        "word, " * 3334,
        "สวัสดี" * 3334 + " end",
        "https://example.com/" + "a.b/" * 5000,
        "「これはペンです、」" * 2000,
    ],
    ids=lambda text: text[:12],
)
def test_twenty_thousand_characters_without_a_sentence_end(text):
    chunks = cut(text)
    check(text, chunks, 510)
    lengths = [len(chunk.symbols) for chunk in chunks]
    assert len(lengths) == 1 or min(lengths) > 170


def test_a_sentence_is_a_chunk_and_its_final_mark_decides_the_pause():
    text = 'Dr. Smith has 3.14, e.g. from https://a.b/c. Really?! "Yes." Well… He left\n\nChapter\n\nHe came;'
    chunks = cut(text)
    assert [text[chunk.tokens[0].start : chunk.tokens[-1].end] for chunk in chunks] == [
        "Dr. Smith has 3.14, e.g. from https://a.b/c.",
        "Really?!",
        '"Yes."',
        "Well…",
        "He left",
        "Chapter",
        "He came;",
    ]
    # "Really?!", "Yes.", "He left" and "Chapter" are short replies.
    assert [round(chunk.pause_s, 3) for chunk in chunks] == [0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]


def test_chinese_marks_end_sentences_too():
    assert [(chunk.symbols[-1], round(chunk.pause_s, 3)) for chunk in cut("你好。我叫王小明！你呢？好，")] == [
        (".", 0.2),
        ("!", 0.3),
        ("?", 0.2),
        (",", 0.12),
    ]


@pytest.mark.parametrize(
    ("text", "parts", "pauses"),
    [
        ("aa bb, cc dd ee ff; gg hh ii jj", ["aa bb, cc dd ee ff;", "gg hh ii jj"], [0.2, 0.3]),
        ("aa bb cc dd, ee ff gg hh ii jj", ["aa bb cc dd,", "ee ff gg hh ii jj"], [0.12, 0.3]),
        ("aa bb cc “dd ee!” ff gg, hh ii", ["aa bb cc “dd ee!”", "ff gg, hh ii"], [0.2, 0.3]),
        ("aa bb cc dd ee ff gg hh ii jj", ["aa bb cc dd ee", "ff gg hh ii jj"], [0.0, 0.3]),
        ("a, bb cc dd ee ff gg hh ii jj", ["a, bb cc dd ee", "ff gg hh ii jj"], [0.0, 0.3]),
        ("aa bb cc dd — ee ff gg hh ii", ["aa bb cc dd —", "ee ff gg hh ii"], [0.2, 0.3]),
        ("aa bb cc dd—ee ff gg hh ii jj", ["aa bb cc dd—", "ee ff gg hh ii jj"], [0.2, 0.3]),
        ("aa bb cc (dd) ee ff gg hh ii", ["aa bb cc (dd)", "ee ff gg hh ii"], [0.0, 0.3]),
        ("aa bb cc dd Dr. Smith hh ii jj", ["aa bb cc dd", "dr. smith hh ii jj"], [0.0, 0.3]),
        ("aa bb aa.bb.cc.dd.ee.ff gg hh", ["aa bb aa.bb.cc.dd.ee.ff", "gg hh"], [0.0, 0.3]),
    ],
)
def test_a_long_sentence_is_cut_at_the_best_mark_near_the_middle_or_at_a_word(text, parts, pauses):
    chunks = cut(text, limit=24)
    assert spoken(chunks) == parts
    assert [round(chunk.pause_s, 3) for chunk in chunks] == pauses


def test_a_number_with_spaces_is_cut_last():
    text = "aaaaaaaaaa 1 1 bbbbbbbbbb"
    numbers = Letters(text)
    chunks = list(cut_chunks(text, numbers, limit=40))
    assert cut_inside(text, chunks) == []
    assert not any(chunk.symbols.endswith("ɹəd") and chunk.tokens[-1].end == 12 for chunk in chunks)


def test_the_parts_of_a_word_over_the_limit_share_its_characters():
    text = "so " + "ab" * 20 + " it"
    chunks = cut(text, limit=16)
    check(text, chunks, 16)
    parts = [token for chunk in chunks for token in chunk.tokens if token.start >= 3 and token.end <= 43]
    assert "".join(text[token.start : token.end] for token in parts) == "ab" * 20
    assert [token.phonemes for token in parts] == [text[token.start : token.end] for token in parts]


def test_modifiers_stay_with_their_symbols():
    def phonemize(start: int, end: int) -> list[Token]:
        return [Token("aːˈb" * 40, False, start, end)]

    parts = spoken(list(cut_chunks("x" * 40, phonemize, limit=31)))
    assert "".join(parts) == "aːˈb" * 40
    assert not any(part[0] == "ː" or part[-1] == "ˈ" for part in parts)


def test_a_long_run_of_marks_is_truncated_to_the_limit():
    chunks = cut("Well" + "!" * 3000 + " So.", limit=510)
    assert len(chunks) == 2
    assert chunks[0].symbols.startswith("well!!!")
    assert chunks[1].symbols == "so."
    assert cut("!" * 3000) == []


def test_marks_belong_to_a_neighboring_sentence():
    assert spoken(cut("...\n\nHello.\n\n***\n\n—\n\n!!")) == ["... hello. — !!"]


def test_silent_text_in_another_script_belongs_to_the_chunk_before():
    text = "Hello.\n\nสวัสดี.\n\n🙂"
    (chunk,) = cut(text)
    assert chunk.last
    assert [text[token.start : token.end] for token in chunk.tokens] == ["Hello", ".", "สว", "ั", "สด", "ี", ".", "🙂"]


def test_silent_tokens_add_no_space():
    assert spoken(cut("🙂 🙂 one 🙂 🙂 two 🙂")) == ["one two"]


def test_each_sentence_is_phonemized_when_its_chunk_is_due():
    text = "One is here. " * 5000
    letters = Letters(text)
    chunks = cut_chunks(text, letters)
    assert letters.calls == []
    assert next(chunks).last is False
    assert letters.calls == [(0, 12)]
    next(chunks)
    assert letters.calls == [(0, 12), (13, 25)]


def test_a_text_without_a_sentence_end_starts_early():
    text = "word " * 20_000
    letters = Letters(text)
    next(cut_chunks(text, letters))
    assert letters.calls[-1][1] < 2000


def test_the_cutting_text_decides_the_cuts():
    text = "See [a. B](/x. Y/) now. Then go."
    masked = text.replace("[a. B](/x. Y/)", "x" * 14)
    chunks = list(cut_chunks(text, Letters(text), cutting_text=masked))
    assert len(chunks) == 2
    assert len(cut(text)) > 2


def test_invalid_arguments_are_rejected():
    with pytest.raises(ValueError, match="limit is 0"):
        cut_chunks("a", Letters("a"), limit=0)
    with pytest.raises(ValueError, match="has 2 characters; it must have as many as the text, 1"):
        cut_chunks("a", Letters("a"), cutting_text="ab")


def test_a_limit_of_one_symbol_keeps_all_symbols():
    assert spoken(cut("ab c", limit=1)) == ["a", "b", "c"]
