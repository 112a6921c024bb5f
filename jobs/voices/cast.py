"""A cast: the speakers of a script, a film or a book by name, and the voice of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import msgspec

from ...utils.names import name_key
from ...utils.streaming import ParamValue
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import UnknownEngineError
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.suggestions import did_you_mean, nearest, suggested
from ..errors import CastError
from .prepared_voice import SpeakerVoice
from .speaker import Speaker, parsed_voice

MAX_SPEAKERS = 1000
MAX_ALIASES = 100
MAX_NAME = 100
MIN_GAIN_DB, MAX_GAIN_DB = -60.0, 24.0
_NARRATOR = "narrator"
_NOT_IN_NAMES = frozenset("[]|:")
"""A script's markup couldn't write a name with one of these."""

ResolveVoice = Callable[[str, EngineSpec], SpeakerVoice | None]
"""Returns the voice that a text means for an engine. ValueError if it can't be read or used."""


class CastSpeaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A speaker of a cast: a name, aliases, and the fields of a `Speaker`.

    An empty `engine` is the narrator's, with its model unless the speaker names one. `Cast.check` resolves a `voice`
    that is text. `gain_db` changes the loudness of the finished audio, not the engine's output.
    """

    name: str
    aliases: tuple[str, ...] = ()
    engine: str = ""
    model: str = ""
    voice: str | SpeakerVoice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    low_latency: bool = False
    gain_db: float = 0.0

    def speaker(self) -> Speaker:
        """Return the speaker without names and gain. CastError if its voice is still text: see `Cast.check`."""
        if isinstance(self.voice, str):
            raise CastError(f"the voice of '{self.name}' is not resolved; check the cast first")
        return Speaker(**{name: getattr(self, name) for name in Speaker.__struct_fields__})


class SpeakerNames:
    """A cast's names as the reader of a script looks them up (see ScriptNames)."""

    def __init__(self, by_key: dict[str, CastSpeaker]) -> None:
        self._by_key = by_key

    def find(self, name: str) -> str | None:
        """Return the speaker's own name for a name or an alias in any spelling; None if there is no such speaker.

        "" for `Narrator`, if no speaker has that name.
        """
        key = name_key(name)
        found = self._by_key.get(key)
        if found is None:
            return "" if key == _NARRATOR and self._by_key else None
        return found.name

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names and aliases nearest to a name, in the cast's spelling; empty if none is near."""
        return tuple(self._spelled(key) for key in nearest(name, self._by_key))

    def _spelled(self, key: str) -> str:
        found = self._by_key[key]
        return next(name for name in (found.name, *found.aliases) if name_key(name) == key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(found.name for found in self._by_key.values()))


