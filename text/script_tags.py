"""Parse the content of a script's brackets: a voice tag, a pause tag, a sound or text."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import NamedTuple

from ..utils.streaming.contract.segment import ParamValue
from ..utils.suggestions import did_you_mean, is_near_miss, nearest, suggested
from .errors import TextError
from .script_types import COMMON_PARAMS, EMOTION, CastNames, ParamKeys, Params
from .sounds import MOODS, sound_name

MAX_PAUSE_S = 600.0
MAX_TAG_CHARS = 400
MAX_NAME_CHARS = 64
MAX_NAME_WORDS = 5
"""A bracket with more words isn't a name."""
MAX_SEED = (1 << 63) - 1

_WIDE = str.maketrans("：｜，．", ":|,.")
_PAUSE = re.compile(r"(?:pause|wait)\s*:\s*(?P<value>[-+]?[\d.,].*)", re.IGNORECASE | re.DOTALL)
_SPACED_PAUSE = re.compile(r"(?:pause|wait)\s+(?P<value>\d[\d.,]*\s*[a-z]*)", re.IGNORECASE)
_DURATION = re.compile(
    r"\+?(?P<number>\d+(?:[.,]\d*)?|[.,]\d+)\s*(?P<unit>ms|s|sec|secs|seconds?|milliseconds?)?", re.IGNORECASE
)
_UNITLESS_MAX_S = 60.0
_FIELD = re.compile(r"\s*([^\W\d]\w{0,63})\s*:\s*(\S(?:.*\S)?)\s*", re.DOTALL)
_EMOTION = re.compile(rf"\s*{EMOTION}\s*:", re.IGNORECASE)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*:(.*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,20}", re.ASCII)
_GAIN_UNIT = re.compile(r"\s*dB$", re.IGNORECASE)
_MAX_CACHED = 4096


class VoiceTag(NamedTuple):
    """A change of voice. If `names_speaker` is false, the speaker stays the same and only the fields are set."""

    names_speaker: bool
    speaker: str | None
    language: str | None
    fields: tuple[tuple[str, str], ...]


class PauseTag(NamedTuple):
    """A pause tag."""

    pause_s: float


class SoundBracket(NamedTuple):
    """A sound or mood, which stays in the text of the passage until that is complete."""

    name: str


class TextBracket(NamedTuple):
    """A bracket that is text, with the reason. `near` are speakers whose names it may misspell."""

    reason: str
    near: tuple[str, ...] = ()


Bracket = VoiceTag | PauseTag | SoundBracket | TextBracket


