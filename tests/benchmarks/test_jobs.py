"""The benchmark of the jobs at a tiny size; no test checks a time."""

from __future__ import annotations

import math

import pytest

from benchmarks.book_text import book_text
from benchmarks.jobs import JobSizes, measure_jobs
from benchmarks.table import JOB_ROWS, markdown_table
from voxweft.media.books import read_book
from voxweft.text.segmenter import segment_texts

TINY = JobSizes(book_words=60, book_pairs=1, encoded_words=30, encoded_pairs=1, cues=60, film_cues=100, fit_repeats=1)


@pytest.mark.slow
def test_the_figures_are_finite_and_fill_the_table():
    steps: list[str] = []
    figures = measure_jobs(TINY, steps.append)
    assert steps
    assert all(type(value) is float and math.isfinite(value) for value in figures.values())
    for name in ("book_rate_ratio", "encoded_rate_ratio"):
        assert figures[name] > 0
    assert figures["encoded_rate_ratio"] == min(
        figures[f"encoded_{name}_rate_ratio"] for name in ("mp3", "opus", "m4b")
    )
    table = markdown_table(figures, JOB_ROWS)
    assert all(f"`{row.name}`" in table for row in JOB_ROWS)


def test_a_book_has_chapters_and_no_repeated_sentence():
    book = read_book(book_text(8000).encode(), "b.txt")
    assert [chapter.title for chapter in book.chapters] == ["Chapter 1", "Chapter 2", "Chapter 3", "Chapter 4"]
    sentences = [text for chapter in book.chapters for text in segment_texts(chapter.text)]
    assert len(sentences) == len(set(sentences))
    words = sum(len(text.split()) for text in sentences)
    assert 8000 <= words < 8200
    assert book_text(500, 2) != book_text(500, 3)
