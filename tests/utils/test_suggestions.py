"""Suggestions for unknown names."""

from __future__ import annotations

import pytest

from voxweft.utils.suggestions import did_you_mean, is_near_miss, nearest, suggested


def test_the_nearest_come_first_whatever_their_case() -> None:
    assert nearest("PICH", ["word_gap_ms", "pitch_range", "pitch"]) == ("pitch", "pitch_range")
    assert nearest("x", ["pitch"]) == ()
    assert nearest("af_hart", []) == ()
    assert nearest("nova", ["no", "va", "nb"]) == ()
    assert nearest("noo", ["no", "va"]) == ("no",)
    assert len(nearest("aaaa", ["aaaa1", "aaaa2", "aaaa3", "aaaa4"])) == 3


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("af_hart", ["af_heart", "zz"], "; did you mean 'af_heart'?"),
        ("pich", ["pitch", "pitch_range"], "; did you mean 'pitch' or 'pitch_range'?"),
        ("aaaa", ["aaaa1", "aaaa23", "aaaa456"], "; did you mean 'aaaa1', 'aaaa23' or 'aaaa456'?"),
        ("x", ["pitch", "gap"], "; available: pitch, gap"),
        ("x", [f"name{number}" for number in range(9)], f"; available: {', '.join(f'name{n}' for n in range(8))}, ..."),
        ("x", [], "; it has none"),
    ],
)
def test_the_end_of_a_message(name: str, known: list[str], message: str) -> None:
    assert did_you_mean(name, known, none="it has none") == message


def test_nothing_is_suggested_for_nothing() -> None:
    assert suggested(()) == ""
    assert did_you_mean("x", []) == "; there are none"


@pytest.mark.parametrize(
    ("written", "name", "near"),
    [
        ("Alcie", "Alice", True),
        ("speaker 3", "Speaker 2", True),
        ("Note", "Nate", False),
        ("Bob", "Rob", False),
        ("Alice", "alice", False),
        ("Alic", "Alice", True),
    ],
)
def test_a_near_miss_is_one_slip(written: str, name: str, near: bool) -> None:
    assert is_near_miss(written, name) is near
