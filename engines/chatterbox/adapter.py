"""ChatterBox's adapter: segments, checked, to the speaker; its audio as chunks."""

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
    NamedVoice,
    ReferenceVoice,
    SegmentNote,
    StreamingAdapter,
    StreamingSegment,
    TextPayload,
    VoiceInfo,
)
from ...utils.streaming.contract.adapter import Cancelled
from ...utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, read_spec
from ..batch import jobs_of, raise_failures
from ..conditionals import Conditionals
from ..devices import choose_device
from ..errors import CancelledError, WeightsError
from ..speech_tokens.sampling import Sampling
from .architecture import Architecture, read_architecture
from .codes import CodeModel
from .decoder import FlowDecoder
from .errors import ChatterboxError
from .languages import language_code
from .parts import Parts, load_parts
from .speech import Job, Part, Speaker
from .text import pieces_of
from .tokenizers import TextTokens, load_tokenizer
from .vocoder import Vocoder
from .voice import BUILT_IN, VoiceConditionals, built_in, derive

_CHUNK_SAMPLES = 12_000


class ChatterboxAdapter(StreamingAdapter):
    """Speaks each piece of a segment in one pass of the model, and sends it at once."""

    _spec: EngineSpec
    _facts: ModelSpec
    _folder: Path
    _architecture: Architecture
    _parts: Parts
    _tokens: TextTokens
    _speaker: Speaker
    _blob: Callable[[str], Blob]
    _voices: Conditionals[VoiceConditionals]

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load a model. An error for files that are missing or damaged, and for a missing device."""
        if context.model_path is None:
            raise ChatterboxError(
                "ChatterBox's weights aren't installed; download them with: voxweft models pull chatterbox"
            )
        self._spec = read_spec(Path(__file__).resolve().parent)
        self._facts = self._spec.facts(context.model)
        self._architecture = read_architecture(context.params or self._facts.params)
        self._folder = context.model_path
        device = choose_device(context.device)
        context.progress("reading ChatterBox's weights", 0.0)
        self._tokens = load_tokenizer(context.model_path, self._architecture)
        parts = load_parts(context.model_path, self._architecture)
        dtype = torch.bfloat16 if context.dtype == "bfloat16" else torch.float32
        # The decoder and the encoders of recordings stay in float32, for which they were written.
        self._parts = Parts(
            parts.t3.to(device, dtype), parts.decoder.to(device, torch.float32), parts.speaker.to(device, torch.float32)
        )
        context.progress("reading ChatterBox's weights", 1.0)
        self._blob = context.blob
        self._voices = Conditionals(VoiceConditionals.copy, lambda voice: voice.n_bytes)
        self._speaker = Speaker(
            CodeModel(self._parts.t3, watched=self._architecture.watched),
            FlowDecoder(self._parts.decoder),
            Vocoder(self._parts.decoder),
            self._tokens,
            turbo=self._architecture.turbo,
            device=device,
        )
        return LoadedModel(sample_rate=self._spec.native_sample_rate)

    def forget_voices(self) -> int:
        """Drop what is kept of recordings, and return its size in bytes."""
        return self._voices.clear()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk | SegmentNote]:
        """Yield the audio of each piece.

        Yields nothing more after a cancel.

        Raises:
            ChatterboxError: The voice, the language or a setting is invalid, or the model found no end of the text.
        """
        try:
            for part in self._speaker.speak(self._job(segment), cancelled):
                yield from self._events(part)
        except CancelledError:
            return

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AudioChunk | SegmentNote | None]]:
        """Yield the audio of several segments, whose speech codes are drawn in one pass. As `stream`, for each."""
        jobs, failures = jobs_of(segments, self._job, (ChatterboxError, WeightsError, KeyError))
        positions = list(jobs)
        checks = [cancelled[position] for position in positions]
        for index, part in self._speaker.speak_many(list(jobs.values()), checks, self._spec.max_batch):
            if isinstance(part, ChatterboxError):
                failures.append(str(part))
            elif part is None:
                yield positions[index], None
            else:
                yield from ((positions[index], event) for event in self._events(part))
        raise_failures(failures, ChatterboxError)

    def voices(self) -> list[VoiceInfo]:
        """Return the built-in voice, if the model's folder has it."""
        if not (self._folder / BUILT_IN).is_file():
            return []
        return [VoiceInfo(name=self._spec.default_voice, title="Built-in voice", languages=self._facts.languages)]

    def _job(self, segment: StreamingSegment) -> Job:
        if not isinstance(segment.payload, TextPayload):
            raise ChatterboxError("ChatterBox speaks text; it can't recognize audio")
        params = self._spec.complete(segment.params)
        architecture = self._architecture
        tags = self._facts.tags or ()
        return Job(
            pieces=pieces_of(segment.payload.text, tags),
            language=language_code(segment.language, self._facts.languages),
            tags=tags,
            voice=self._voice(segment),
            exaggeration=float(params["exaggeration"]),
            cfg_weight=float(params["cfg_weight"]),
            sampling=Sampling(
                temperature=float(params["temperature"]),
                min_p=float(params["min_p"]),
                top_p=float(params["top_p"]) or architecture.top_p,
                top_k=int(params["top_k"]),
                repetition_penalty=float(params["repetition_penalty"]) or architecture.repetition_penalty,
            ),
            steps=int(params["cfm_steps"]) or architecture.cfm_steps,
            watermarked=bool(params["watermark"]),
            by_tokens=params["streaming"] == "tokens",
            seed=secrets.randbits(63) if segment.seed is None else segment.seed,
        )

    def _voice(self, segment: StreamingSegment) -> VoiceConditionals:
        voice = segment.voice
        if isinstance(voice, ReferenceVoice):
            digest = voice.digest

            def of_recording() -> VoiceConditionals:
                recording = self._blob(digest)
                return derive(self._parts, self._architecture, recording.samples(), recording.sample_rate)

            return self._voices.get(digest, of_recording)
        if voice is None or (isinstance(voice, NamedVoice) and voice.name == self._spec.default_voice):
            return self._voices.get(BUILT_IN, lambda: built_in(self._folder, _device_of(self._parts)))
        named = f"no voice '{voice.name}'" if isinstance(voice, NamedVoice) else "no such voices"
        raise ChatterboxError(
            f"ChatterBox has {named}; give a recording, or '{self._spec.default_voice}' for the built-in voice"
        )

    def _events(self, part: Part) -> Iterator[AudioChunk | SegmentNote]:
        if isinstance(part, str):
            yield SegmentNote(text=part)
            return
        for begin in range(0, part.size, _CHUNK_SAMPLES):
            yield AudioChunk(samples=part[begin : begin + _CHUNK_SAMPLES], sample_rate=self._spec.native_sample_rate)


def _device_of(parts: Parts) -> torch.device:
    device: torch.device = parts.t3.speech_head.weight.device
    return device
