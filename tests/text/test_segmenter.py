from __future__ import annotations

import itertools
import sys
import tracemalloc
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxweft.text.segmenter import segment_text, segment_texts, span_text
from voxweft.utils.streaming.contract.segment import SourceSpan


def cut(text: str, max_chars: int = 400) -> list[str]:
    return list(segment_texts(text, max_chars=max_chars))


# "|" marks the boundaries of segments.
ONE_PARAGRAPH = """
Hello there.| How are you?| Fine!| Good
Dr. Smith met Mr. and Mrs. Jones.| They talked.
Pi is 3.14 and he owes 1,000.5 dollars.| It is .5 more.
See No. 5 and Vol. II, p. 12.| No.| I won't.
J. R. R. Tolkien wrote it.| So did C. S. Lewis.
He came at 9 a.m. and left at 5 p.m. on Monday.| It rained.
The U.S. Army came.| They live in the U.S.| They like it.
Bring pens, paper, etc.| The rest is here.
Some fruit, e.g. Bananas or, i.e. Apples, will do.
Plan B.| Then what?
Roe v. Wade was decided.| On Jan. 5 it began.
Visit https://example.com/a.b?c=d!e now.| Mail a.b@example.co.uk today.| Done.
Well... maybe.| Well...| Maybe.| And so… on.| So…| On.
Wait . . . what?| Wait . . .| What now?
"Stop!" he cried.| "Go!"| She went.
(He left.)| [It rained.]| “Really?”| Yes.
Er sagte: „So.“| Dann ging er.| »Komm!«| Er kam.
C’est vrai !| « Oui ! »| Il part.
Am 3. Oktober kam z. B. der Zug, d. h. spät.| Gut.
¡Hola!| ¿Qué tal?| El Sr. García y la Sra. Ruiz.| Bien.
Vive en la Avda. Goya con D. Luis, etc.| Luego vino el Ing. Gil.
Il sig. Rossi, l'avv. Neri, ecc.| Poi il dott. Verdi.
O Exmo. Reis e o Eng. Lima, etc.| Depois veio.
Im 20. Jahrhundert war es die 2. Auflage.| Er kam am 3.| Dann ging er zur Hauptstr. 5 in Ulm.
Das ist Ludwigs XIV. Hof.| Er war sein König.
I am 42.| Bob is 7.
Hello! ...| World.| Hm --- !!| So.
Is it?!| Yes!!!| ok?| sure.
In 1984.| Then 42.| And so on.
你好！|我是小明；|他说：“好。”|然后走了……真的？|OK。
「行くぞ！」と彼は言った。|３．１４です。
"你好。"|他说。|"你好"吧。
यह है।|वह था।
डॉ. शर्मा और प्रो. वर्मा आए।| वे 5 कि.मी. चले।| ए. पी. जे. अब्दुल कलाम, एम.ए. पास।| वह घर आई.| फिर सोई.
أهلا؟| نعم.| شكرا
1. Introduction to it.| 2 of them.
Yahoo!Inc and node.js and v1.2.3 are words.| Right.
"""


