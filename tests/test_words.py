"""The word list of the style guide: `scripts/words.py`, as `scripts/check.py` runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT


def check(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "words.py"), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_tree_holds_no_replaced_word() -> None:
    done = check()
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        # The words are put together here, so that this file doesn't hold them.
        ("Speak it " + "an" + "ew.", "again"),
        ("Fix: " + "rec" + "ognise the text", "recogniz-"),
        ("Who" + "ever names no engine", "if a user ..."),
    ],
)
def test_a_replaced_word_is_found_with_its_line(tmp_path: Path, text: str, advice: str) -> None:
    page = ROOT / ".check" / "words-test.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(f"A plain line.\n{text}\n", encoding="utf-8")
    try:
        done = check(page)
    finally:
        page.unlink()
    assert done.returncode == 1
    assert ".check/words-test.md:2: " in done.stdout
    assert f"use {advice}" in done.stdout


def test_parts_of_words_and_numbers_are_not_found(tmp_path: Path) -> None:
    page = ROOT / ".check" / "words-fine.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("renewed amendments; an odd number; recognized colors\n", encoding="utf-8")
    try:
        assert check(page).returncode == 0
    finally:
        page.unlink()
