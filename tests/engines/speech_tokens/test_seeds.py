"""The seeds of a segment's parts."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from voxweft.engines.speech_tokens.seeds import seeds_of


def test_each_part_of_a_segment_has_its_own_seeds() -> None:
    paths = [(), (0,), (0, 0), (0, 0, 0), (1,), (1, 0), (0, 1), (0, 0, 1)]
    found = [seeds_of(seed, *path) for seed in (0, 1, 1 << 32, 1 << 63, -1) for path in paths]
    assert len({seed for seeds in found for seed in seeds}) == 3 * len(found)
    assert seeds_of(7, 2) == seeds_of(7, 2)
