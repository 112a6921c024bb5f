"""Kokoro as an engine: a segment's text in pieces, each spoken in one pass of the network, joined without seams."""

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
from .acoustic.interrupts import NoRoomError, StoppedError
from .acoustic.model import AcousticModel, Spoken
from .chunk_ramp import Growth
from .chunks import Piece, cut_pieces, cut_smaller
from .common.errors import KokoroError
from .common.languages import KokoroLanguage, language_for
from .common.tokens import Token
from .g2p.english import MISSING_MODEL, has_model
from .g2p.overrides import find_overrides, mask
from .g2p.phonemizer import Phonemizer
from .joins import FRAME_SAMPLES, SAMPLE_RATE_HZ, Seams, joined_length
from .timing import edges_of, words_of
from .voices import KokoroVoice, VoiceBook

_SEED_STEP = 0x9E3779B97F4A7C15
_SEEDS = 1 << 63
"""Each piece has random numbers of its own: seeds that lie 2^64 / golden ratio apart, so that no two runs share any."""
_SMALLEST_SYMBOLS = 16
"""What doesn't fit into memory is tried again in halves, down to this many symbols."""

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    """A checked segment."""

    text: str
    voice: KokoroVoice
    language: KokoroLanguage
    plan: Growth | None


class KokoroAdapter(StreamingAdapter):
    """Speaks each sentence of a segment in one pass of the network, and sends it as soon as it is made."""

    _spec: EngineSpec
    _model: AcousticModel
    _voices: VoiceBook
    _phonemizer: Phonemizer

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the weights. CheckpointError for damaged or foreign ones, KokoroError for a device that isn't there."""
        if context.model_path is None:
            raise KokoroError("Kokoro's weights aren't on this machine; get them with: voxweft models pull kokoro")
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._model = AcousticModel.load(
            context.model_path,
            device=context.device or self._spec.devices[0],
            dtype=context.dtype or self._spec.dtypes[0],
            progress=context.progress,
        )
        self._voices = VoiceBook(context.model_path / "voices", context.blob, self._spec.default_voice)
        self._phonemizer = Phonemizer(self._model.alphabet, _log.warning)
        return LoadedModel(sample_rate=SAMPLE_RATE_HZ, notes=() if has_model() else (MISSING_MODEL,))

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield the audio of each piece with its words.

        VoiceError and LanguageError for what isn't there, ValueError for what isn't speech or out of range, NoRoomError
        where even a small piece doesn't fit into memory. After a cancel the rest is dropped.
        """
        job = self._job(segment, segment.speed)
        seed = secrets.randbits(62) if segment.seed is None else segment.seed
        seams = Seams()
        number = 0
        try:
            for whole in self._pieces(job):
                for piece, spoken in self._speak(job, whole, segment.speed, seed, number, cancelled):
                    number += 1
                    edges = edges_of(piece.symbols, spoken.frames)
                    joined = seams.join(spoken.samples, *edges, piece.pause_s, piece.last)
                    if job.plan is not None:
                        job.plan.measured(joined.samples.size / SAMPLE_RATE_HZ)
                    words = words_of(piece, spoken.frames, job.text, joined.shift)
                    yield AudioChunk(samples=joined.samples, sample_rate=SAMPLE_RATE_HZ, words=words)
        except StoppedError:
            return

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's duration in seconds at each speed, from its phonemes and their predicted lengths."""
        return self.estimate_many([segment], speeds)[0]

    def estimate_many(self, segments: Sequence[StreamingSegment], speeds: Sequence[float]) -> list[list[float]]:
        """Return the durations of several segments, a row each: passes of the duration predictor for many pieces.

        Exact but for low latency, where the lengths of the pieces before decide how the next ones are cut.
        """
        for speed in speeds:
            self._check_speed(speed)
        jobs = [self._job(segment, speeds[0]) for segment in segments] if speeds else []
        pieces = [(row, job, piece) for row, job in enumerate(jobs) for piece in self._pieces(job)]
        lengths = [[0] * len(speeds) for _ in segments]
        styles = [job.voice.style(len(piece.symbols)) for _, job, piece in pieces]
        frames = self._model.frames([piece.symbols for _, _, piece in pieces], styles, speeds)
        for (row, _, piece), of_speeds in zip(pieces, frames, strict=True):
            for column, of_symbols in enumerate(of_speeds):
                n_samples = int(of_symbols.sum()) * FRAME_SAMPLES
                edges = edges_of(piece.symbols, of_symbols)
                lengths[row][column] += joined_length(n_samples, *edges, piece.pause_s, last=piece.last)
        return [[length / SAMPLE_RATE_HZ for length in row] for row in lengths]

    def voices(self) -> list[VoiceInfo]:
        """Return the voices whose files are there, the user's own among them."""
        return self._voices.infos()

    def unload(self) -> None:
        """Remove what the ways to phonemes keep in temporary folders."""
        self._phonemizer.close()

    def _job(self, segment: StreamingSegment, speed: float) -> _Job:
        if not isinstance(segment.payload, TextPayload):
            raise ValueError("Kokoro speaks text; it can't recognise audio")  # noqa: TRY004  the segment's content
        self._check_speed(speed)
        params = self._spec.complete(segment.params)
        voice = self._voices.voice(segment.voice)
        language = language_for(segment.language, voice.code)
        return _Job(segment.payload.text, voice, language, Growth(speed=speed) if params["low_latency"] else None)

    def _check_speed(self, speed: float) -> None:
        low, high = self._spec.min_speed, self._spec.max_speed
        if not low <= speed <= high:
            raise ValueError(f"Kokoro speaks at speeds from {low:g} to {high:g}, not at {speed:g}")

    def _pieces(self, job: _Job) -> Iterator[Piece]:
        def phonemize(start: int, end: int) -> Sequence[Token]:
            return self._phonemizer.tokens(job.text, job.language, start, end)

        masked = mask(job.text, find_overrides(job.text))
        return cut_pieces(job.text, phonemize, limit=self._model.max_symbols, plan=job.plan, cutting_text=masked)

    def _speak(
        self, job: _Job, piece: Piece, speed: float, seed: int, number: int, cancelled: Cancelled
    ) -> Iterator[tuple[Piece, Spoken]]:
        """Speak a piece; in parts, if it is too large for the device's memory as a whole."""
        style = job.voice.style(len(piece.symbols))
        piece_seed = (seed + number * _SEED_STEP) % _SEEDS
        try:
            spoken = self._model.speak(piece.symbols, style, speed=speed, seed=piece_seed, cancelled=cancelled)
        except NoRoomError:
            if len(piece.symbols) <= _SMALLEST_SYMBOLS:
                raise
            _log.warning("out of memory for %d symbols at once: they are spoken in parts", len(piece.symbols))
        else:
            yield piece, spoken
            return
        for part in cut_smaller(job.text, piece, -(-len(piece.symbols) // 2)):
            for done in self._speak(job, part, speed, seed, number, cancelled):
                number += 1
                yield done
