"""The common part of requests for speech: the fallback speaker, a cast, and the resolution of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ...text.lexicon import Lexicon
from ...utils.streaming.runtime import Runtime
from ..levels.leveling import Level
from ..voices.cast import Cast
from ..voices.cast_file import read_cast
from ..voices.resolve import VoiceResolver
from ..voices.speaker import AUTO_LANGUAGE, Speaker
from ..voices.voice_library import VoiceLibrary
from ..voices.yaml_json import MAX_BYTES
from .options import JobRequest


class SpeechRequest(JobRequest, frozen=True, kw_only=True):
    """The fields of all requests for speech.

    Attributes:
        speaker: The fallback speaker.
        cast: The speakers by name: a cast, or the path of a cast file.
        folder: The folder that paths in the speaker's voice are relative to. None: voices are never files. A cast
            file's voices are relative to the file.
        normalize: Whether to put numbers, signs and abbreviations into words, and leave markup and emoji out.
        name_emoji: Whether to say the names of emoji instead.
        level: The loudness that every voice is brought to.
    """

    speaker: Speaker = Speaker()
    cast: Cast | Path | None = None
    folder: Path | None = None
    normalize: bool = True
    name_emoji: bool = False
    level: Level = None

    @property
    def several_models(self) -> bool:
        """Whether segments may need different models."""
        return self.cast is not None

    def resolved(
        self, runtime: Runtime, adapt: Callable[[Speaker], Speaker] = lambda speaker: speaker
    ) -> tuple[Speaker, Cast | None]:
        """Return the speaker, changed by `adapt`, and the cast, with engines and voices resolved.

        Raises:
            CastError: The cast can't be used.
            UnknownEngineError: There is no such engine, or none is ready.
            ValueError: The engine doesn't support one of the speaker's settings, or the voice can't be used.
            OSError: A file can't be read.
        """
        resolver = VoiceResolver.of(runtime, self.folder)
        speaker = resolver.speaker(adapt(self.speaker))
        if self.cast is None:
            return speaker, None
        if not isinstance(self.cast, Path):
            return speaker, resolver.cast(self.cast, speaker)
        cast = load_cast(self.cast, resolver.voice_library)
        default = Speaker(engine=runtime.registry.default("speech").name)
        described = msgspec.structs.replace(without_auto(self.speaker), low_latency=False)
        if cast.narrator is not None and described not in (Speaker(), default):
            raise ValueError(
                f"{cast.source} has a narrator; remove it, or leave out the options that describe another one"
            )
        return speaker, VoiceResolver.of(runtime, self.cast.parent, resolver.voice_library).cast(cast, speaker)


class TextRequest(SpeechRequest, frozen=True, kw_only=True):
    """The fields of requests for a text that may be a script; see `SpeechRequest` for the speakers.

    Attributes:
        markup: Whether the text is a script; None: only with a cast.
        lexicon: The pronunciation of words.
    """

    markup: bool | None = None
    lexicon: Lexicon | None = None

    @property
    def several_models(self) -> bool:
        """Whether segments may need different models: those of a cast, or of a script's languages."""
        return self.cast is not None or (self.markup is True and not self.speaker.model)


def without_auto(speaker: Speaker) -> Speaker:
    """Return a speaker with its voice's own language in place of `auto`."""
    return msgspec.structs.replace(speaker, language=None) if speaker.language == AUTO_LANGUAGE else speaker


def load_cast(file: Path, library: VoiceLibrary) -> Cast:
    """Return the cast in a YAML or JSON file, which may use presets of the library. Raises CastError and OSError."""
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    return read_cast(data, file.name, presets=library.presets())
