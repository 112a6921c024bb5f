"""Reading Markdown books: what is read aloud, and what is skipped."""

from __future__ import annotations

import pytest

from voxweft.media.books import BookError, markdown, read_book

BOOK = """---
title: My Book
author: "Jo Doe"
lang: de
---
# My Book

An opening with a [link](http://example.org), ![a cat](cat.png) and `code`[^1]; <b>bold</b>.

## One

```py
print("never spoken")
```
Soft
break, hard\\
break. ~~Gone~~ *here*.

- item
- two

## Two

| a | b |
|---|---|
| *1* | 2 |

<div>html</div>

[^1]: The note.
"""


def test_a_book():
    book = read_book(BOOK.encode(), "file.md")
    assert (book.title, book.author, book.language) == ("My Book", "Jo Doe", "de")
    assert [(chapter.title, chapter.text, chapter.place) for chapter in book.chapters] == [
        ("My Book", "My Book\n\nAn opening with a link, and code; bold.", "line 6"),
        ("One", "One\n\nSoft break, hard\nbreak. Gone here.\n\nitem\n\ntwo", "line 10"),
        ("Two", "Two\n\na; b\n\n1; 2", "line 22"),
    ]
    assert [str(note) for note in book.notes] == [
        "line 8: skipped an image (a cat)",
        "line 8: skipped HTML (<b>)",
        "line 12: skipped a code block",
        "line 28: skipped HTML",
        "line 28: skipped a footnote",
    ]


def test_the_highest_level_with_two_headings_makes_the_chapters():
    book = read_book(b"# Book\n\n# Two\n\n## a\n\nx\n\n## b\n\ny", "file.md")
    assert [chapter.title for chapter in book.chapters] == ["Two"]
    book = read_book(b"# Book\n\n## a\n\nx\n\n## b\n\ny", "file.md")
    assert (book.title, [chapter.title for chapter in book.chapters]) == ("Book", ["a", "b"])
    assert book.chapters[0].text == "Book\n\na\n\nx"


def test_without_headings_it_is_one_chapter():
    book = read_book(b"Just *words*.", "a file.markdown")
    assert [(chapter.title, chapter.text) for chapter in book.chapters] == [("a file", "Just words.")]


def test_a_pattern_matches_the_extracted_text():
    book = read_book(b"**One**\n\nx\n\n**Two**\n\ny", "f.md", "^(One|Two)$")
    assert [(chapter.title, chapter.start) for chapter in book.chapters] == [("One", None), ("Two", None)]


def test_frequent_notes_are_counted():
    book = read_book(b"words\n\n" + b"```\ncode\n```\n\n" * 30, "f.md")
    assert len(book.notes) == 21
    assert str(book.notes[-1]) == "skipped a code block: 10 more"


def test_unreadable_files(monkeypatch):
    with pytest.raises(BookError, match=r"^f\.md: the book has no text to read aloud"):
        read_book(b"```\ncode\n```", "f.md")
    monkeypatch.setattr(markdown, "MAX_MARKDOWN_BYTES", 10)
    with pytest.raises(BookError, match="the Markdown file is too large"):
        read_book(b"# words and words", "f.md")


def test_front_matter():
    book = read_book(b"---\ntitle: [\n---\nwords", "f.md")
    assert book.title == "f"
    assert str(book.notes[0]).startswith("line 1: ignored the invalid front matter")
    book = read_book(b"---\ntitle: 1984\nauthor: [A, B]\n---\nwords", "f.md")
    assert (book.title, book.author) == ("1984", "A, B")
    assert read_book(b"---\n- a\n---\nwords", "f.md").title == "f"
