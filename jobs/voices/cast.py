"""Who speaks in a script, a film or a book: names, and the voice behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import msgspec

from ...utils.names import name_key
from ...utils.streaming import ParamValue, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.registry import EngineRegistry, UnknownEngineError
from ...utils.suggestions import did_you_mean, nearest, suggested
from ..errors import CastError
from .speaker import Speaker, parsed_voice

MAX_MEMBERS = 1000
MAX_ALIASES = 100
MAX_NAME = 100
MIN_GAIN_DB, MAX_GAIN_DB = -60.0, 24.0
MAX_SEED = (1 << 63) - 1
_NARRATOR = "narrator"
_NOT_IN_NAMES = frozenset("[]|:")
"""A script's markup couldn't name who has one of these in his name."""

ResolveVoice = Callable[[str, EngineSpec], Voice | None]
"""Returns the voice that a text means for an engine. ValueError if it can't be read or used."""


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of a cast: names, and how he speaks. See StreamingSegment for the fields.

    An empty `engine` is the narrator's. A `voice` that is text is one as users write it; `Cast.check` settles it.
    `seed` None asks for a random one. `gain_db` makes the member louder or softer, by the job and not by the engine.
    """

    name: str
    aliases: tuple[str, ...] = ()
    engine: str = ""
    model: str = ""
    voice: str | Voice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    gain_db: float = 0.0

    def speaker(self) -> Speaker:
        """Return the member as a speaker. CastError if its voice is still text: see `Cast.check`."""
        voice = self.voice
        if isinstance(voice, str):
            raise CastError(f"the voice of '{self.name}' isn't settled: check the cast first")
        return Speaker(
            engine=self.engine,
            model=self.model,
            voice=voice,
            language=self.language,
            speed=self.speed,
            seed=self.seed,
            params=self.params,
        )


class SpeakerNames:
    """A cast's names as a script's reader asks for them (see CastNames)."""

    def __init__(self, names: dict[str, Member]) -> None:
        self._names = names

    def find(self, name: str) -> str | None:
        """Return the member's own name for a name or an alias in any spelling; None if nobody has it.

        "" for `Narrator`, if no member is called that.
        """
        key = name_key(name)
        member = self._names.get(key)
        if member is None:
            return "" if key == _NARRATOR and self._names else None
        return member.name

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names and aliases that come nearest, as the cast writes them; empty if none does."""
        return tuple(self._written(key) for key in nearest(name, self._names))

    def _written(self, key: str) -> str:
        member = self._names[key]
        return next(name for name in (member.name, *member.aliases) if name_key(name) == key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(member.name for member in self._names.values()))


