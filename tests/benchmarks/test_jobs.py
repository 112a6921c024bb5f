"""The benchmarks of jobs measure what they say, at a tiny size; no time is judged here."""

from __future__ import annotations

import math

from benchmarks.book_text import book_text
from benchmarks.jobs import JobSizes, measure_jobs
from benchmarks.table import JOB_ROWS, markdown_table
from voxweft.media.books import read_book
from voxweft.text.segmenter import segment_texts

TINY = JobSizes(book_words=60, book_pairs=1, encoded_words=30, encoded_pairs=1, cues=60, film_cues=100, fit_repeats=1)


def test_the_figures_are_finite_and_fill_the_table():
    said: list[str] = []
    figures = measure_jobs(TINY, said.append)
    assert said
    assert all(type(value) is float and math.isfinite(value) for value in figures.values())
    for name in ("book_rate_ratio", "encoded_rate_ratio"):
        assert figures[name] > 0
    assert figures["encoded_rate_ratio"] == min(
        figures[f"encoded_{name}_rate_ratio"] for name in ("mp3", "opus", "m4b")
    )
    table = markdown_table(figures, JOB_ROWS)
    assert all(f"`{row.name}`" in table for row in JOB_ROWS)


def test_a_books_sentences_are_all_different_and_its_chapters_are_found():
    book = read_book(book_text(8000).encode(), "b.txt")
    assert [chapter.title for chapter in book.chapters] == ["Chapter 1", "Chapter 2", "Chapter 3", "Chapter 4"]
    sentences = [text for chapter in book.chapters for text in segment_texts(chapter.text)]
    assert len(sentences) == len(set(sentences))
    words = sum(len(text.split()) for text in sentences)
    assert 8000 <= words < 8200
    assert book_text(500, 2) != book_text(500, 3)
