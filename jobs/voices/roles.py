"""Whose voice speaks a piece of a script: a member's, in the language and with the settings that tags ask for."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from ...text.script_types import Params
from ...utils.streaming import NamedVoice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.registry import EngineRegistry
from .cast import MAX_GAIN_DB, MAX_SEED, MIN_GAIN_DB, Cast, Member, as_narrator
from .speaker import Speaker

_MAX_KNOWN = 4096


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, and how. `name` is empty for the narrator; `note` says what a reader wouldn't expect."""

    name: str
    speaker: Speaker
    spec: EngineSpec
    gain_db: float = 0.0
    note: str = ""

    @property
    def gain(self) -> float:
        """The factor that the gain is."""
        return float(10 ** (self.gain_db / 20))


class Casting:
    """Finds roles. `cast` has been checked, and has a narrator."""

    def __init__(self, cast: Cast, registry: EngineRegistry) -> None:
        self.cast = cast
        self._registry = registry
        self._known: dict[tuple[str | None, str | None, Params], Role] = {}
        self.narrator = self.role(None)

    def role(self, name: str | None, language: str | None = None, params: Params = ()) -> Role:
        """Return the role of a member, or for None the narrator. CastError or ValueError says what it can't do."""
        key = (name, language, params)
        role = self._known.get(key)
        if role is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            role = self._known[key] = self._make(name, language, params)
        return role

    def own_params(self, name: str | None) -> Collection[str]:
        """Return the settings that a member's engine has, for None the narrator's."""
        return self._registry.get(self.cast.member(name).engine).params

    def _make(self, name: str | None, language: str | None, params: Params) -> Role:
        member = self.cast.member(name)
        shown, note = "" if name is None else member.name, ""
        if language is not None:
            member, note = self._speaking(member, language, may_hand_over=name is None)
        given = dict(params)
        gain_db = float(given.pop("gain", member.gain_db))
        if not MIN_GAIN_DB <= gain_db <= MAX_GAIN_DB:
            raise ValueError(f"the gain is {gain_db:g} dB, outside {MIN_GAIN_DB:g} to {MAX_GAIN_DB:g}")
        seed = given.pop("seed", member.seed)
        if isinstance(seed, int) and not 0 <= seed <= MAX_SEED:
            raise ValueError(f"the seed is {seed}, outside 0 to {MAX_SEED}")
        changed = msgspec.structs.replace(
            member,
            speed=float(given.pop("speed", member.speed)),
            seed=seed if isinstance(seed, int) else None,
            params={**member.params, **given},
        )
        speaker = changed.speaker()
        return Role(name=shown, speaker=speaker, spec=speaker.check(self._registry), gain_db=gain_db, note=note)

    def _speaking(self, member: Member, language: str, *, may_hand_over: bool) -> tuple[Member, str]:
        """Return a member in another language, or who speaks it in the narrator's place."""
        spec = self._registry.get(member.engine)
        if not spec.languages or best_tag(language, spec.languages) is not None:
            voice = member.voice
            if isinstance(voice, NamedVoice):
                kept = spec.voice_beyond_language(voice.name)
                voice = NamedVoice(kept) if kept else None
            return msgspec.structs.replace(member, language=language, voice=voice), ""
        other = self.cast.speaks(language) if may_hand_over else None
        if other is None:
            self._registry.check_language(spec, language)
        assert other is not None, "the check has raised"
        told = f"'{language}' is spoken by {other.name}, since engine '{spec.name}' doesn't have it"
        return msgspec.structs.replace(other, language=other.language or language), told


def cast_for(speaker: Speaker, registry: EngineRegistry, cast: Cast | None = None) -> Casting:
    """Return who speaks a text: the cast's members, and `speaker` what none of them does, unless it has a narrator.

    CastError or ValueError for what an engine can't do.
    """
    known = cast or Cast()
    if known.narrator is None:
        spec = speaker.check(registry)
        known = known.with_narrator(as_narrator(msgspec.structs.replace(speaker, engine=spec.name)))
    return Casting(known.check(registry), registry)
