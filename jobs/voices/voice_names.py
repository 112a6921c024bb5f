"""The names that users may write for the voices of one engine, and the voice that each means.

For interfaces that have listed the engine's voices. The first rule that applies, without regard to letter case, Unicode
form and spaces:

1. The name of an installed voice. What follows the engine's `variant_mark` must be one of its variants.
2. An alias of `voice_aliases` in engine.toml, or one of OpenAI's names. If the table lacks the name, an installed voice
   of its gender speaks; likewise if the voice in the table isn't installed, and then a remark says so.
3. A language tag, unless the engine mixes voices: `pt-br` would read as a difference of two of them.

Only what is installed is suggested for an unknown name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ...utils.models.licenses import terms_of
from ...utils.names import name_key
from ...utils.streaming import MixedVoice, NamedVoice, Voice, VoiceInfo
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.language_tags import fallbacks, normal_tag, primary_tag
from ...utils.streaming.contract.voice_files import declared_voice_names
from ...utils.suggestions import MAX_LISTED, did_you_mean, nearest, suggested
from ..errors import UnknownVoiceError

OPENAI_VOICES = {
    "alloy": "female",
    "ash": "male",
    "ballad": "male",
    "cedar": "male",
    "coral": "female",
    "echo": "male",
    "fable": "male",
    "marin": "female",
    "nova": "female",
    "onyx": "male",
    "sage": "female",
    "shimmer": "female",
    "verse": "male",
}
"""The names of the voices of OpenAI's speech API, with the gender of the voice that speaks for each."""
_MAX_QUOTED = 100


class FoundVoice(NamedTuple):
    """A voice under the engine's own name, and the remark that it replaces another one, or ''."""

    voice: Voice
    remark: str = ""