class Cast(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The members by name, and the narrator, who speaks what no member does (None: whoever the job names).

    `languages` says who speaks a language (BCP-47) that the narrator's engine doesn't have, by the member's name.
    `source` is where it comes from, for messages. Names are the same in any case and width and with any spaces.
    CastError for a name or an alias that two have, or that is none.
    """

    members: tuple[Member, ...] = ()
    narrator: Member | None = None
    languages: dict[str, str] = {}
    source: str = "the cast"

    def __post_init__(self) -> None:
        if len(self.members) > MAX_MEMBERS:
            raise CastError(f"{self.source}: it has {len(self.members)} members; {MAX_MEMBERS} are the most")
        known = self._by_key
        for tag, name in self.languages.items():
            if name_key(name) not in known:
                raise CastError(
                    f"{self.source}: '{name}', who is to speak '{tag}', isn't in the cast{self._hint(name)}"
                )

    @cached_property
    def _by_key(self) -> dict[str, Member]:
        found: dict[str, Member] = {}
        for member in self.members:
            if len(member.aliases) > MAX_ALIASES:
                raise CastError(f"{self.source}: '{member.name}' has more than {MAX_ALIASES} aliases")
            for name in (member.name, *member.aliases):
                _check_name(name, self.source)
                other = found.setdefault(name_key(name), member)
                if other is not member:
                    raise CastError(f"{self.source}: '{name}' is both '{other.name}' and '{member.name}'")
        return found

    @cached_property
    def speaker_names(self) -> SpeakerNames:
        """The names, for who reads a script."""
        return SpeakerNames(self._by_key)

    def find(self, name: str) -> Member | None:
        """Return the member of that name or alias; None if there is none."""
        return self._by_key.get(name_key(name))

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names of the members that come nearest to a name, the nearest first."""
        keys = nearest(name, self._by_key)
        return tuple(dict.fromkeys(self._by_key[key].name for key in keys))

    def member(self, name: str | None) -> Member:
        """Return the member of that name, for None the narrator. CastError if there is none."""
        found = self.narrator if name is None else self.find(name)
        if found is not None:
            return found
        if name is None:
            raise CastError(f"{self.source}: it has no narrator")
        raise CastError(f"{self.source}: there is no '{name}' in the cast{self._hint(name)}")

    def speaker(self, name: str | None) -> Speaker:
        """Return who speaks under that name, for None the narrator. CastError if there is none."""
        return self.member(name).speaker()

    def speaks(self, language: str) -> Member | None:
        """Return the member for a language (BCP-47): whom `languages` names, else the first who has it as his own."""
        tag = best_tag(language, self.languages)
        if tag is not None:
            return self.find(self.languages[tag])
        return next((one for one in self.members if one.language and best_tag(language, [one.language])), None)

    def with_narrator(self, narrator: Member) -> Cast:
        """Return the cast with that narrator, unless it has one of its own."""
        return self if self.narrator is not None else msgspec.structs.replace(self, narrator=narrator)

    def check(self, registry: EngineRegistry, resolve_voice: ResolveVoice | None = None) -> Cast:
        """Return the cast with every engine and voice settled, so that its members can speak.

        Whether an engine has a voice of some name only its worker knows: that shows when it speaks. `resolve_voice` makes
        voices of what users write; without it, names and mixes are known, and no file is read. CastError names the
        member who can't speak as he should.
        """
        resolve_voice = resolve_voice or parsed_voice
        narrator = self.narrator
        if narrator is not None:
            narrator = self._settled(narrator, narrator.engine, registry, resolve_voice)
        engine = narrator.engine if narrator is not None else ""
        members = tuple(
            self._settled(member, member.engine or engine, registry, resolve_voice) for member in self.members
        )
        return msgspec.structs.replace(self, members=members, narrator=narrator)

    def _settled(self, member: Member, engine: str, registry: EngineRegistry, resolve_voice: ResolveVoice) -> Member:
        try:
            _check_numbers(member)
            speaker = msgspec.structs.replace(member, engine=engine, voice=None).speaker()
            spec = speaker.check(registry)
            voice = resolve_voice(member.voice, spec) if isinstance(member.voice, str) else member.voice
        except (ValueError, UnknownEngineError, OSError) as error:
            who = f"'{member.name}'" if member.name else "the narrator"
            raise CastError(f"{self.source}, {who}: {error}") from None
        return msgspec.structs.replace(member, engine=spec.name, voice=voice)

    def _hint(self, name: str) -> str:
        near = self.near(name)
        return suggested(near) if near else did_you_mean(name, self.speaker_names, none="it has no members")


def as_narrator(speaker: Speaker) -> Member:
    """Return a speaker as a narrator who isn't one of the members."""
    return Member(name="", **msgspec.structs.asdict(speaker))


def _check_name(name: str, source: str) -> None:
    shown = repr(name[:MAX_NAME])
    if not name_key(name) or len(name) > MAX_NAME:
        raise CastError(f"{source}: {shown} is no name: it has 1 to {MAX_NAME} characters")
    wrong = next((c for c in name if c in _NOT_IN_NAMES or not (c.isprintable() or c == "\u3000")), None)
    if wrong is not None:
        raise CastError(f"{source}: the name {shown} holds {wrong!r}, which no script could write")


def _check_numbers(member: Member) -> None:
    if not MIN_GAIN_DB <= member.gain_db <= MAX_GAIN_DB:
        raise ValueError(f"gain_db is {member.gain_db:g}, outside {MIN_GAIN_DB:g} to {MAX_GAIN_DB:g}")
    if member.seed is not None and not 0 <= member.seed <= MAX_SEED:
        raise ValueError(f"seed is {member.seed}, outside 0 to {MAX_SEED}")
