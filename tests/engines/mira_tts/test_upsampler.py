"""Sound at 16 kHz to 48 kHz, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.mira_tts.errors import MiraError
from voxweft.engines.mira_tts.upsampler import FlashSR, PieceUpsampler

REACH = 50
"""How many samples at 48 kHz this network looks to either side."""


class Port(NamedTuple):
    name: str
    shape: list[Any]
    type: str = "tensor(float)"


class Session:
    """A network with the interface of onnxruntime: three times as many samples, then one long filter."""

    def __init__(self, port: Port, factor: int = 3) -> None:
        self.port, self.factor = port, factor
        self.longest = 0

    def get_inputs(self) -> list[Port]:
        return [self.port]

    def get_outputs(self) -> list[Port]:
        return [Port("wide", self.port.shape)]

    def run(self, outputs: list[str], feed: dict[str, Any]) -> list[Any]:
        (given_,) = feed.values()
        assert (list(feed), outputs) == ([self.port.name], ["wide"])
        assert given_.ndim == len(self.port.shape)
        self.longest = max(self.longest, given_.size)
        kernel = np.hanning(2 * REACH + 1).astype(np.float32) / REACH
        wide = np.convolve(np.repeat(given_.reshape(-1).astype(np.float32), self.factor), kernel, "full")
        return [wide[REACH : wide.size - REACH].reshape((*given_.shape[:-1], -1))]


def network(*shape: Any, name: str = "x", **more: Any) -> tuple[FlashSR, Session]:
    session = Session(Port(name, list(shape), **more))
    return FlashSR(session, Path("model.onnx")), session


SOUND = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=6), st.integers(0, 20_000))
def test_parts_join_without_a_seam(cuts: list[int], length: int) -> None:
    flash, session = network(1, "n")
    sound = SOUND[:length]
    piece = PieceUpsampler(flash)
    parts = np.split(sound, sorted(min(cut, length) for cut in cuts))
    wide = np.concatenate([piece.push(part, last=number == len(parts) - 1) for number, part in enumerate(parts)])
    assert session.longest <= 4640
    expected = flash.extend(sound) if length else np.zeros(0)
    np.testing.assert_allclose(wide, expected, atol=1e-5)


def test_a_loud_part_leaves_the_others_as_they_are() -> None:
    flash, _ = network(1, 1, "n")
    piece = PieceUpsampler(flash)
    quiet = piece.push(SOUND[:5000], last=False)
    piece = PieceUpsampler(flash)
    assert np.array_equal(piece.push(SOUND[:5000], last=False), quiet)
    assert piece.push(100 * SOUND[:5000], last=True).max() > 20 * quiet.max()


@pytest.mark.parametrize("shape", [("n",), (1, "n"), (1, 1, "n")])
def test_names_and_shapes_are_read_from_the_file(shape: tuple[Any, ...]) -> None:
    flash, _ = network(*shape, name="audio_values", type="tensor(float16)")
    assert flash.extend(SOUND[:100]).shape == (300,)
    assert flash.extend(SOUND[:100]).dtype == np.float32


def test_another_network_is_an_error() -> None:
    for port in (Port("x", [1, 3, 4, 5]), Port("x", [1, "n"], "tensor(int64)")):
        with pytest.raises(MiraError, match="isn't FlashSR"):
            FlashSR(Session(port), Path("model.onnx"))
    with pytest.raises(MiraError, match="it makes 200 samples of 100; download it again"):
        FlashSR(Session(Port("x", [1, "n"]), factor=2), Path("model.onnx")).extend(SOUND[:100])


def test_a_missing_file(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    with pytest.raises(MiraError, match="set the parameter upsample to false for 16 kHz"):
        FlashSR.load(tmp_path / "model.onnx", 1)
