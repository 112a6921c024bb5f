"""F5-TTS' adapter: segments in pieces of a length that is decided beforehand, several of them in one pass."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...utils.streaming import (
    AdapterContext,
    AudioChunk,
    Blob,
    LoadedModel,
    ReferenceVoice,
    SegmentNote,
    StreamingAdapter,
    StreamingSegment,
    TextPayload,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from ..batch import jobs_of, raise_failures
from ..conditionals import Conditionals
from ..devices import choose_device
from .architecture import read_architecture
from .batches import batches_of
from .checkpoint import load_network, load_vocoder
from .errors import F5Error
from .lengths import HOP_SAMPLES, RATE_HZ, Piece, plan
from .network import Network, Row, Settings, draw_noise
from .package import Package, import_package
from .reference import Reference, prepare
from .vocabulary import Vocabulary, read_signs
from .vocoder import Vocoder

_CHUNK_SAMPLES = 12_000
_SIGNS_PER_CHARACTER = 2
"""At most: a Chinese character is a space and its sound."""

Event = AudioChunk | SegmentNote


class _Job(NamedTuple):
    """A segment: its rows in order, how each is spoken, and what users should know."""

    rows: list[Row]
    settings: list[Settings]
    notes: list[str]


class F5Adapter(StreamingAdapter):
    """Speaks each piece of a segment in one pass of the model, and sends it at once."""

    _spec: EngineSpec
    _package: Package
    _blob: Callable[[str], Blob]
    _vocabulary: Vocabulary
    _network: Network
    _vocoder: Vocoder
    _voices: Conditionals[Reference]
    _is_cpu: bool

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load a model.

        WeightsError or F5Error for files that are missing, damaged or of different models, DeviceError for a missing
        device.
        """
        folder = context.model_path
        if folder is None:
            raise F5Error("F5-TTS' weights aren't installed; download them with: voxweft models pull f5_tts")
        self._spec = read_spec(Path(__file__).resolve().parent)
        model = self._spec.model_of(context.model)
        architecture = read_architecture(context.params or self._spec.facts(model).params, folder)
        signs = read_signs(folder / "vocab.txt")
        device = choose_device(context.device)
        context.progress("reading F5-TTS' weights", 0.0)
        self._package = import_package()
        self._vocabulary = Vocabulary(signs, lambda text: self._package.pinyin([text])[0], model)
        dtype = torch.float16 if context.dtype == "float16" else torch.float32
        self._network = Network(
            self._package, load_network(self._package, folder, architecture, len(signs)), device, dtype
        )
        self._vocoder = Vocoder(load_vocoder(self._package, folder), device)
        context.progress("reading F5-TTS' weights", 1.0)
        self._is_cpu = device.type == "cpu"
        self._blob = context.blob
        self._voices = Conditionals(Reference.copy, lambda voice: voice.n_bytes)
        return LoadedModel(sample_rate=RATE_HZ)

    def forget_voices(self) -> int:
        """Drop what is kept of recordings, and return its size in bytes."""
        return self._voices.clear()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[Event]:
        """Yield the audio of each piece. Yields nothing more after a cancel, and nothing for a text without words.

        Raises:
            F5Error: The voice, a letter of the text or a setting is invalid.
        """
        job = self._job(segment)
        yield from (SegmentNote(text=note) for note in job.notes)
        for row, settings in zip(job.rows, job.settings, strict=True):
            (mel,) = self._network.speak([row], settings, [cancelled])
            if mel is None:
                return
            yield from _chunks(self._vocoder.decode(mel))

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, Event | None]]:
        """Yield the audio of several segments, whose pieces of like length are spoken in one pass. As `stream`."""
        jobs, failures = jobs_of(segments, self._job, (KeyError, ValueError))
        for position, job in jobs.items():
            yield from ((position, SegmentNote(text=note)) for note in job.notes)
        waiting = {position: list(range(len(job.rows))) for position, job in jobs.items()}
        yield from self._ended(waiting)
        spoken: dict[tuple[int, int], NDArray[np.float32]] = {}
        rows = {
            (position, at): (row, job.settings[at]) for position, job in jobs.items() for at, row in enumerate(job.rows)
        }
        for batch in batches_of(rows, is_cpu=self._is_cpu):
            checks = [cancelled[position] for position, _ in batch]
            mels = self._network.speak([rows[key][0] for key in batch], rows[batch[0]][1], checks)
            for key, mel in zip(batch, mels, strict=True):
                if mel is None:
                    waiting.pop(key[0], None)
                else:
                    spoken[key] = self._vocoder.decode(mel)
            for position, pieces in waiting.items():
                while pieces and (position, pieces[0]) in spoken:
                    samples = spoken.pop((position, pieces.pop(0)))
                    yield from ((position, chunk) for chunk in _chunks(samples))
            yield from self._ended(waiting)
        raise_failures(failures, F5Error)

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's length in seconds at each speed: exactly what would be made, without the network."""
        reference = self._reference(segment)
        text = self._text(segment)
        n_frames = [sum(piece.n_frames for piece in self._pieces(segment, text, reference, speed)) for speed in speeds]
        return [n * HOP_SAMPLES / RATE_HZ for n in n_frames]

    @staticmethod
    def _ended(waiting: dict[int, list[int]]) -> Iterator[tuple[int, None]]:
        for position in [position for position, pieces in waiting.items() if not pieces]:
            del waiting[position]
            yield position, None

    def _job(self, segment: StreamingSegment) -> _Job:
        reference = self._reference(segment)
        pieces = self._pieces(segment, self._text(segment), reference, segment.speed)
        generator = torch.Generator().manual_seed(secrets.randbits(63) if segment.seed is None else segment.seed)
        rows = [
            Row(
                reference.mel,
                torch.tensor(self._vocabulary.rows(reference.text + piece.text)),
                piece.n_frames,
                draw_noise(generator, reference.n_frames + 1 + piece.n_frames),
            )
            for piece in pieces
        ]
        params = self._spec.complete(segment.params)
        usual = Settings(int(params["nfe_step"]), float(params["cfg_strength"]), float(params["sway_sampling_coef"]))
        first = usual._replace(steps=int(params["first_steps"]) or usual.steps)
        notes = [] if reference.pace.is_natural or not pieces else [_PACE_NOTE]
        return _Job(rows, [first, *[usual] * len(rows)][: len(rows)], notes)

    def _pieces(self, segment: StreamingSegment, text: str, reference: Reference, speed: float) -> list[Piece]:
        def min_frames(piece: str) -> int:
            signs = reference.text + piece
            if len(signs) * _SIGNS_PER_CHARACTER < reference.n_frames:
                return 1
            # The network needs a frame for each sign, those of the recording included.
            return max(1, len(self._vocabulary.rows(signs)) - reference.n_frames)

        first_clause = int(self._spec.complete(segment.params)["first_steps"]) > 0
        return plan(text, reference.pace, speed, reference.n_frames, min_frames, first_clause=first_clause)

    def _text(self, segment: StreamingSegment) -> str:
        if not isinstance(segment.payload, TextPayload):
            raise F5Error("F5-TTS speaks text; it can't recognize audio")
        return self._vocabulary.written(segment.payload.text)

    def _reference(self, segment: StreamingSegment) -> Reference:
        voice = segment.voice
        if not isinstance(voice, ReferenceVoice):
            raise F5Error("F5-TTS has no voices of its own; give it a recording: --voice FILE.wav or library:NAME")
        transcript = voice.transcript or ""

        def of_recording() -> Reference:
            recording = self._blob(voice.digest)
            if recording.sample_rate != RATE_HZ:
                raise F5Error(f"the recording has {recording.sample_rate} Hz; expected {RATE_HZ} Hz")
            return prepare(self._package, self._vocabulary, recording.samples(), transcript)

        return self._voices.get((voice.digest, transcript), of_recording)


_PACE_NOTE = (
    "the recording is too long or too short for its transcript; correct the transcript, or words of the recording may "
    "be heard in the speech"
)


def _chunks(samples: NDArray[np.float32]) -> Iterator[AudioChunk]:
    for begin in range(0, samples.size, _CHUNK_SAMPLES):
        yield AudioChunk(samples=samples[begin : begin + _CHUNK_SAMPLES], sample_rate=RATE_HZ)