class VoiceNames:
    """The valid names of one engine's voices. See this module for the rules.

    Args:
        spec: The engine.
        voices: All its installed voices and variants; empty if they aren't known.
        model: The model whose voices they are; empty for the default one.
    """

    def __init__(self, spec: EngineSpec, voices: Sequence[VoiceInfo], model: str = "") -> None:
        self._spec = spec
        self._model = model
        self._voices = [voice for voice in voices if voice.kind == "voice"]
        self._variants = [voice for voice in voices if voice.kind == "variant"]
        self._exact = frozenset(voice.name for voice in voices)
        self._by_key = {name_key(voice.name): voice.name for voice in reversed(voices)}
        self._tags: dict[str, str] = {}
        for voice in self._voices:
            for tag in voice.languages:
                self._tags.setdefault(normal_tag(tag), voice.name)
        self._aliases = {name_key(alias): name for alias, name in spec.voice_aliases.items()}

    def resolve(self, voice: Voice, language: str | None = None) -> FoundVoice:
        """Return a voice under the engine's own names, for a text in a language (BCP-47; None: the voice's own).

        UnknownVoiceError suggests the nearest names.
        """
        if isinstance(voice, MixedVoice):
            found = [self._found(part.name, language) for part in voice.parts]
            renamed = [
                msgspec.structs.replace(part, name=name) for part, (name, _) in zip(voice.parts, found, strict=True)
            ]
            return FoundVoice(MixedVoice(tuple(renamed)), "; ".join(remark for _, remark in found if remark))
        if not isinstance(voice, NamedVoice):
            return FoundVoice(voice)
        mark = self._spec.variant_mark
        base, found_mark, variant = voice.name.partition(mark) if mark and self._variants else (voice.name, "", "")
        if not (found_mark and base) or self._own(voice.name):
            name, remark = self._found(voice.name, language)
            return FoundVoice(NamedVoice(name), remark)
        own_variant = self._own(mark + variant)
        if own_variant is None:
            raise self._unknown(mark + variant, [info.name for info in self._variants])
        name, remark = self._found(base, language)
        if name.startswith(mark):
            raise self._unknown(voice.name, self._offered())
        return FoundVoice(NamedVoice(name + own_variant), remark)

    def default(self, language: str | None) -> FoundVoice | None:
        """Return the voice that speaks if none is named; None if only the engine knows."""
        name = self._spec.voice_for(language)
        if not name:
            tags = fallbacks(language) if language else ()
            tagged = next((self._tags[tag] for tag in tags if tag in self._tags), None)
            return None if tagged is None else FoundVoice(NamedVoice(tagged))
        if self._own(name):
            return FoundVoice(NamedVoice(name))
        if not self._voices:
            return None
        replacement = self._nearest(self._voices, self._spec.gender_of(name), language or self._language(name))[0]
        return FoundVoice(NamedVoice(replacement), _replaced(name, "", replacement))

    def aliases(self) -> dict[str, list[str]]:
        """Return the aliases of each installed voice, by its name."""
        found: dict[str, list[str]] = {}
        for alias in dict.fromkeys((*self._aliases, *OPENAI_VOICES)):
            if self._voices and not self._own(alias):
                name, remark = self._of_alias(alias, None)
                if not remark:
                    found.setdefault(name, []).append(alias)
        return found

    def _own(self, name: str) -> str | None:
        return name if name in self._exact else self._by_key.get(name_key(name))

    def _found(self, name: str, language: str | None) -> tuple[str, str]:
        own = self._own(name)
        if own is not None or not self._voices:
            return own or name, ""
        key = name_key(name)
        if key in self._aliases or key in OPENAI_VOICES:
            return self._of_alias(key, language)
        tagged = None if self._spec.can("mix") else self._tags.get(normal_tag(name))
        if tagged is None:
            raise self._unknown(name, self._offered())
        return tagged, ""

    def _of_alias(self, alias: str, language: str | None) -> tuple[str, str]:
        """Return the voice of an alias, and the remark if it isn't the one that engine.toml says."""
        target = self._aliases.get(alias, "")
        own = self._own(target) if target else None
        if own is not None:
            return own, ""
        gender = OPENAI_VOICES.get(alias) or self._spec.gender_of(target)
        mark = self._spec.variant_mark
        infos = self._variants if self._variants and mark and target.startswith(mark) else self._voices
        near = self._nearest(infos, gender, language or self._language(target or None))
        # Names of one gender get different voices, as far as there are enough.
        same = [name for name, of_name in OPENAI_VOICES.items() if of_name == gender]
        name = near[same.index(alias) % len(near) if alias in same else 0]
        return name, _replaced(target, alias, name) if target else ""

    def _nearest(self, infos: Sequence[VoiceInfo], gender: str, language: str | None) -> list[str]:
        """Return the voices that match a language and a gender best: the language first, its region last."""

        def distance(info: VoiceInfo) -> tuple[int, int, bool]:
            tags = [normal_tag(tag) for tag in info.languages]
            spoken = {primary_tag(tag) for tag in tags}
            of_language = 0 if language is None or primary_tag(language) in spoken else 2 if spoken else 1
            theirs = _gender(info.gender)
            of_gender = 0 if not gender or theirs == gender else 2 if theirs else 1
            return of_language, of_gender, language is not None and normal_tag(language) not in tags

        best = min(map(distance, infos))
        return [info.name for info in infos if distance(info) == best]

    def _language(self, voice: str | None) -> str | None:
        return self._spec.language_of(None, voice, self._model)

    def _offered(self) -> list[str]:
        """Return the names to suggest: installed voices, and aliases of installed voices."""
        installed = [alias for alias, target in self._aliases.items() if self._own(target) is not None]
        return [*(voice.name for voice in self._voices), *installed]

    def _unknown(self, name: str, known: Sequence[str]) -> UnknownVoiceError:
        shown = f"engine '{self._spec.name}' has no voice '{name[:_MAX_QUOTED]}'"
        pulled = next((v for v in declared_voice_names(self._spec, self._model) if name_key(v) == name_key(name)), None)
        if pulled is not None:
            command = f"{terms_of(self._spec, self._model).command} --voices {pulled}"
            return UnknownVoiceError(f"{shown} on this machine; run `{command}`")
        # The first few of very many names would help nobody.
        near = nearest(name, known)
        return UnknownVoiceError(
            shown + (suggested(near) if near or len(known) > MAX_LISTED else did_you_mean(name, known))
        )


def _gender(text: str) -> str:
    """Return `female`, `male` or '' for the free text of an engine."""
    return {"f": "female", "w": "female", "m": "male"}.get(text.strip()[:1].lower(), "")


def _replaced(name: str, alias: str, replacement: str) -> str:
    stands_for = f" (for '{alias}')" if alias else ""
    return f"voice '{name}'{stands_for} isn't installed; '{replacement}' speaks instead"
