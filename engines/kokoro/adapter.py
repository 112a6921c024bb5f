"""Kokoro's adapter: a segment's text in chunks, each spoken in one pass of the network and joined to the last."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...utils.streaming import (
    AdapterContext,
    AudioChunk,
    LoadedModel,
    StreamingAdapter,
    StreamingSegment,
    TextPayload,
    VoiceInfo,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from .acoustic.model import AcousticModel, Spoken
from .chunk_ramp import ChunkRamp
from .chunks import Chunk, cut_chunks, split_chunk
from .common.errors import KokoroError, KokoroMemoryError, SynthesisCancelledError
from .common.languages import KokoroLanguage, language_for
from .common.tokens import Token
from .g2p.english import MISSING_MODEL, has_model
from .g2p.overrides import find_overrides, mask
from .g2p.phonemizer import Phonemizer
from .joins import ChunkJoiner, joined_length
from .sound_map import SAMPLE_RATE_HZ, SoundMap
from .timing import edges_of, words_of
from .voices import KokoroVoice, KokoroVoices

_SEED_STEP = 0x9E3779B97F4A7C15
_SEEDS = 1 << 63
"""Each chunk has its own seed; seeds are 2^64 / golden ratio apart, so that no two chunks share one."""
_MIN_SPLIT_SYMBOLS = 16
"""A chunk that doesn't fit into memory is retried in halves, down to this many symbols."""

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    """A checked segment."""

    text: str
    voice: KokoroVoice
    language: KokoroLanguage
    ramp: ChunkRamp | None


class KokoroAdapter(StreamingAdapter):
    """Speaks each sentence of a segment in one pass of the network, and sends it at once."""

    _spec: EngineSpec
    _model: AcousticModel
    _voices: KokoroVoices
    _phonemizer: Phonemizer

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. KokoroError for damaged weights, those of another model, and a missing device."""
        if context.model_path is None:
            raise KokoroError("Kokoro's weights aren't installed; download them with: voxweft models pull kokoro")
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._model = AcousticModel.load(
            context.model_path,
            device=context.device or self._spec.devices[0],
            dtype=context.dtype or self._spec.dtypes[0],
            progress=context.progress,
        )
        self._voices = KokoroVoices(context.model_path / "voices", context.blob, self._spec.default_voice)
        self._notes: list[str] = []
        self._phonemizer = Phonemizer(self._model.alphabet, self._notes.append)
        return LoadedModel(sample_rate=SAMPLE_RATE_HZ, notes=() if has_model() else (MISSING_MODEL,))

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield the audio of each chunk with its words.

        Yields nothing more after a cancel.

        Raises:
            KokoroVoiceError: The voice doesn't exist or is invalid.
            KokoroLanguageError: The language isn't supported, or its packages are missing.
            KokoroMemoryError: Even a small chunk doesn't fit into memory.
            ValueError: The payload isn't text, or a setting is out of range.
        """
        job = self._job(segment, segment.speed)
        seed = secrets.randbits(62) if segment.seed is None else segment.seed
        joiner = ChunkJoiner()
        number = 0
        try:
            for planned in self._chunks(job):
                for chunk, spoken in self._speak(job, planned, segment.speed, seed, number, cancelled):
                    number += 1
                    sound = SoundMap(chunk.symbols, *spoken.timing)
                    joined = joiner.join(spoken.samples, *edges_of(sound), chunk.pause_s, chunk.last)
                    if job.ramp is not None:
                        job.ramp.correct_duration(joined.samples.size / SAMPLE_RATE_HZ)
                    words = words_of(chunk, sound, job.text, joined.shift)
                    yield AudioChunk(samples=joined.samples, sample_rate=SAMPLE_RATE_HZ, words=words)
        except SynthesisCancelledError:
            return

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's duration in seconds at each speed, from its phonemes' predicted lengths."""
        return self.estimate_many([segment], speeds)[0]

    def estimate_many(self, segments: Sequence[StreamingSegment], speeds: Sequence[float]) -> list[list[float]]:
        """Return the durations of several segments, one row each; the duration predictor runs on many chunks at once.

        Exact except with `streaming = "clauses"`, where the real lengths of chunks decide how the next ones are cut.
        """
        for speed in speeds:
            self._check_speed(speed)
        jobs = [self._job(segment, speeds[0]) for segment in segments] if speeds else []
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

    def _job(self, segment: StreamingSegment, speed: float) -> _Job:
        if not isinstance(segment.payload, TextPayload):
            raise ValueError("Kokoro speaks text; it can't recognize audio")  # noqa: TRY004  the segment's content
        self._check_speed(speed)
        params = self._spec.complete(segment.params)
        voice = self._voices.voice(segment.voice)
        language = language_for(segment.language, voice.code)
        ramp = ChunkRamp(speed=speed) if params["streaming"] == "clauses" else None
        return _Job(segment.payload.text, voice, language, ramp)

    def _check_speed(self, speed: float) -> None:
        low, high = self._spec.min_speed, self._spec.max_speed
        if not low <= speed <= high:
            raise ValueError(f"invalid speed '{speed:g}'; Kokoro's must be between {low:g} and {high:g}")

    def _chunks(self, job: _Job) -> Iterator[Chunk]:
        def phonemize(start: int, end: int) -> Sequence[Token]:
            return self._phonemizer.tokens(job.text, job.language, start, end)

        masked = mask(job.text, find_overrides(job.text))
        return cut_chunks(job.text, phonemize, limit=self._model.max_symbols, ramp=job.ramp, cutting_text=masked)

    def _speak(
        self, job: _Job, chunk: Chunk, speed: float, seed: int, number: int, cancelled: Cancelled
    ) -> Iterator[tuple[Chunk, Spoken]]:
        """Speak a chunk, in parts if it doesn't fit into the device's memory."""
        style = job.voice.style(len(chunk.symbols))
        chunk_seed = (seed + number * _SEED_STEP) % _SEEDS
        try:
            spoken = self._model.speak(chunk.symbols, style, speed=speed, seed=chunk_seed, cancelled=cancelled)
        except KokoroMemoryError:
            if len(chunk.symbols) <= _MIN_SPLIT_SYMBOLS:
                raise
            _log.warning("out of memory for %d symbols at once; retrying in parts", len(chunk.symbols))
        else:
            yield chunk, spoken
            return
        for part in split_chunk(job.text, chunk, -(-len(chunk.symbols) // 2)):
            for spoken_part in self._speak(job, part, speed, seed, number, cancelled):
                number += 1
                yield spoken_part
