"""Change the tempo of finished audio, for engines without speed control."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from ..media.audio.tempo import Tempo
from ..utils.streaming import AudioChunk, SegmentDone, SegmentFailed, StreamEvent


class TempoChange:
    """Changes the tempo of segments, by events: audio and the times of words are scaled, all else passes unchanged.

    It stands above the cache, which keeps what the engine made. `tempo_of` returns the factor of a segment.
    """

    def __init__(self, tempo_of: Callable[[int], float]) -> None:
        self._tempo_of = tempo_of
        self._open: tuple[Tempo, AudioChunk, float] | None = None
        """The filter of the open segment, its first chunk, and the factor."""

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """Yield the events that take the place of one. A segment's last samples come before its end."""
        if isinstance(event, AudioChunk):
            yield self._changed(event)
            return
        if self._open is not None and isinstance(event, (SegmentDone, SegmentFailed)):
            tempo, chunk, _ = self._open
            self._open = None
            yield msgspec.structs.replace(chunk, samples=tempo.flush(), words=())
        yield event

    def _changed(self, chunk: AudioChunk) -> AudioChunk:
        if self._open is None:
            factor = self._tempo_of(chunk.index)
            if factor == 1:
                return chunk
            self._open = Tempo(chunk.sample_rate, factor), chunk, factor
        tempo, _, factor = self._open
        words = tuple(
            msgspec.structs.replace(word, start_s=word.start_s / factor, end_s=word.end_s / factor)
            for word in chunk.words
        )
        return msgspec.structs.replace(chunk, samples=tempo.process(chunk.samples), words=words)