@pytest.mark.parametrize("line", ONE_PARAGRAPH.strip().splitlines())
def test_sentences(line):
    assert cut(line.replace("|", "")) == [part.strip() for part in line.split("|")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one line\nof a wrapped\r\nsentence. Next", ["one line of a wrapped  sentence.", "Next"]),
        ("No stop\n\nNew paragraph", ["No stop", "New paragraph"]),
        ("No stop\n \t \nNew\u2029Other", ["No stop", "New", "Other"]),
        ("# Title\nText here", ["# Title", "Text here"]),
        ("Title\n=====\nText here", ["Title =====", "Text here"]),
        ("CHAPTER ONE\nIt was dark.", ["CHAPTER ONE", "It was dark."]),
        ("Chapter 3: The Storm\nIt was dark.", ["Chapter 3: The Storm", "It was dark."]),
        ("as told in\nChapter 4 of the book", ["as told in Chapter 4 of the book"]),
        ("I SAID\nSTOP IT", ["I SAID STOP IT"]),
        ("NASA\nlaunched it", ["NASA launched it"]),
        ("Buy:\n- milk\n- eggs\n  and ham", ["Buy:", "- milk", "- eggs   and ham"]),
        ("Buy\n- milk\n- eggs", ["Buy", "- milk", "- eggs"]),
        ("1. milk\n2. eggs", ["1. milk", "2. eggs"]),
        ("He was aged\n42. He died", ["He was aged 42.", "He died"]),
        ("the man\n— who was tall — left", ["the man — who was tall — left"]),
        ("- Hi there\n- Hello", ["- Hi there", "- Hello"]),
        ("第四章 风暴\n天黑了。", ["第四章 风暴", "天黑了。"]),
        ("***\nText", ["*** Text"]),
        ("Text\n***\nMore", ["Text ***", "More"]),
        ("Text\n\n***\n\nMore", ["Text", "***", "More"]),
        ("... Text. ...", ["... Text. ..."]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_paragraphs_and_lines(text, expected):
    assert cut(text) == expected


def check_spans(text: str, spans: list[SourceSpan], max_chars: int) -> None:
    position = 0
    for span in spans:
        assert position <= span.start < span.end <= len(text)
        assert not text[position : span.start].strip()
        piece = text[span.start : span.end]
        assert piece == piece.strip()
        assert len(piece) <= max_chars
        assert len(span_text(text, span)) == len(piece)
        position = span.end
    assert not text[position:].strip()


UNUSUAL_TEXT = st.text(
    alphabet=st.sampled_from(
        "aZé1 .!?…,;:—\n\r\t\"'“”«»()[]。！；、「」中かА\u0301\u200d\u2029\x00\x1c\x85\xa0🇩🇪👩🚀न्द।؟#-*"
    ),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | UNUSUAL_TEXT, st.integers(1, 60) | st.just(400))
@example("a" * 50 + "\ud83d\ude00" * 20, 7)
@example("\x1c\x1d a\x1f. B", 400)
def test_every_character_is_in_one_span_in_order(text, max_chars):
    check_spans(text, list(segment_text(text, max_chars=max_chars)), max_chars)


@settings(max_examples=200, deadline=None)
@given(UNUSUAL_TEXT, UNUSUAL_TEXT)
def test_segments_are_independent_of_later_paragraphs(first, second):
    assert cut(first + "\n\n" + second) == cut(first) + cut(second)


@settings(max_examples=200, deadline=None)
@given(UNUSUAL_TEXT)
def test_unspeakable_spans_are_alone_in_their_paragraph(text):
    for span in segment_text(text, max_chars=10_000):
        if not any(map(str.isalnum, text[span.start : span.end])):
            before, after = text[: span.start], text[span.end :]
            # White space on both sides that contains the end of a paragraph, a block or the text.
            assert not before.strip() or any(c in before[len(before.rstrip()) :] for c in "\n\r\x85\u2029")
            assert not after.strip() or any(c in after[: len(after) - len(after.lstrip())] for c in "\n\r\x85\u2029")


WORDS = st.lists(
    st.sampled_from(["house", "Mr.", "3.14", "U.S.", "Paris", "and,", "(so)", "don't", "e.g.", "café", "12"]),
    max_size=12,
)
SENTENCES = st.lists(
    st.tuples(WORDS, st.sampled_from([".", "!", "?", '."', ".)", "…"])).map(
        lambda parts: " ".join(["Once", *parts[0], "done"]) + parts[1]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=4), st.data())
def test_an_inserted_word_changes_one_segment(paragraphs, data):
    joint = data.draw(st.sampled_from([" ", "\n", "  "]))
    before = [sentence for sentences in paragraphs for sentence in sentences]
    assert cut("\n\n".join(joint.join(sentences) for sentences in paragraphs)) == before
    sentences = data.draw(st.sampled_from(paragraphs))
    which = data.draw(st.integers(0, len(sentences) - 1))
    words = sentences[which].split(" ")
    words.insert(data.draw(st.integers(1, len(words) - 1)), "inserted")
    sentences[which] = " ".join(words)
    after = cut("\n\n".join(joint.join(sentences) for sentences in paragraphs))
    assert len(after) == len(before)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_cuts_of_a_long_sentence_realign_after_an_inserted_word():
    words = [f"word{(i * i * 7919) % 9973}" for i in range(20_000)]
    before = cut(" ".join(words))
    words.insert(100, "inserted")
    after = cut(" ".join(words))
    assert len(before) > 300
    assert len(set(after) - set(before)) < 20


def test_long_sentences_are_cut_at_clauses_then_at_spaces():
    clauses = "The first clause goes here, the second one follows; the third is last and has no mark at its end"
    assert cut(clauses, 60) == [
        "The first clause goes here, the second one follows;",
        "the third is last and has no mark at its end",
    ]
    assert cut("one two three four five", 9) == ["one two", "three", "four five"]
    assert cut("我说过，这里的天气很好，那里的也是", 12) == ["我说过，这里的天气很好，", "那里的也是"]
    assert cut("see 1 000 000 people there", 14) == ["see 1 000 000", "people there"]
    assert cut("the men saw Dr. Smith there", 16) == ["the men saw", "Dr. Smith there"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="abcé1-'.@/", min_size=1, max_size=12).map(lambda w: f"x{w}x"), min_size=1), st.data())
