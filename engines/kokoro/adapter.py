"""Kokoro's adapter: a segment's text in chunks, each spoken in one pass of the network and joined to the last."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import (
    AdapterContext,
    AudioChunk,
    LoadedModel,
    SegmentNote,
    StreamingAdapter,
    StreamingSegment,
    TextPayload,
    VoiceInfo,
    Word,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from ...utils.streaming.contract.events import AdapterEvent
from ..errors import CancelledError
from .acoustic.model import AcousticModel, Timing
from .chunk_ramp import MAX_SYMBOLS, ChunkRamp, cuts_of
from .chunks import Chunk, cut_chunks
from .common.errors import KokoroError, KokoroMemoryError
from .common.languages import KokoroLanguage, language_for
from .common.tokens import Token
from .g2p.english import MISSING_MODEL, has_model
from .g2p.overrides import find_overrides, mask
from .g2p.phonemizer import Phonemizer
from .joins import ChunkJoiner, fade_over, joined_length
from .sound_map import FRAME_SAMPLES, SAMPLE_RATE_HZ, SoundMap
from .timing import edges_of, words_of
from .voices import KokoroVoice, KokoroVoices

_SEED_STEP = 0x9E3779B97F4A7C15
_SEEDS = 1 << 63
"""Each chunk has its own seed; seeds are 2^64 / golden ratio apart, so that no two chunks share one."""

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    """A checked segment."""

    text: str
    voice: KokoroVoice
    language: KokoroLanguage
    ramp: ChunkRamp | None


class _Part(NamedTuple):
    """The samples of a part of a chunk, all of it if it is both the `first` and the `last` one."""

    samples: NDArray[np.float32]
    sound: SoundMap
    first: bool
    last: bool


class KokoroAdapter(StreamingAdapter):
    """Speaks each sentence of a segment in one pass of the network, and sends it at once."""

    _spec: EngineSpec
    _model: AcousticModel
    _voices: KokoroVoices
    _phonemizer: Phonemizer

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. An error for damaged weights, those of another model, and a missing device."""
        if context.model_path is None:
            raise KokoroError("Kokoro's weights aren't installed; download them with: voxweft models pull kokoro")
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._model = AcousticModel.load(
            context.model_path,
            device=context.device or self._spec.devices[0],
            dtype=context.dtype or self._spec.dtypes[0],
            progress=context.progress,
            length_of=_heard_length,
        )
        self._voices = KokoroVoices(context.model_path / "voices", context.blob, self._spec.default_voice)
        self._notes: list[str] = []
        self._phonemizer = Phonemizer(self._model.alphabet, self._notes.append)
        return LoadedModel(sample_rate=SAMPLE_RATE_HZ, notes=() if has_model() else (MISSING_MODEL,))

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AdapterEvent]:
        """Yield the audio of each chunk with its words, and notes on what isn't spoken.

        Yields nothing more after a cancel.

        Raises:
            KokoroVoiceError: The voice doesn't exist or is invalid.
            KokoroLanguageError: The language isn't supported, or its packages are missing.
            KokoroMemoryError: Even a small chunk doesn't fit into memory.
            ValueError: The payload isn't text, or a setting is out of range.
        """
        self._check_speed(segment.speed)
        job = self._job(segment)
        seed = secrets.randbits(62) if segment.seed is None else segment.seed
        joiner = ChunkJoiner()
        self._notes.clear()
        sent_s = 0.0
        try:
            for number, chunk in enumerate(self._chunks(job)):
                while self._notes:
                    yield SegmentNote(text=self._notes.pop(0))
                words: Sequence[Word] = ()
                for part in self._speak(job, chunk, segment.speed, (seed + number * _SEED_STEP) % _SEEDS, cancelled):
                    lead, tail = edges_of(part.sound)
                    joined = joiner.join(
                        part.samples,
                        lead if part.first else 0,
                        tail if part.last else 0,
                        chunk.pause_s if part.last else 0.0,
                        chunk.last and part.last,
                        begins=part.first,
                        ends=part.last,
                    )
                    sent_s += joined.samples.size / SAMPLE_RATE_HZ
                    if part.first:
                        words = words_of(chunk, part.sound, job.text, joined.shift)
                    n_words = sum(part.last or word.start_s < sent_s for word in words)
                    yield AudioChunk(samples=joined.samples, sample_rate=SAMPLE_RATE_HZ, words=tuple(words[:n_words]))
                    words = words[n_words:]
        except CancelledError:
            return

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's duration in seconds at each speed, from its phonemes' predicted lengths."""
        return self.estimate_many([segment], speeds)[0]

    def estimate_many(self, segments: Sequence[StreamingSegment], speeds: Sequence[float]) -> list[list[float]]:
        """Return the exact durations of several segments, one row each.

        The duration predictor runs on many chunks at once.
        """
        for speed in speeds:
            self._check_speed(speed)
        jobs = [self._job(segment) for segment in segments] if speeds else []
        chunks = [(row, job, chunk) for row, job in enumerate(jobs) for chunk in self._chunks(job)]
        lengths = [[0] * len(speeds) for _ in segments]
        styles = [job.voice.style(len(chunk.symbols)) for _, job, chunk in chunks]
        timings = self._model.timings([chunk.symbols for _, _, chunk in chunks], styles, speeds)
        for (row, _, chunk), of_speeds in zip(chunks, timings, strict=True):
            for column, timing in enumerate(of_speeds):
                sound = SoundMap(chunk.symbols, *timing)
                lengths[row][column] += joined_length(sound.n_samples, *edges_of(sound), chunk.pause_s, last=chunk.last)
        return [[length / SAMPLE_RATE_HZ for length in row] for row in lengths]

    def voices(self) -> list[VoiceInfo]:
        """Return the installed voices, the user's own included."""
        return self._voices.infos()

    def unload(self) -> None:
        """Release the G2P libraries and remove their temporary files."""
        self._phonemizer.close()

    def _job(self, segment: StreamingSegment) -> _Job:
        if not isinstance(segment.payload, TextPayload):
            raise ValueError("Kokoro speaks text; it can't recognize audio")  # noqa: TRY004  the segment's content
        params = self._spec.complete(segment.params)
        voice = self._voices.voice(segment.voice)
        language = language_for(segment.language, voice.code)
        ramp = ChunkRamp() if params["streaming"] == "clauses" else None
        return _Job(segment.payload.text, voice, language, ramp)

    def _check_speed(self, speed: float) -> None:
        low, high = self._spec.min_speed, self._spec.max_speed
        if not low <= speed <= high:
            raise ValueError(f"invalid speed '{speed:g}'; Kokoro's must be between {low:g} and {high:g}")

    def _chunks(self, job: _Job) -> Iterator[Chunk]:
        def phonemize(start: int, end: int) -> Sequence[Token]:
            return self._phonemizer.tokens(job.text, job.language, start, end)

        masked = mask(job.text, find_overrides(job.text))
        limit = self._model.max_symbols if job.ramp is None else min(MAX_SYMBOLS, self._model.max_symbols)
        return cut_chunks(job.text, phonemize, limit=limit, cutting_text=masked)

    def _speak(self, job: _Job, chunk: Chunk, speed: float, seed: int, cancelled: Cancelled) -> Iterator[_Part]:
        """Speak a chunk, in parts for low latency, or if it doesn't fit into the device's memory.

        The whole chunk decides all parts' lengths and melody. Each part fades into the next, since the vocoder doesn't
        continue its waves.
        """
        style = job.voice.style(len(chunk.symbols))
        prepared = self._model.prepare(chunk.symbols, style, speed=speed, seed=seed, cancelled=cancelled)
        sound = SoundMap(chunk.symbols, *prepared.timing)
        n_frames = sound.n_samples // FRAME_SAMPLES
        ends = [n_frames]
        if job.ramp is not None:
            first, last = (at // FRAME_SAMPLES for at in sound.sound())
            ends = [*job.ramp.cut(cuts_of(job.text, chunk, prepared.timing, sound), first, last), n_frames]
        begin = 0
        overlap = np.zeros(0, np.float32)
        while ends:
            end = ends[0]
            try:
                samples = self._model.samples(prepared, begin, min(end + 1, n_frames), cancelled=cancelled)
            except KokoroMemoryError:
                cuts = cuts_of(job.text, chunk, prepared.timing, sound)
                inner = [cut.frame for cut in cuts if begin < cut.frame < end]
                if not inner:
                    raise
                _log.warning("out of memory for %d frames at once; retrying in parts", end - begin)
                ends.insert(0, min(inner, key=lambda frame: abs(frame - (begin + end) / 2)))
                continue
            fade_over(overlap, samples)
            n_samples = (end - begin) * FRAME_SAMPLES
            overlap = samples[n_samples:]
            yield _Part(samples[:n_samples], sound, begin == 0, end == n_frames)
            begin = ends.pop(0)


def _heard_length(symbols: str, timing: Timing) -> int:
    """Return the samples of a chunk that are heard, without the pause after it."""
    sound = SoundMap(symbols, *timing)
    return joined_length(sound.n_samples, *edges_of(sound), 0.0, last=True)