class Cast(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The speakers by name, and the narrator, the fallback speaker. Case, width and spaces in names don't count.

    Attributes:
        members: The speakers.
        narrator: The fallback speaker; None for the speaker that the job is given.
        languages: The speaker, by name, for a language (BCP-47) that the narrator's engine doesn't have.
        source: Where the cast comes from, for messages.

    Raises:
        CastError: Two speakers have the same name or alias, or a name is invalid.
    """

    members: tuple[CastSpeaker, ...] = ()
    narrator: CastSpeaker | None = None
    languages: dict[str, str] = {}
    source: str = "the cast"

    def __post_init__(self) -> None:
        if len(self.members) > MAX_SPEAKERS:
            raise CastError(f"{self.source}: {len(self.members)} speakers (maximum {MAX_SPEAKERS})")
        known = self._by_key
        for tag, name in self.languages.items():
            if name_key(name) not in known:
                raise CastError(
                    f"{self.source}: '{name}', the speaker for language '{tag}', isn't in the cast{self._hint(name)}"
                )

    @cached_property
    def _by_key(self) -> dict[str, CastSpeaker]:
        found: dict[str, CastSpeaker] = {}
        for cast_speaker in self.members:
            if len(cast_speaker.aliases) > MAX_ALIASES:
                raise CastError(f"{self.source}: '{cast_speaker.name}' has too many aliases (maximum {MAX_ALIASES})")
            for name in (cast_speaker.name, *cast_speaker.aliases):
                _check_name(name, self.source)
                other = found.setdefault(name_key(name), cast_speaker)
                if other is not cast_speaker:
                    raise CastError(f"{self.source}: '{name}' is both '{other.name}' and '{cast_speaker.name}'")
        return found

    @cached_property
    def speaker_names(self) -> SpeakerNames:
        """The names, for the reader of a script."""
        return SpeakerNames(self._by_key)

    def find(self, name: str) -> CastSpeaker | None:
        """Return the speaker with this name or alias; None if there is none."""
        return self._by_key.get(name_key(name))

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names of the speakers nearest to a name, the nearest first."""
        keys = nearest(name, self._by_key)
        return tuple(dict.fromkeys(self._by_key[key].name for key in keys))

    def cast_speaker(self, name: str | None) -> CastSpeaker:
        """Return the speaker with this name, the narrator for None. CastError if there is none."""
        found = self.narrator if name is None else self.find(name)
        if found is not None:
            return found
        if name is None:
            raise CastError(f"{self.source} has no narrator")
        raise CastError(f"{self.source}: '{name}' isn't in the cast{self._hint(name)}")

    def speaker(self, name: str | None) -> Speaker:
        """Return the speaker with this name as a Speaker, the narrator for None. CastError if there is none."""
        return self.cast_speaker(name).speaker()

    def for_language(self, language: str) -> CastSpeaker | None:
        """Return the speaker for a language (BCP-47): the one in `languages`, else the first with that language."""
        tag = best_tag(language, self.languages)
        if tag is not None:
            return self.find(self.languages[tag])
        speakers = (speaker for speaker in self.members if speaker.language)
        return next((speaker for speaker in speakers if best_tag(language, [speaker.language or ""])), None)

    def with_narrator(self, narrator: CastSpeaker) -> Cast:
        """Return the cast with this narrator, unless it already has a narrator."""
        return self if self.narrator is not None else msgspec.structs.replace(self, narrator=narrator)

    def with_low_latency(self) -> Cast:
        """Return the cast with low latency for all speakers."""
        narrator = self.narrator
        return msgspec.structs.replace(
            self,
            members=tuple(msgspec.structs.replace(member, low_latency=True) for member in self.members),
            narrator=narrator and msgspec.structs.replace(narrator, low_latency=True),
        )

    def check(self, registry: EngineRegistry, resolve_voice: ResolveVoice | None = None) -> Cast:
        """Return the cast with the engine and voice of every speaker resolved and checked.

        Args:
            registry: The engines.
            resolve_voice: Resolves voices that are text. Without it only names and mixes are, and no file is read.

        Raises:
            CastError: Names the speaker and what its engine can't do. Only a worker knows the names of its engine's
                voices: an unknown name shows when it speaks.
        """
        resolve_voice = resolve_voice or parsed_voice
        narrator = self.narrator
        if narrator is not None:
            narrator = self._checked(narrator, registry, resolve_voice)
        members = [
            self._checked(_with_engine(cast_speaker, narrator), registry, resolve_voice)
            for cast_speaker in self.members
        ]
        return msgspec.structs.replace(self, members=tuple(members), narrator=narrator)

    def _checked(self, cast_speaker: CastSpeaker, registry: EngineRegistry, resolve_voice: ResolveVoice) -> CastSpeaker:
        try:
            check_gain(cast_speaker.gain_db)
            spec = msgspec.structs.replace(cast_speaker, voice=None).speaker().check(registry)
            voice = (
                resolve_voice(cast_speaker.voice, spec) if isinstance(cast_speaker.voice, str) else cast_speaker.voice
            )
            checked = msgspec.structs.replace(cast_speaker, engine=spec.name, voice=voice)
            checked.speaker().voice_on(spec)
        except (ValueError, UnknownEngineError, OSError) as error:
            label = f"'{cast_speaker.name}'" if cast_speaker.name else "the narrator"
            raise CastError(f"{self.source}, {label}: {error}") from None
        return checked

    def _hint(self, name: str) -> str:
        near = self.near(name)
        return suggested(near) if near else did_you_mean(name, self.speaker_names, none="it has no speakers")


def _with_engine(cast_speaker: CastSpeaker, narrator: CastSpeaker | None) -> CastSpeaker:
    """Return a speaker without an engine of its own with the narrator's, and its model."""
    if cast_speaker.engine or narrator is None:
        return cast_speaker
    return msgspec.structs.replace(cast_speaker, engine=narrator.engine, model=cast_speaker.model or narrator.model)


def as_narrator(speaker: Speaker) -> CastSpeaker:
    """Return a speaker as the narrator of a cast, without a name."""
    return CastSpeaker(name="", **msgspec.structs.asdict(speaker))


def check_gain(gain_db: float) -> None:
    """Raise ValueError for a gain that is out of range or not a number."""
    if not MIN_GAIN_DB <= gain_db <= MAX_GAIN_DB:
        raise ValueError(f"gain {gain_db:g} dB is out of range: must be between {MIN_GAIN_DB:g} and {MAX_GAIN_DB:g}")


def _check_name(name: str, source: str) -> None:
    shown = repr(name[:MAX_NAME])
    if not name_key(name) or len(name) > MAX_NAME:
        raise CastError(f"{source}: invalid name {shown}: a name has 1 to {MAX_NAME} characters")
    wrong = next((c for c in name if c in _NOT_IN_NAMES or not (c.isprintable() or c == "\u3000")), None)
    if wrong is not None:
        raise CastError(f"{source}: invalid name {shown}: {wrong!r} isn't allowed in names")
