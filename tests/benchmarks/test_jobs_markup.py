"""The benchmark of reading scripts, and its synthetic script."""

from script_kit import CastNames

from benchmarks.jobs_markup import measure_markup, script_text
from voxweft.text.script import read_script


def test_the_script_has_every_kind_of_markup():
    text = script_text(0.02)
    passages = list(read_script(text, CastNames("Alice", "Bob", "Captain Ahab", "Speaker 1", "Speaker 2")))
    assert {passage.speaker for passage in passages} == {None, "Alice", "Bob", "Captain Ahab", "Speaker 1", "Speaker 2"}
    assert {passage.language for passage in passages} == {None, "de"}
    assert any(passage.pause_before_s for passage in passages)
    assert any(passage.pronunciations for passage in passages)
    assert len(text) / len(passages) < 200


def test_the_figures_are_positive():
    figures = measure_markup(megabytes=0.005, repeats=1)
    assert set(figures) >= {"markup_mb_per_s", "markup_parse_mb_per_s", "markup_plain_mb_per_s", "markup_of_plain"}
    assert all(figure > 0 for figure in figures.values())
