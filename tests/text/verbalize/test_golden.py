"""Golden tables: how expressions are written, and how they are read aloud."""

from pathlib import Path

import pytest

from voxweft.text.verbalize.verbalizer import make_verbalizer

TABLES = Path(__file__).parents[2] / "data" / "spoken"


def lines(file):
    """Yield `(language, written, spoken)` of a table: tabs separate them, `#` starts a comment line."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, written, spoken = line.split("\t")
            yield language, written, spoken


@pytest.mark.parametrize("file", sorted(TABLES.glob("*.tsv")), ids=lambda file: file.stem)
def test_the_table_is_read_as_it_says(file):
    wrong = []
    for language, written, spoken in lines(file):
        got = make_verbalizer(language).apply(written)
        if got != spoken:
            wrong.append(f"{written}\n  {spoken}\n  {got}")
    assert not wrong, "\n".join(wrong)
