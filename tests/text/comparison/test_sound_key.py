"""Names that a recognizer spells as they sound are the same; other names are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.comparison.sound_key import sound_key, sounds_alike


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("Eleanor", "aleaner"),
        ("Pryce", "price"),
        ("Whitfield", "Witfeld"),
        ("Lindqvist", "Lindquist"),
        ("Abernathy", "Abernethy"),
        ("Okafor", "Ocafor"),
        ("Beatrix", "Beatrics"),
        ("Stephen", "Steven"),
        ("Khiva", "Kiva"),
        ("José", "Jose"),
    ],
)
def test_a_name_as_it_sounds_is_the_name(name: str, heard: str) -> None:
    assert sounds_alike(name, heard)


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("Eleanor", "Isabel"),
        ("Abernathy", "Anderson"),
        ("Harding", "Miller"),
        ("Jacob", "Peter"),
        ("Lagos", "Nairobi"),
        ("Vienna", "Berlin"),
        ("Ingrid", "Martha"),
        ("Ann", "Tom"),
        ("Bob", ""),
    ],
)
def test_another_name_is_another_name(name: str, heard: str) -> None:
    assert not sounds_alike(name, heard)


@given(st.text(max_size=20))
def test_a_name_sounds_like_itself_whatever_its_case(name: str) -> None:
    assert sound_key(name) == sound_key(name.upper().lower())
    assert sounds_alike(name, name) or not sound_key(name)
