"""The pauses between sentences: by sense, scaled, and measured from sound to sound."""

from __future__ import annotations

import msgspec
import pytest
from streaming_kit import ENGINES

from voxweft.jobs.speak import speak
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming.contract.registry import EngineRegistry

TEXT = "Nobody had seen the boat. Really? No, nobody at all.\n\nShe left. [pause:1s] The door was open."


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 5.0])
def test_pauses_follow_the_sense_and_the_scale(scale: float) -> None:
    pauses = Pauses(scale=scale)
    job = speak(TEXT, Speaker(engine="tone"), EngineRegistry((ENGINES,)), markup=True, pauses=pauses)
    found = [segment.pause_after_s for segment in job.segments]
    assert found == pytest.approx([0.3 * scale, 0.2 * scale, 0.7 * scale, 1.0, 0.0])


def test_the_silence_of_segments_is_part_of_the_pauses(registry_with_edges: EngineRegistry) -> None:
    job = speak(TEXT, Speaker(engine="tone"), registry_with_edges, markup=True)
    assert [segment.pause_after_s for segment in job.segments] == pytest.approx([0.24, 0.14, 0.64, 0.94, 0.0])
    pauses = Pauses(scale=0.1)
    job = speak(TEXT, Speaker(engine="tone"), registry_with_edges, markup=True, pauses=pauses)
    assert [segment.pause_after_s for segment in job.segments] == pytest.approx([0.0, 0.0, 0.01, 0.94, 0.0])


@pytest.fixture
def registry_with_edges() -> EngineRegistry:
    registry = EngineRegistry((ENGINES,))
    registry.specs["tone"] = msgspec.structs.replace(registry.get("tone"), edge_silence_s=0.06)
    return registry


@pytest.mark.parametrize("scale", [-0.1, 5.1, float("nan"), float("inf")])
def test_a_scale_out_of_range_is_rejected(scale: float) -> None:
    with pytest.raises(ValueError, match="the pause scale must be between 0 and 5"):
        Pauses(scale=scale)
