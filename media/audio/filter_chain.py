"""FFmpeg filters on streaming audio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph
from numpy.typing import NDArray

_BLOCK_SAMPLES = 1 << 14
_DTYPES: dict[str, type[np.floating[Any]]] = {"flt": np.float32, "dbl": np.float64}


class FilterChain:
    """A chain of FFmpeg filters, each `(name, options)`, for audio of one rate, layout and sample format.

    `layout` is FFmpeg's name, such as mono or 5.0; `sample_format` of input and output is flt or dbl. If the filters
    don't change the number of samples, the output has as many samples as the input. Some samples are delayed, the last
    ones until `flush`.
    """

    def __init__(
        self,
        sample_rate: int,
        filters: Sequence[tuple[str, str]],
        *,
        layout: str = "mono",
        sample_format: str = "flt",
    ) -> None:
        if sample_rate <= 0:
            raise ValueError(f"the sample rate must be above 0 Hz, not {sample_rate}")
        self._sample_rate = sample_rate
        self._layout = layout
        self._sample_format = sample_format
        self._dtype = _DTYPES[sample_format]
        self._n_channels = av.AudioLayout(layout).nb_channels
        self._n_in = 0
        self._graph = Graph()
        if hasattr(self._graph, "threads"):  # not in PyAV 17
            # For a mono or stereo stream, threads cost more time than they save.
            self._graph.threads = 1
        source = self._graph.add_abuffer(
            sample_rate=sample_rate, format=sample_format, layout=layout, time_base=Fraction(1, sample_rate)
        )
        nodes = [self._graph.add(name, options) for name, options in filters]
        restore = self._graph.add("aformat", f"sample_fmts={sample_format}:channel_layouts={layout}")
        self._graph.link_nodes(source, *nodes, restore, self._graph.add("abuffersink")).configure()

    def process(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Process samples `[n_samples]` or `[n_samples, n_channels]` and return those that are ready, in this form."""
        ready: list[NDArray[Any]] = []
        for start in range(0, len(samples), _BLOCK_SAMPLES):
            block = np.ascontiguousarray(samples[start : start + _BLOCK_SAMPLES], self._dtype)
            frame = AudioFrame.from_ndarray(block.reshape(1, -1), format=self._sample_format, layout=self._layout)
            frame.sample_rate = self._sample_rate
            frame.time_base = Fraction(1, self._sample_rate)
            frame.pts = self._n_in
            self._n_in += len(block)
            self._graph.push(frame)
            ready += self._pull()
        return self._concatenated(ready)

    def flush(self) -> NDArray[Any]:
        """End the stream and return the remaining samples. A second call returns no samples."""
        if self._n_in < 0:
            return self._concatenated([])
        self._n_in = -1
        self._graph.push(None)
        return self._concatenated(list(self._pull()))

    def _pull(self) -> Iterator[NDArray[Any]]:
        while True:
            try:
                frame = cast("AudioFrame", self._graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield frame.to_ndarray().reshape(-1)

    def _concatenated(self, blocks: list[NDArray[Any]]) -> NDArray[Any]:
        whole = np.concatenate(blocks) if blocks else np.zeros(0, self._dtype)
        return whole if self._n_channels == 1 else whole.reshape(-1, self._n_channels)