class TagParser:
    """Parses the tags of a script for one cast. Results are cached by their text.

    `sounds` are further names of sounds, see `sound_name`.
    """

    def __init__(self, names: CastNames | None, keys: ParamKeys | None, sounds: Collection[str] = ()) -> None:
        self.sounds = sounds
        self._names = names
        self._keys = keys
        self._brackets: dict[str, Bracket] = {}
        self._labels: dict[str, VoiceTag | tuple[str, ...]] = {}
        self._params: dict[tuple[str | None, Params, tuple[tuple[str, str], ...]], Params] = {}

    def bracket(self, content: str) -> Bracket:
        """Parse the content of a bracket. TextError for an invalid tag."""
        cached = self._brackets.get(content)
        if cached is None:
            cached = self._bracket(content)
            if len(self._brackets) < _MAX_CACHED:
                self._brackets[content] = cached
        return cached

    def label(self, label: str) -> VoiceTag | tuple[str, ...]:
        """Return the voice tag for a line that starts with `label:`, or the names that `label` may misspell."""
        cached = self._labels.get(label)
        if cached is None:
            speaker = self._find(label)
            cached = self._near_misses(label) if speaker is None else VoiceTag(True, speaker or None, None, ())
            if len(self._labels) < _MAX_CACHED:
                self._labels[label] = cached
        return cached

    def params(self, speaker: str | None, before: Params, fields: tuple[tuple[str, str], ...]) -> Params:
        """Return `before` updated with a tag's fields. TextError for an unknown parameter or an invalid value."""
        cache_key = speaker, before, fields
        cached = self._params.get(cache_key)
        if cached is None:
            values = dict(before)
            for written, value in fields:
                key = self._key(speaker, written)
                values[key] = self._mood(value) if self._is_mood(speaker, key) else _value(key, value)
            cached = tuple(sorted(values.items()))
            if len(self._params) < _MAX_CACHED:
                self._params[cache_key] = cached
        return cached

    def _bracket(self, content: str) -> Bracket:
        if len(content) > MAX_TAG_CHARS:
            return TextBracket("is too long for a tag")
        plain = content.translate(_WIDE).strip()
        speaker = self._find(plain)
        if speaker is not None:
            return VoiceTag(True, speaker or None, None, ())
        pause = _PAUSE.fullmatch(plain)
        if pause:
            return PauseTag(_pause_s(pause["value"]))
        if sound := sound_name(plain, self.sounds):
            return SoundBracket(sound)
        head, *rest = plain.split("|")
        if _EMOTION.match(head):
            head, rest = "", [head, *rest]
        fields = [_FIELD.fullmatch(part) for part in rest]
        if None in fields:
            return TextBracket("is not a tag")
        pairs = tuple((field[1], field[2]) for field in fields if field)
        head = head.strip()
        if not head:
            return VoiceTag(False, None, None, pairs) if pairs else TextBracket("is empty")
        if pairs and (speaker := self._find(head)) is not None:
            return VoiceTag(True, speaker or None, None, pairs)
        label = head.removesuffix(":").rstrip()
        # [Bob:] is the speaker Bob although "bob" is also a language code; [de:] is always German.
        if head.endswith(":") and len(label) > 2 and (speaker := self._find(label)) is not None:
            return VoiceTag(True, speaker or None, None, pairs)
        language = _LANGUAGE.fullmatch(head)
        if language and (tag := self._language_tag(language[1].replace("_", "-"), language[2].strip(), pairs)):
            return tag
        if pairs and _is_name(head):
            self.speaker(head)
        if spaced := _SPACED_PAUSE.fullmatch(plain):
            return TextBracket(f"is not a tag: a pause is written [pause:{duration_s(spaced['value']) or 1:g}s]")
        if self._names is None:
            return TextBracket("names no speaker, because no cast is given")
        return TextBracket("is not a speaker in the cast", self._near_misses(plain))

    def _language_tag(self, tag: str, name: str, pairs: tuple[tuple[str, str], ...]) -> VoiceTag | None:
        """Parse `[tag:name]`; None if it is text. TextError for an unknown name after a two-letter language."""
        if not name:
            return VoiceTag(True, None, tag, pairs)
        speaker = self._find(name)
        if speaker is None and (not _is_name(name) or (len(tag.partition("-")[0]) > 2 and not self._near_misses(name))):
            return None  # [see: the other page]
        return VoiceTag(True, self.speaker(name), tag, pairs)

    def _find(self, name: str) -> str | None:
        return self._names.find(name) if self._names is not None and _is_name(name) else None

    def speaker(self, name: str) -> str | None:
        """Return the canonical name of a speaker; None for the narrator. TextError for an unknown name."""
        speaker = self._find(name)
        if speaker is not None:
            return speaker or None
        if self._names is None:
            raise TextError(f"unknown speaker '{name}': no cast is given")
        near = self._names.near(name)
        raise TextError(f"'{name}' is not in the cast{suggested(near)}", nearest=near)

    def _near_misses(self, name: str) -> tuple[str, ...]:
        if self._names is None or not _is_name(name):
            return ()
        return tuple(near for near in self._names.near(name) if is_near_miss(name, near))

    def _is_mood(self, speaker: str | None, key: str) -> bool:
        return key == EMOTION and (self._keys is None or EMOTION not in self._keys(speaker))

    def _mood(self, written: str) -> str:
        """Return the name of a mood. TextError for an unknown one."""
        name = sound_name(written, self.sounds)
        if name:
            return name
        known = sorted({*MOODS, *self.sounds})
        raise TextError(f"unknown emotion '{written}'{did_you_mean(written, known)}", nearest=nearest(written, known))

    def _key(self, speaker: str | None, written: str) -> str:
        folded = written.casefold()
        if folded in COMMON_PARAMS:
            return folded
        if folded in ("gain_db", "volume"):
            return "gain"
        known = [] if self._keys is None else sorted(self._keys(speaker))
        if written in known or self._keys is None:
            return written
        if folded in known:
            return folded
        available = [*COMMON_PARAMS, *known]
        hint = did_you_mean(folded, available)
        raise TextError(f"unknown parameter '{written}'{hint}", nearest=nearest(folded, available))


def duration_s(written: str) -> float | None:
    """Return the seconds of `1.5s`, `.5 s`, `1,5 s`, `500ms` or a plain number; None if it isn't a duration."""
    found = _DURATION.fullmatch(written.strip())
    if found is None:
        return None
    value = float(found["number"].replace(",", "."))
    return value / 1000 if (found["unit"] or "").lower().startswith("m") else value


def _pause_s(written: str) -> float:
    pause_s = duration_s(written)
    if pause_s is None:
        raise TextError(f"invalid pause '{written.strip()}'; write it as 1.5s or 500ms")
    if pause_s > _UNITLESS_MAX_S and written.strip()[-1] not in "sS":
        raise TextError(f"ambiguous pause '{written.strip()}'; add a unit: s or ms")
    if not pause_s <= MAX_PAUSE_S:
        raise TextError(f"the pause '{written.strip()}' is too long; maximum {MAX_PAUSE_S:g}s")
    return pause_s


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME_CHARS and len(text.split()) <= MAX_NAME_WORDS


def _value(key: str, written: str) -> ParamValue:
    if key == "speed":
        speed = _number(written.rstrip("xX×"))
        if speed is None or not 0 < speed < math.inf:
            raise TextError(f"invalid speed '{written}'; write a factor such as 0.9")
        return speed
    if key == "gain":
        gain_db = _number(_GAIN_UNIT.sub("", written))
        if gain_db is None or not -math.inf < gain_db < math.inf:
            raise TextError(f"invalid gain '{written}'; write decibels such as -3")
        return gain_db
    if key == "seed":
        if written.casefold() == "random":
            return "random"
        if not written.isascii() or not written.isdecimal() or int(written[:32]) > MAX_SEED:
            raise TextError(f"invalid seed '{written}'; must be between 0 and {MAX_SEED}, or 'random'")
        return int(written)
    return param_value(written)


def param_value(written: str) -> ParamValue:
    """Return the value written in a text: a boolean, an integer, a float, or else the text itself."""
    folded = written.casefold()
    if folded in ("true", "false"):
        return folded == "true"
    if _INTEGER.fullmatch(written):
        return int(written)
    number = _number(written)
    return written if number is None or not math.isfinite(number) else number


def _number(written: str) -> float | None:
    stripped = written.strip()
    return float(stripped.replace(",", ".")) if _NUMBER.fullmatch(stripped) else None
