"""Reading plain text books: chapters by rules and by patterns, and files that aren't text."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.books import BookError, headings, read_book
from voxweft.text.punctuation import SPEAKABLE

GUTENBERG = """The Project Gutenberg eBook of Alice

Title: Alice's
    Adventures
Author: Lewis Carroll
Language: English

*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***

Alice's Adventures

CONTENTS

CHAPTER I.    Down the Hole
CHAPTER II.   The Pool

PART ONE

CHAPTER I.
Down the Hole

Alice was beginning to get very tired of sitting by her sister on the bank, as
chapter 4 of the book was dull.
Chapter 5 of it was no better.

CHAPTER II.

THE POOL.

"Curiouser and curiouser!" cried Alice.

Epilogue

The end.

*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***
A license, which nobody wants to hear.
"""


def titles(text: str, pattern: str | None = None) -> list[str]:
    return [chapter.title for chapter in read_book(text.encode(), "a book.txt", pattern).chapters]


def test_a_project_gutenberg_book():
    book = read_book(GUTENBERG.encode(), "alice.txt")
    assert (book.title, book.author, book.language) == ("Alice's Adventures", "Lewis Carroll", "en")
    found = [(chapter.title, chapter.place) for chapter in book.chapters]
    assert found == [
        ("Opening", "line 10"),
        ("PART ONE. CHAPTER I: Down the Hole", "line 17"),
        ("CHAPTER II: THE POOL", "line 26"),
        ("Epilogue", "line 32"),
    ]
    assert "license" not in "".join(chapter.text for chapter in book.chapters)
    assert [note.message for note in book.notes] == [
        "skipped Project Gutenberg's preamble and license (lines 1 to 8 and from 37 on)"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chapter 1\n\nOne.\n\nChapter 2\n\nTwo.", ["Chapter 1", "Chapter 2"]),
        ("Chapter Twenty-One: Home\n\nOne.", ["Chapter Twenty-One: Home"]),
        ("Chapter 3 The Long Road\n\nOne.", ["Chapter 3 The Long Road"]),
        ("Erstes Kapitel\n\nEins.\n\nZweites Kapitel\n\nZwei.", ["Erstes Kapitel", "Zweites Kapitel"]),
        ("　第一章 出发\n他走了。\n第二章 归来\n他回来了。", ["第一章 出发", "第二章 归来"]),
        ("Act I\n\nScene 1\n\nOne.\n\nScene 2\n\nTwo.", ["Act I. Scene 1", "Scene 2"]),
        ("I\n\nOne.\n\nII\n\nTwo.\n\nIII.\n\nThree.", ["I", "II", "III"]),
        ("I\n\nsaid so.", ["a book"]),
        ("7\n\nOne.\n\n9\n\nTwo.", ["a book"]),
        ("In Chapter 4 he fell. He rose in\nChapter 5 and stayed.", ["a book"]),
        ("Chapter 4 of the book is long, he said.\n\nYes.", ["a book"]),
        ("Preface\n\nOne.\n\nCHAPTER IV\nTwo.", ["Preface", "CHAPTER IV"]),
        ("Before all.\n\nChapter 1\n\nOne.", ["Opening", "Chapter 1"]),
    ],
)
def test_chapters_by_rule(text, expected):
    assert titles(text) == expected


def test_a_line_above_the_first_heading_is_the_title():
    book = read_book(b"A Small Book\n\nChapter 1\n\nWords.", "file.txt")
    assert (book.title, [chapter.title for chapter in book.chapters]) == ("A Small Book", ["Opening", "Chapter 1"])
    assert read_book(b"It was so.\n\nChapter 1\n\nWords.", "file.txt").title == "file"


def test_form_feeds_split_chapters_but_not_pages():
    section = "A sentence that fills the page. " * 60
    assert titles(f"{section}\f{section}\n\f\n{section}") == ["a book, 1", "a book, 2", "a book, 3"]
    assert titles("page one\fpage two\fpage three") == ["a book"]


def test_chapters_by_a_pattern():
    text = "== A ==\nOne.\n== B ==\nTwo.\n"
    assert titles(text, r"^== (.*) ==$") == ["A", "B"]
    assert titles(text, r"^==(?P<other>.)(?P<title>\w)") == ["A", "B"]
    assert titles(text, r"^(?===)") == ["== A ==", "== B =="]


def test_invalid_patterns(monkeypatch):
    with pytest.raises(ValueError, match=r"invalid chapter pattern '\(': missing \) at position 1"):
        titles("a", "(")
    with pytest.raises(BookError, match=r"^a book\.txt: .*matches no line"):
        titles("a", "b")
    with pytest.raises(BookError, match="matches too often; maximum 9999"):
        titles("a\n" * 10_001, "^.*$")
    monkeypatch.setattr(headings, "MATCH_LIMIT_S", 0.2)
    with pytest.raises(ValueError, match=r"takes longer than 0.2 s"):
        titles("a" * 5000, "(a+)+$x")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no text to read aloud"),
        (b" \n***\n", "no text to read aloud"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"{\\rtf1 words}", "RTF"),
        (bytes(60) + b"BOOKMOBI", "a Kindle book"),
        (b"one\nt\0\0wo three and four", "line 2: .* NUL"),
        (b"fine\n" + b"\x01\x02\x03\x04" * 50, "line 2: .* 200 control characters"),
        (os.urandom(4096), "book"),
    ],
)
def test_files_that_are_not_text(data, reason):
    with pytest.raises(BookError, match=reason) as caught:
        read_book(data, "book.txt")
    assert str(caught.value).startswith("book.txt")


def test_unsupported_formats():
    with pytest.raises(BookError, match=r"book\.doc: unsupported book format; must be one of \.txt"):
        read_book(b"words", "book.doc")


def test_a_guessed_encoding_is_noted():
    book = read_book("Café “noir”.".encode("cp1252"), "b.txt")
    assert book.chapters[0].text == "Café “noir”."
    assert "cp1252" in str(book.notes[0])


def test_a_one_megabyte_word():
    book = read_book(b"Chapter 1\n\n" + b"a" * 1_000_000 + b"\n\nChapter 2\n\nb", "b.txt")
    assert [len(chapter.text) for chapter in book.chapters] == [1_000_011, 12]


@given(st.lists(st.sampled_from([*"IVX1a.é第章\n\n\f ", "Chapter ", "PART ", "CHAPTER 2\n\n", "第二章"]), max_size=60))
def test_chapters_cover_all_spoken_text(pieces):
    """Chapters are verbatim parts of the text, in order, with no spoken text between them."""
    text = "".join(pieces) + "\n\nThe end."
    chapters = read_book(text.encode(), "b.txt").chapters
    position = 0
    for chapter in chapters:
        assert chapter.start is not None
        assert chapter.text
        assert text[chapter.start :].startswith(chapter.text)
        assert SPEAKABLE.search(text[position : chapter.start]) is None
        position = chapter.start + len(chapter.text)
        assert chapter.place == f"line {text.count(chr(10), 0, chapter.start) + 1}"
    assert SPEAKABLE.search(text[position:]) is None
