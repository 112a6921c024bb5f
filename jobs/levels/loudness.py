"""The loudness of voices: as their engines declare it, or as it was measured once."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

import msgspec
import xxhash

from ...text.sample_sentences import sample_sentences
from ...utils.atomic_file import atomic_output
from ...utils.cache.key import SegmentKeys
from ...utils.streaming import NamedVoice, StreamingSegment, TextPayload, Voice
from ...utils.streaming.contract.engine_input import engine_input
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import ModelMissingError
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.voice_syntax import leading_name, voice_text
from ...utils.streaming.runtime import Runtime


class VoiceId(NamedTuple):
    """A voice of a model. `language` is empty for a declared voice: it has one loudness in all languages."""

    engine: str
    model: str
    voice: Voice | None
    language: str = ""

    @property
    def name(self) -> str:
        """The voice as users write it; the language or the engine, if the engine chose the voice."""
        return voice_text(self.voice) if self.voice is not None else self.language or self.engine


class _Kept(msgspec.Struct):
    """A measurement; None for a voice that is silent."""

    lufs: float | None


class VoiceLoudness:
    """Finds the loudness of voices (LUFS, ITU-R BS.1770), and keeps what was measured in the cache folder.

    A measurement is kept under the cache keys of the sample sentences: it holds as long as the voice, the model and
    the engine's versions stay the same, for every job and with the segment cache off, too.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._folder = runtime.settings.cache_dir / "levels"
        self._keys: dict[tuple[str, str], SegmentKeys] = {}

    def voice_id(self, segment: StreamingSegment) -> tuple[VoiceId, float | None]:
        """Return a segment's voice, and its loudness if the engine declares it."""
        spec = self._runtime.registry.get(segment.engine)
        declared = _declared_name(spec, segment.voice, segment.language)
        if declared in spec.voice_lufs:
            return VoiceId(spec.name, segment.model, NamedVoice(declared)), spec.voice_lufs[declared]
        return VoiceId(spec.name, segment.model, segment.voice, segment.language or ""), None

    def samples(self, voice: VoiceId) -> list[StreamingSegment]:
        """Return the segments to measure a voice with: sample sentences of its language, at the engine's defaults."""
        spec = self._runtime.registry.get(voice.engine)
        language = spec.language_of(voice.language or None, leading_name(voice.voice), voice.model)
        return [
            StreamingSegment(
                index=0,
                payload=TextPayload(sentence),
                engine=voice.engine,
                model=voice.model,
                voice=voice.voice,
                language=voice.language or None,
            )
            for sentence in sample_sentences(language)
        ]

    def kept(self, voice: VoiceId) -> tuple[bool, float | None]:
        """Return whether a voice was measured, and its loudness (None: silent). Blocks; not on the runtime's loop."""
        file = self._file(voice)
        if file is None:
            return False, None
        try:
            return True, msgspec.json.decode(file.read_bytes(), type=_Kept).lufs
        except (OSError, msgspec.DecodeError):
            return False, None

    def keep(self, voice: VoiceId, lufs: float | None) -> None:
        """Keep a measurement. Blocks, as `kept` does."""
        file = self._file(voice)
        if file is None:
            return
        # A folder that can't be written to costs time at the next start, and nothing else.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_output(file) as output:
                output.write(msgspec.json.encode(_Kept(lufs)))

    def _file(self, voice: VoiceId) -> Path | None:
        """Return the file of a voice; None if it can't be identified, since its model isn't on this machine yet."""
        spec = self._runtime.registry.get(voice.engine)
        try:
            keys = self._keys.get((voice.engine, voice.model))
            if keys is None:
                keys = self._keys[voice.engine, voice.model] = self._runtime.segment_keys(voice.engine, voice.model)
            made = [keys.key(engine_input(segment, spec)) for segment in self.samples(voice)]
        except (LookupError, ModelMissingError, ValueError):
            return None  # the segment itself will fail, and say why
        return self._folder / f"{xxhash.xxh3_128_hexdigest(''.join(key or '' for key in made).encode())}.json"


def _declared_name(spec: EngineSpec, voice: Voice | None, language: str | None) -> str:
    """Return the name under which an engine would declare a voice; '' if it can't."""
    if isinstance(voice, NamedVoice):
        return voice.name if voice.name in spec.voice_lufs else spec.voice_aliases.get(voice.name, "")
    if voice is not None:
        return ""
    # An engine that chooses the voice by the language names its voices like languages.
    return spec.default_voice if language is None else best_tag(language, spec.voice_lufs) or ""
