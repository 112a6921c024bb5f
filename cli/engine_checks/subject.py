"""The engine under test: its segments, its runtime with real workers, and what it makes of them."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

from ...jobs.transcribe.recognizer import Recognizer
from ...jobs.voices import Speaker, VoiceRecording, VoiceResolver
from ...media.audio.resample import resampled
from ...utils.streaming import AudioPayload, ParamValue, ReferenceVoice, StreamingSegment, TextPayload, Voice, VoiceInfo
from ...utils.streaming.contract.engine_spec import EngineSpec, ModelSpec
from ...utils.streaming.contract.errors import JobCancelledError
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.loading.loaded_model import ModelStats, Released
from ...utils.streaming.runtime import Runtime
from .errors import FaultError, NotApplicableError
from .made import Made, fault_of, shortened
from .texts import known_language, texts_in

RECORDER = "espeak"
"""The built-in engine whose speech serves as recordings."""
RECORDED_VARIANTS = ("", "+f3")
"""Suffixes of its voices, which make two of one."""
HEARD_RATE_HZ = 16_000
Moment = Callable[[Made, float], bool]
"""Returns whether a moment is reached, by what was made and the seconds since the start."""
JOB_LIMIT_S = 900.0
SMALL_WINDOW_BYTES = 32 << 10
"""So little audio in flight that an engine is in mid-segment while its listener waits."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the user chose to test with; empty for the engine's defaults.

    Args:
        model: A model of the engine.
        voices: One voice, or two that are used in turn: names, or files of recordings.
        text: A sentence to speak, instead of the texts of the checks.
        language: A BCP-47 tag.
        params: Settings of the engine.
        quick: Whether to leave out what takes long.
    """

    model: str = ""
    voices: tuple[str, ...] = ()
    text: str = ""
    language: str = ""
    params: dict[str, ParamValue] = {}
    quick: bool = False


class Subject:
    """An engine under test on a runtime whose cache is empty. `warnings` are those of the core, so far."""

    def __init__(self, runtime: Runtime, spec: EngineSpec, choices: Choices, warnings: list[str]) -> None:
        self.runtime = runtime
        self.spec = spec
        self.choices = choices
        self.warnings = warnings
        self.facts: ModelSpec = spec.facts(spec.model_of(choices.model))
        self.speaks = spec.task == "speech"
        self.listed: tuple[VoiceInfo, ...] = ()
        """The engine's voices, once it is loaded."""
        voice = choices.voices[0] if choices.voices else None
        language = choices.language or (spec.language_of(None, voice) or "")
        if not language and self.facts.languages:
            language = known_language(self.facts.languages)
        self.language = language
        """The language of the texts; empty if the engine names none."""
        text = choices.text
        # An engine may know few words, so all texts are made of the given one.
        self.texts = (text, f"{text} {text}", text) if text else texts_in(language)
        self._speakers: list[Speaker] = []
        self._recordings: dict[tuple[str, str], VoiceRecording] = {}

    # Segments

    def segment(self, number: int = 0, *, voice: int = 0, **changes: Any) -> StreamingSegment:
        """Return a segment with one of the texts (or its recording) in the first or second voice, changed."""
        if not self.speaks:
            recognizer = Recognizer(model=self.choices.model, params=self.choices.params)
            recording = self.recorded(self.texts[number], RECORDED_VARIANTS[voice])
            payload = AudioPayload(recording.samples.tobytes(), recording.sample_rate)
            segment = recognizer.segment(0, payload, self.spec)
            return msgspec.structs.replace(segment, **{"language": self.choices.language or None, **changes})
        segment = self.speakers()[voice].segment(0, self.texts[number], self.spec)
        text = changes.pop("text", None)
        changes |= {} if text is None else {"payload": TextPayload(text)}
        return msgspec.structs.replace(segment, **changes)

    def long_segment(self, n_texts: int) -> StreamingSegment:
        """Return a segment as long as this many of the first sentence (or of its recording)."""
        if self.speaks:
            return self.segment(text=" ".join([self.texts[0]] * n_texts))
        payload = self.segment().payload
        assert isinstance(payload, AudioPayload)
        return self.segment(payload=AudioPayload(payload.pcm * n_texts, payload.sample_rate))

    def in_language(self, tag: str) -> StreamingSegment:
        """Return a segment with a short text in a language (or the first recording, said to be in it)."""
        if not self.speaks:
            return self.segment(language=tag)
        speaker = self.speakers()[0]
        voice = speaker.voice if self.imitates else None
        speaker = msgspec.structs.replace(speaker, language=tag, voice=voice)
        return speaker.segment(0, texts_in(tag)[2], self.spec)

    def speakers(self) -> list[Speaker]:
        """Return two speakers that sound different, as far as the engine has them."""
        if not self._speakers:
            base, chosen = self.chosen_speaker(), self.chosen_speakers()
            first = chosen[0] if chosen else base
            if self.spec.can("reference") and not chosen:
                resolver = VoiceResolver.of(self.runtime)
                imitated = [resolver.reference(self._imitated(variant), self.spec) for variant in RECORDED_VARIANTS]
                chosen = [msgspec.structs.replace(base, voice=voice) for voice in imitated]
            elif len(chosen) < 2:
                chosen = [first, msgspec.structs.replace(first, voice=self._other_voice(first.voice_on(self.spec)))]
            self._speakers = chosen[:2]
        return self._speakers

    def chosen_speaker(self) -> Speaker:
        """Return the speaker that the user's choices describe, without a voice."""
        return Speaker(
            engine=self.spec.name,
            model=self.choices.model,
            language=self._stated_language(),
            params=self.choices.params,
        )

    def chosen_speakers(self) -> list[Speaker]:
        """Return the speakers with the voices that the user chose. ValueError or OSError for one that can't be used."""
        resolver = VoiceResolver.of(self.runtime, Path.cwd())
        base = self.chosen_speaker()
        return [resolver.speaker(msgspec.structs.replace(base, voice=name)) for name in self.choices.voices]

    def check_choices(self) -> None:
        """Check what the user chose, before anything starts. ValueError or OSError for what can't be used."""
        if self.speaks:
            self.chosen_speaker().check(self.runtime.registry)
            self.chosen_speakers()
            return
        if self.choices.voices:
            raise ValueError(f"engine '{self.spec.name}' recognizes speech; leave out --voice")
        recognizer = Recognizer(
            engine=self.spec.name,
            model=self.choices.model,
            language=self.choices.language or None,
            params=self.choices.params,
        )
        recognizer.check(self.runtime.registry)

    @property
    def has_two_voices(self) -> bool:
        """Whether the two speakers have different voices; recordings to recognize have."""
        if not self.speaks:
            return True
        one, other = self.speakers()
        return one.voice_on(self.spec) != other.voice_on(self.spec)

    @property
    def imitates(self) -> bool:
        """Whether the speakers' voices are recordings."""
        return self.speaks and isinstance(self.segment().voice, ReferenceVoice)

    @property
    def repeats(self) -> bool:
        """Whether the engine declares that equal segments with equal seeds give equal output."""
        return self.spec.deterministic or self.spec.can("seed")

    def require_repeats(self) -> None:
        """Raise NotApplicableError for an engine whose output may differ each time."""
        if not self.repeats:
            raise NotApplicableError("neither deterministic = true nor the capability 'seed' is declared")

    def require(self, capability: Any) -> None:
        """Raise NotApplicableError for an engine that doesn't declare a capability."""
        if not self.spec.can(capability):
            raise NotApplicableError(f"the capability '{capability}' isn't declared")

    def _stated_language(self) -> str | None:
        if self.choices.language:
            return self.choices.language
        # A voice by name has a language; a recording hasn't.
        named = self.choices.voices or self.spec.default_voice
        return None if named and not self.spec.can("reference") else self.language or None

    def _other_voice(self, voice: Voice | None) -> str | Voice | None:
        same_language = [info for info in self.listed if self.language and self.language in info.languages]
        for info in (*same_language, *self.listed):
            if info.kind == "voice" and info.name != getattr(voice, "name", None):
                return info.name
        return voice

    # Recordings

    def recorded(self, text: str, variant: str) -> VoiceRecording:
        """Return eSpeak NG's speech of a text, at 16 kHz for recognition, else at a rate that the engine takes."""
        found = self._recordings.get((text, variant))
        if found is None:
            rate = HEARD_RATE_HZ
            if self.speaks:
                rate = self.spec.reference_of(self.choices.model).sample_rate or self.spec.native_sample_rate
            spec = self.runtime.registry.get(RECORDER)
            language = best_tag(self.language, spec.languages) if self.language else None
            made = Made()
            segment = Speaker(engine=RECORDER, voice=f"{language or 'en-us'}{variant}").segment(0, text, spec)
            for event in self.runtime.stream([segment], StreamOptions(use_cache=False)):
                made.take(event)
            samples = resampled(made.samples, made.sample_rate, rate)
            found = VoiceRecording(samples=samples, sample_rate=rate, transcript=text)
            self._recordings[text, variant] = found
        return found

    def recorded_first(self) -> NDArray[np.float32]:
        """Return the recording of the first sentence, `[n_samples]` at 16 kHz (recognition)."""
        return self.recorded(self.texts[0], RECORDED_VARIANTS[0]).samples

    def _imitated(self, variant: str) -> VoiceRecording:
        policy = self.spec.reference_of(self.choices.model)
        text, sentences = self.texts[0], itertools.cycle(self.texts)
        # Some engines take a few seconds at least; few use more than ten.
        wanted_s = min(max(1.2 * policy.min_s, 6.0), policy.max_s)
        recording = self.recorded(text, variant)
        while recording.duration_s < wanted_s:
            text = f"{text} {next(sentences)}"
            recording = self.recorded(text, variant)
        return recording

    # Work

    def make(self, *segments: StreamingSegment, use_cache: bool = False) -> list[Made]:
        """Return what the engine makes of segments, which may fail. FaultError if the job doesn't end."""
        deadline = time.monotonic() + JOB_LIMIT_S

        def poll() -> None:
            if time.monotonic() > deadline:
                raise FaultError(f"no end of the segment after {JOB_LIMIT_S:g} s")

        numbered = [msgspec.structs.replace(segment, index=index) for index, segment in enumerate(segments)]
        options = StreamOptions(
            use_cache=use_cache, on_failure="report", look_ahead=max(len(numbered), 4), window_bytes=64 << 20
        )
        made = [Made() for _ in numbered]
        for event in self.runtime.stream(numbered, options, poll=poll):
            made[max(getattr(event, "index", 0), 0)].take(event)
        return made

    def make_one(self, segment: StreamingSegment | None = None, *, use_cache: bool = False) -> Made:
        """Return what the engine makes of a segment (default: the first sentence). FaultError if it fails."""
        segment = segment or self.segment()
        (made,) = self.make(segment, use_cache=use_cache)
        if made.failed is not None:
            raise FaultError(f"'{shortened(segment.text)}': {fault_of(made.failed)}")
        return made

    def interrupt(self, segment: StreamingSegment, moment: Moment, action: Callable[[], None] | None) -> Made:
        """Make a segment; at a moment of it, act (kill its worker, say) and go on, or cancel it without an action.

        `moment` is called with what was made and the seconds since the start, at every event and every 50 ms.
        """
        made = Made()
        began = time.monotonic()
        done = False

        def check() -> None:
            nonlocal done
            if not done and moment(made, time.monotonic() - began):
                done = True
                if action is None:
                    stream.close()
                else:
                    action()

        options = StreamOptions(use_cache=False, on_failure="report", window_bytes=SMALL_WINDOW_BYTES)
        stream = self.runtime.stream([segment], options, poll=check)
        with stream, contextlib.suppress(JobCancelledError):
            for event in stream:
                made.take(event)
                check()
        return made

    def kill_worker(self) -> None:
        """Kill the engine's worker processes at once."""
        for pid in self.pids:
            try:
                psutil.Process(pid).kill()
            except psutil.NoSuchProcess:
                continue

    def stats(self) -> ModelStats:
        """Return the state of the loaded engine. FaultError if it isn't loaded."""
        found = [stats for stats in self.runtime.run(self.runtime.stats()) if stats.engine == self.spec.name]
        if not found or not found[0].pids:
            raise FaultError("no worker is left")
        return found[0]

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the engine's workers."""
        return self.runtime.loader.pids().get(self.spec.name, ())

    def unload(self) -> Released | None:
        """End the engine's workers and return what was released; None if nothing was loaded."""
        released = self.runtime.run(self.runtime.unload(self.spec.name))
        return released[0] if released else None
