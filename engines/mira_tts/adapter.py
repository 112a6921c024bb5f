"""MiraTTS' adapter: segments, checked, to the speaker; its audio as chunks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

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
    Voice,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, read_spec
from ..batch import jobs_of, raise_failures
from ..conditionals import Conditionals
from ..devices import choose_device
from ..errors import WeightsError
from ..speech_tokens.sampling import Sampling
from .codec import RATE_HZ, Codec
from .errors import MiraEndlessError, MiraError
from .prompt import Vocabulary, VoiceTokens
from .speech import Job, Sound, Speaker
from .text import normal_text, pieces_of
from .token_models import load_tokens
from .tokens import TokenModel
from .upsampler import FlashSR

_BYTES_PER_TOKEN = 8


class MiraAdapter(StreamingAdapter):
    """Speaks in the voice of a recording, and sends sound while the sentence goes on."""

    _spec: EngineSpec
    _folder: Path
    _codec: Codec
    _tokens: TokenModel
    _speaker: Speaker
    _upsampler: FlashSR | None
    _blob: Callable[[str], Blob]
    _voices: Conditionals[VoiceTokens]

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load a model. An error for files that are missing or damaged, and for a missing device."""
        if context.model_path is None:
            raise MiraError("MiraTTS' weights aren't installed; download them with: voxweft models pull mira_tts")
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._folder = context.model_path
        device = choose_device(context.device)
        dtype = torch.bfloat16 if context.dtype == "bfloat16" else torch.float32
        context.progress("reading MiraTTS' weights", None)
        vocabulary = Vocabulary.load(self._folder / "LLM" / "tokenizer.json")
        # The codec stays in float32, for which it was written.
        self._codec = Codec.load(self._folder, device)
        self._tokens, notes = load_tokens(self._folder / "LLM", vocabulary, device, dtype)
        self._speaker = Speaker(self._tokens, vocabulary, self._codec)
        self._upsampler = None
        self._blob = context.blob
        # Immutable: no copy is needed.
        self._voices = Conditionals(lambda voice: voice, lambda voice: _BYTES_PER_TOKEN * sum(map(len, voice)))
        return LoadedModel(sample_rate=self._spec.native_sample_rate, notes=notes)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk | SegmentNote]:
        """Yield the audio of a segment, while the sentence goes on.

        Yields nothing more after a cancel.

        Raises:
            MiraError: The voice or a setting is invalid, or a file that they need is missing.
            MiraEndlessError: The model found no end of the text; what it spoke was yielded before.
        """
        for _, part in self._speaker.speak([self._job(segment)], [cancelled], 1):
            if isinstance(part, MiraEndlessError):
                raise part
            if part is not None:
                yield _event(part)

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AudioChunk | SegmentNote | None]]:
        """Yield the audio of several segments, whose tokens are drawn in one pass. As `stream`, for each."""
        jobs, failures = jobs_of(segments, self._job, (MiraError, WeightsError, KeyError))
        positions = list(jobs)
        checks = [cancelled[position] for position in positions]
        for index, part in self._speaker.speak(list(jobs.values()), checks, self._spec.max_batch):
            if isinstance(part, MiraEndlessError):
                failures.append(str(part))
            else:
                yield positions[index], None if part is None else _event(part)
        raise_failures(failures, MiraError)

    def forget_voices(self) -> int:
        """Drop what is kept of recordings, and return its size in bytes."""
        return self._voices.clear()

    def unload(self) -> None:
        """End what draws the tokens."""
        self._tokens.close()

    def _job(self, segment: StreamingSegment) -> Job:
        if not isinstance(segment.payload, TextPayload):
            raise MiraError("MiraTTS speaks text; it can't recognize audio")
        params = self._spec.complete(segment.params)
        voice, transcript = self._voice(segment.voice)
        return Job(
            pieces=pieces_of(segment.payload.text),
            voice=voice,
            transcript=transcript,
            sampling=Sampling(
                temperature=float(params["temperature"]),
                min_p=float(params["min_p"]),
                top_p=float(params["top_p"]),
                top_k=int(params["top_k"]),
                repetition_penalty=float(params["repetition_penalty"]),
            ),
            max_tokens=int(params["max_tokens"]),
            chunk_tokens=int(params["chunk_tokens"]),
            ahead_tokens=int(params["ahead_tokens"]),
            upsampler=self._flash_sr() if params["upsample"] else None,
            seed=secrets.randbits(63) if segment.seed is None else segment.seed,
        )

    def _voice(self, voice: Voice | None) -> tuple[VoiceTokens, str]:
        """Return a voice in tokens, and what its recording says."""
        if not isinstance(voice, ReferenceVoice):
            raise MiraError("MiraTTS has no voices of its own; give it a recording: --voice FILE.wav or library:NAME")
        digest, transcript = voice.digest, normal_text(voice.transcript or "")

        def of_recording() -> VoiceTokens:
            recording = self._blob(digest)
            if recording.sample_rate != RATE_HZ:
                raise MiraError(f"the recording has {recording.sample_rate} Hz; expected {RATE_HZ} Hz")
            return self._codec.voice(recording.samples(), with_speech=bool(transcript))

        # What the transcript says doesn't change the tokens, only whether there is one.
        return self._voices.get((digest, bool(transcript)), of_recording), transcript

    def _flash_sr(self) -> FlashSR:
        if self._upsampler is None:
            self._upsampler = FlashSR.load(self._folder / "FlashSR" / "model.onnx", torch.get_num_threads())
        return self._upsampler


def _event(part: Sound | str) -> AudioChunk | SegmentNote:
    if isinstance(part, str):
        return SegmentNote(text=part)
    return AudioChunk(samples=part.samples, sample_rate=part.sample_rate)
