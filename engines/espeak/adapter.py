"""eSpeak NG's adapter: streaming, deterministic, with word timings."""

from __future__ import annotations

import importlib.metadata
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
from .abi import Parameter
from .binding import (
    MAX_TEXT_CHARACTERS,
    SAMPLE_RATE_HZ,
    EspeakFiles,
    EspeakLibrary,
    WordEvent,
    find_espeak,
)
from .errors import EspeakError
from .long_text import SpokenText, cut_long, scripts_of
from .silence import SoundTracker
from .synthesis import OnBlock, stream_speech
from .voices import ChosenVoice, VoiceCatalog

_DISTRIBUTION = "espeakng-loader"
_NORMAL_WPM = 175

# Each character is replaced by one, so that offsets stay valid. Control characters would end the text or be read as
# commands; a lone surrogate can't be encoded.
_CLEAN = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
_CLEAN.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))


class _Job(NamedTuple):
    """A checked segment: the text, the voice, and the settings that differ from the library's defaults."""

    text: SpokenText
    voice: ChosenVoice
    settings: tuple[tuple[int, int], ...]


class EspeakAdapter(StreamingAdapter):
    """Speaks each segment with a newly loaded library. One segment at a time per process."""

    _files: EspeakFiles
    _spec: EngineSpec
    _catalog: VoiceCatalog

    def load(self, context: AdapterContext) -> LoadedModel:
        """Find the library and read its voices. EspeakError says what is missing, and the fix."""
        context.progress("reading eSpeak NG's voices", None)
        self._spec = read_spec(Path(__file__).resolve().parent)
        if self._spec.native_sample_rate != SAMPLE_RATE_HZ:
            raise EspeakError(f"engine.toml says {self._spec.native_sample_rate} Hz; eSpeak NG makes {SAMPLE_RATE_HZ}")
        self._files = find_espeak()
        # This also checks that the system really unloads the library.
        with EspeakLibrary(self._files) as library:
            self._catalog = VoiceCatalog.read(
                library, self._files.data, self._spec.default_voice, self._spec.voice_aliases
            )
        # The distribution contains library and data, so its version identifies both.
        versions = {_DISTRIBUTION: importlib.metadata.version(_DISTRIBUTION)}
        return LoadedModel(sample_rate=SAMPLE_RATE_HZ, versions=versions)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield the audio as the library makes it: 60 ms, then chunks that double up to half a second.

        Words come with the chunk in which they end. Yields nothing more after a cancel. ValueError for an unknown
        voice, and for a speed or a parameter out of range.
        """
        job = self._job(segment, segment.speed)
        # Words are quoted from the original text.
        return stream_speech(segment.text, lambda on_block: self._speak(job, on_block), cancelled)

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        """Return the segment's exact duration in seconds at each speed.

        The library can only measure it by speaking: about one second of computing per speed for ten minutes of audio.
        """
        return [self._count_samples(self._job(segment, speed)) / SAMPLE_RATE_HZ for speed in speeds]

    def voices(self) -> list[VoiceInfo]:
        """Return all voices ("en-us") and variants ("+f2", used alone or after a voice's name: "en-us+f2")."""
        return self._catalog.infos()

    def _job(self, segment: StreamingSegment, speed: float) -> _Job:
        if not isinstance(segment.payload, TextPayload):
            raise ValueError("eSpeak NG speaks text; it can't recognize audio")  # noqa: TRY004  the segment's content
        text = segment.payload.text.translate(_CLEAN)
        if len(text) > MAX_TEXT_CHARACTERS:
            raise ValueError(f"the segment has {len(text)} characters; eSpeak NG's maximum is {MAX_TEXT_CHARACTERS}")
        low, high = self._spec.min_speed, self._spec.max_speed
        if not low <= speed <= high:
            raise ValueError(f"invalid speed '{speed:g}'; eSpeak NG's must be between {low:g} and {high:g}")
        voice = self._catalog.choose(segment.voice, segment.language)
        params = self._spec.complete(segment.params)
        wanted = {Parameter.RATE_WPM: (round(_NORMAL_WPM * speed), _NORMAL_WPM)}
        for name, number, unit in (
            ("pitch", Parameter.PITCH, 1),
            ("pitch_range", Parameter.PITCH_RANGE, 1),
            ("word_gap_ms", Parameter.WORD_GAP_10MS, 10),
        ):
            wanted[number] = (round(float(params[name]) / unit), round(float(self._spec.params[name].default) / unit))
        settings = tuple((number, value) for number, (value, default) in wanted.items() if value != default)
        return _Job(cut_long(text, scripts_of(voice.language)), voice, settings)

    def _speak(self, job: _Job, on_block: OnBlock) -> None:
        def on_source_block(pcm: bytes, events: Sequence[WordEvent]) -> bool:
            return on_block(pcm, [WordEvent(job.text.source(event.position), event.sample) for event in events])

        with EspeakLibrary(self._files) as library:
            library.set_voice(job.voice.identifier, job.voice.variant)
            for number, value in job.settings:
                library.set_parameter(number, value)
            library.speak(job.text.text, on_source_block)

    def _count_samples(self, job: _Job) -> int:
        sound = SoundTracker()

        def count(pcm: bytes, _events: Sequence[WordEvent]) -> bool:
            sound.add(pcm)
            return True

        self._speak(job, count)
        return sound.end - sound.begin
