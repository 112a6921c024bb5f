"""Word error rate: a reference implementation, known values, and invariants for any two texts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.lcs import common_subsequence
from voxweft.text.tokens import spoken_words, token_spans
from voxweft.text.wer import Wer, word_error_rate

WORDS = st.lists(st.sampled_from(["a", "b", "c", "dd"]), max_size=9)
TEXTS = st.text(
    st.sampled_from("ab '-.,3ßÉé你好กำ\u0301\u200d\n") | st.characters(exclude_categories=("Cs",)), max_size=30
)


def full_table(reference: list[str], hypothesis: list[str]) -> tuple[int, int]:
    """Return the minimum number of edits, and of substitutions among these, one cell at a time."""
    best = {(0, 0): (0, 0)}
    for i in range(len(reference) + 1):
        for j in range(len(hypothesis) + 1):
            ways = [best[0, 0]] if i == j == 0 else []
            if i:
                ways.append((best[i - 1, j][0] + 1, best[i - 1, j][1]))
            if j:
                ways.append((best[i, j - 1][0] + 1, best[i, j - 1][1]))
            if i and j:
                other = reference[i - 1] != hypothesis[j - 1]
                ways.append((best[i - 1, j - 1][0] + other, best[i - 1, j - 1][1] + other))
            best[i, j] = min(ways)
    return best[len(reference), len(hypothesis)]


@given(WORDS, WORDS)
def test_counts_equal_the_full_table(reference, hypothesis):
    wer = word_error_rate(" ".join(reference), " ".join(hypothesis))
    assert (wer.errors, wer.substitutions) == full_table(reference, hypothesis)
    assert wer.words == len(reference)
    assert wer.words - wer.deletions + wer.insertions == len(hypothesis)
    assert min(wer.substitutions, wer.insertions, wer.deletions) >= 0


@given(TEXTS, TEXTS)
def test_swapped_texts_swap_insertions_and_deletions(first, second):
    one, other = word_error_rate(first, second), word_error_rate(second, first)
    assert (one.substitutions, one.insertions, one.deletions) == (
        other.substitutions,
        other.deletions,
        other.insertions,
    )


@given(TEXTS)
def test_case_and_punctuation_do_not_count(text):
    assert word_error_rate(text, text).errors == 0
    words = spoken_words(text)
    assert word_error_rate(text, "  " + " ".join(words) + ".").errors == 0


@given(WORDS, WORDS, WORDS)
def test_the_triangle_inequality(first, second, third):
    def errors(one, other):
        return word_error_rate(" ".join(one), " ".join(other)).errors

    assert errors(first, third) <= errors(first, second) + errors(second, third)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", (0, 0, 0)),
        ("the cat sat on the mat", "the cat sit on mat", (1, 0, 1)),
        ("the cat", "", (0, 0, 2)),
        ("", "the cat", (0, 2, 0)),
        ("a b c d", "x a b c", (0, 1, 1)),
        ("Hello, world!", "hello world", (0, 0, 0)),
        ("It's a well-known fact", "its a well known fact", (0, 0, 0)),
        ("It’s 3.14, or 1,000", "It's 3.14 or 1,000", (0, 0, 0)),
        ("3.14", "3.15", (1, 0, 0)),
        ("STRASSE", "straße", (0, 0, 0)),
        ("ｆｕｌｌ ﬁne", "full fine", (0, 0, 0)),
        ("今天天气很好。", "今天天汽好", (1, 0, 1)),
        ("東京に行く", "東京へ行く", (1, 0, 0)),
        ("สวัสดี", "สวัสดี", (0, 0, 0)),
        ("مرحبا يا عالم", "مرحبا عالم", (0, 0, 1)),
        ("co\u00adoperate نمی\u200cدانم", "cooperate نمیدانم", (0, 0, 0)),
        ("안녕 하세요", "안녕 하세용", (1, 0, 0)),
        ("用 iPhone 手机", "用iPhone手机", (0, 0, 0)),
    ],
)
def test_known_values(reference, hypothesis, counts):
    wer = word_error_rate(reference, hypothesis)
    assert (wer.substitutions, wer.insertions, wer.deletions) == counts


def test_rate():
    assert word_error_rate("one two three four", "one two").rate == 0.5
    assert word_error_rate("one", "one two three").rate == 2.0
    assert word_error_rate("", "").rate == 0.0
    assert word_error_rate("", "two words").rate == 2.0
    assert Wer(words=10, substitutions=1, insertions=2, deletions=3).errors == 6


def test_ten_thousand_words():
    reference = [str(number % 997) for number in range(10_000)]
    hypothesis = ["other" if at % 100 == 99 else word for at, word in enumerate(reference) if at % 100 != 50]
    hypothesis += ["new"] * 7
    wer = word_error_rate(" ".join(reference), " ".join(hypothesis))
    # The last word is replaced, and others are added after it.
    assert (wer.words, wer.substitutions, wer.insertions, wer.deletions) == (10_000, 100, 7, 100)


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_the_common_subsequence_is_a_longest_one(first, second):
    pairs = common_subsequence(first, second)
    assert all(first[i] == second[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    row = [0] * (len(second) + 1)
    for item in first:
        new = [0]
        for at, other in enumerate(second):
            new.append(row[at] + 1 if item == other else max(new[-1], row[at + 1]))
        row = new
    assert len(pairs) == row[-1]


@given(TEXTS)
def test_tokens_contain_everything_but_white_space(text):
    spans = token_spans(text)
    assert "".join("".join(text[span.start : span.end] for span in spans).split()) == "".join(text.split())
    assert all(span.start < span.end for span in spans)
    assert all(not text[one.end : other.start].strip() for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("One, two-three.", ["One,", "two-three."]),
        ("你好，世界。", ["你", "好，", "世", "界。"]),
        ("「行く」と", ["「行", "く」", "と"]),
        ("用iPhone手机", ["用", "iPhone", "手", "机"]),
        ("น้ำใจ", ["น้ำ", "ใ", "จ"]),
        ("10\u00a0km dort\u202f!", ["10\u00a0km", "dort\u202f!"]),
        ("yes—no", ["yes—", "no"]),
        ("👨‍👩‍👧 ok", ["👨‍👩‍👧", "ok"]),
    ],
)
def test_tokens(text, tokens):
    assert [text[span.start : span.end] for span in token_spans(text)] == tokens
