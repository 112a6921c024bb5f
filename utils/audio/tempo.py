"""Faster or slower with the pitch kept, as the audio comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

SLOWEST, FASTEST = 0.5, 2.0


class Tempo:
    """Changes the tempo of a mono stream by FFmpeg's `atempo`: `factor` 2 takes half the time.

    ValueError outside 0.5 to 2. What the filter holds back comes with later calls, the last of it with `flush`; the
    length is the input's by the factor, to within some tens of milliseconds. At 1 the samples pass as they are.
    """

    def __init__(self, sample_rate: int, factor: float) -> None:
        if not SLOWEST <= factor <= FASTEST:
            raise ValueError(f"a tempo is {SLOWEST:g} to {FASTEST:g}, not {factor:g}")
        self._rate = sample_rate
        self._factor = factor
        self._n_in = 0
        self._graph = None if factor == 1.0 else _graph(sample_rate, factor)

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 samples `[n_samples]` and return those that are ready, perhaps none."""
        check_float32(samples)
        if self._graph is None or not len(samples):
            return samples
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis]), format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._n_in
        self._n_in += len(samples)
        self._graph.push(frame)
        return self._joined()

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the rest."""
        if self._graph is None or not self._n_in:
            return np.zeros(0, np.float32)
        self._graph.push(None)
        return self._joined()

    def _joined(self) -> NDArray[np.float32]:
        ready = [frame.to_ndarray()[0] for frame in self._frames()]
        return np.concatenate([np.zeros(0, np.float32), *ready])

    def _frames(self) -> Iterator[Any]:
        import av

        assert self._graph is not None
        while True:
            try:
                yield self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return


def _graph(sample_rate: int, factor: float) -> Any:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="fltp", layout="mono")
    tempo = graph.add("atempo", f"{factor:.6f}")
    sink = graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    return graph