def test_no_word_is_split(words, data):
    text = " ".join(words)
    pieces = cut(text, data.draw(st.integers(14, 50)))
    assert " ".join(pieces).split(" ") == words


@pytest.mark.parametrize("unit", ["e\u0301", "👩\u200d🚀", "🇩🇪", "👍🏽", "\ud83d\ude00", "न्दि", "각", "ไทยำ"])
@pytest.mark.parametrize("max_chars", [7, 10, 11])
def test_written_characters_stay_whole(unit, max_chars):
    text = unit * 40
    pieces = cut(text, max_chars)
    assert "".join(pieces) == text
    for piece in pieces:
        assert len(piece) <= max_chars
        assert unicodedata.category(piece[0])[0] != "M"
        assert piece[0] not in "\u200d\U0001f3fd\ude00\u0e33"
        assert piece[-1] not in "\u200d\ud83d"
        if "🇩" in unit:
            assert len(piece) % 2 == 0


def test_a_foreign_word_among_ideographs_stays_whole():
    pieces = cut("我有手机" * 4 + "iPhone" + "我有手机" * 4, 20)
    assert any("iPhone" in piece for piece in pieces)


def test_a_character_longer_than_the_limit_is_split():
    assert [len(piece) for piece in cut("a" + "\u0301" * 24, 10)] == [10, 10, 5]


def test_segmentation_is_lazy():
    book = "It was a dark night. The rain fell.\n\n" * 30_000
    tracemalloc.start()
    try:
        first = list(itertools.islice(segment_text(book), 3))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert span_text(book, first[2]) == "It was a dark night."


UNITS = ["a. ", "A. ", "x", "中", ". ", '!"', "a\u0301", "\u0301", "🇩🇪", "word ", "a\n", "\n", "- a\n", "a,", ") a. ("]


@pytest.mark.parametrize("unit", [*UNITS, "。」と", '。"'])
def test_segmentation_takes_linear_time(unit):
    """Counts calls, not time. A slow scan within one call would show as a hang in the one-megabyte test."""

    def calls(n_chars: int) -> int:
        text = "a" + unit * (n_chars // len(unit))
        count = 0

        def tracer(frame, event, argument):
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(tracer)
        try:
            spans = list(segment_text(text))
        finally:
            sys.setprofile(None)
        check_spans(text, spans, 400)
        return count

    assert calls(20_000) < 5 * calls(5_000) + 1000


@pytest.mark.parametrize("unit", ["x", "a. ", "   \n", "(", "\u0301"])
def test_a_megabyte_is_segmented(unit):
    text = unit * (1_000_000 // len(unit))
    check_spans(text, list(segment_text(text)), 400)


def test_max_chars_is_checked_at_once():
    with pytest.raises(ValueError, match="max_chars is 0"):
        segment_text("a", max_chars=0)
