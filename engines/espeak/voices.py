"""The voice catalog of an installation, and the resolution of a segment's voice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ...utils.streaming import NamedVoice, Voice, VoiceInfo
from ...utils.streaming.contract.language_tags import fallbacks, normal_tag, primary_tag
from ...utils.suggestions import did_you_mean
from .binding import EspeakLibrary, VoiceEntry


class ChosenVoice(NamedTuple):
    """A voice's file under `lang`, a variant's under `voices/!v` (empty for none), and the voice's language."""

    identifier: str
    variant: str
    language: str


class VoiceCatalog:
    """The voices of an installation and the rules for choosing one.

    - A voice is named by its language ("en-us", "de") or its file ("gmw/en-US"), in any case; "+f2" adds a variant.
    - A variant alone ("+f2") uses the voice of the segment's language.
    - An alias stands for the name of a voice or a variant, unless a voice has that name.
    - A named voice takes precedence over the segment's language if that is a dialect of the same language ("en-us" for
      en-GB); another language is an error.
    - Without a voice the language decides, by the look-up of RFC 4647 (de-AT, then de) in eSpeak NG's own order of
      preference (en is en-gb); without both, the default voice is used.
    """

    def __init__(
        self,
        voices: Sequence[VoiceEntry],
        variants: Sequence[VoiceEntry],
        default: str,
        aliases: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._voices = _by_name(voices)
        self._variants = {entry.identifier.removeprefix("!v/"): entry for entry in variants}
        self._variant_names = {name.lower(): name for name in self._variants}
        self._by_language = _by_language(self._voices.values())
        # Later ones take precedence: a voice's own name over a tag that it shares with others.
        self._names = dict(self._by_language)
        self._names.update((entry.identifier.lower(), entry) for entry in self._voices.values())
        self._names.update(self._voices)
        self._default = default
        self._aliases = aliases

    @classmethod
    def read(
        cls, library: EspeakLibrary, data: Path, default: str, aliases: Mapping[str, str] = MappingProxyType({})
    ) -> VoiceCatalog:
        """Read the catalog of a library, without the voices whose dictionary is missing: they would be silent."""
        voices = [entry for entry in library.voices() if _has_dictionary(data, entry)]
        return cls(voices, library.variants(), default, aliases)

    def infos(self) -> list[VoiceInfo]:
        """Return every voice, then every variant as "+name", by name.

        Where voices share a tag, the one that eSpeak NG uses for it comes first of all, so that the list tells.
        """
        shared = Counter(tag.lower() for entry in self._voices.values() for _, tag in entry.languages)
        preferred = {self._by_language[tag] for tag, n_voices in shared.items() if n_voices > 1}
        voices = [
            VoiceInfo(
                name=name,
                title=entry.title,
                languages=tuple(tag for _, tag in entry.languages),
                gender=entry.gender,
            )
            for name, entry in sorted(self._voices.items(), key=lambda item: (item[1] not in preferred, item[0]))
        ]
        variants = [
            VoiceInfo(name=f"+{name}", title=entry.title, gender=entry.gender, kind="variant")
            for name, entry in sorted(self._variants.items())
        ]
        return voices + variants

    def choose(self, voice: Voice | None, language: str | None) -> ChosenVoice:
        """Return the voice for a segment. ValueError, with the nearest names, if there is none."""
        if voice is None:
            return _chosen(self._for_language(language), "")
        if not isinstance(voice, NamedVoice):
            raise ValueError(  # noqa: TRY004  the segment's content
                "eSpeak NG speaks with named voices only: no mixes, voice tensors or reference recordings"
            )
        name = voice.name
        if name.lower() in self._aliases and name.lower() not in self._names:
            name = self._aliases[name.lower()]
        base, plus, variant_name = name.partition("+")
        variant = self._variant(variant_name) if plus else ""
        if not base and variant:
            return _chosen(self._for_language(language), variant)
        entry = self._named(base)
        if language is not None:
            spoken = {primary_tag(tag) for _, tag in entry.languages}
            if primary_tag(language) not in spoken:
                raise ValueError(
                    f"the voice '{voice.name}' speaks {' or '.join(sorted(spoken))}, not the requested language "
                    f"'{language}'; leave out one of them, or name only a variant (such as '+f2')"
                )
        return _chosen(entry, variant)

    def _named(self, name: str) -> VoiceEntry:
        entry = self._names.get(normal_tag(name))
        if entry is None:
            if name in self._variants:
                raise ValueError(f"'{name}' is a variant of eSpeak NG's voices; write '+{name}'")
            raise ValueError(f"eSpeak NG has no voice '{name}'{did_you_mean(normal_tag(name), sorted(self._names))}")
        return entry

    def _variant(self, name: str) -> str:
        found = name if name in self._variants else self._variant_names.get(name.lower())
        if found is None:
            hint = did_you_mean(f"+{name}", sorted(f"+{known}" for known in self._variant_names))
            raise ValueError(f"eSpeak NG has no variant '+{name}'{hint}")
        return found

    def _for_language(self, language: str | None) -> VoiceEntry:
        if language is None:
            return self._named(self._default)
        for tag in fallbacks(language):
            entry = self._by_language.get(tag)
            if entry is not None:
                return entry
        hint = did_you_mean(normal_tag(language), sorted(self._by_language))
        raise ValueError(f"eSpeak NG has no voice for the language '{language}'{hint}")


def _chosen(entry: VoiceEntry, variant: str) -> ChosenVoice:
    return ChosenVoice(entry.identifier, variant, entry.languages[0][1])


def _has_dictionary(data: Path, entry: VoiceEntry) -> bool:
    """Whether a voice file's dictionary exists (its `dictionary`, else that of its first language)."""
    name = entry.languages[0][1].partition("-")[0]
    for line in (data / "lang" / entry.identifier).read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["dictionary"] and len(words) > 1:
            name = words[1]
    return (data / f"{name}_dict").is_file()


def _by_name(voices: Sequence[VoiceEntry]) -> dict[str, VoiceEntry]:
    """Return the voices by their first language; of several with the same one, all but the first by their file."""
    named: dict[str, VoiceEntry] = {}
    for entry in sorted(voices, key=_preference):
        name = entry.languages[0][1].lower()
        if name in named:
            name = entry.identifier.rpartition("/")[2].lower()
        named[name] = entry
    return named


def _by_language(voices: Iterable[VoiceEntry]) -> dict[str, VoiceEntry]:
    ranked = sorted(
        (
            (priority, *_preference(entry)[1:], tag.lower(), entry)
            for entry in voices
            for priority, tag in entry.languages
        ),
        key=lambda item: item[:-1],
        reverse=True,
    )
    return {item[-2]: item[-1] for item in ranked}


def _preference(entry: VoiceEntry) -> tuple[int, int, str]:
    return entry.languages[0][0], len(entry.identifier), entry.identifier
