"""What stands in a script's brackets: a voice, a pause, or text."""

from __future__ import annotations

import difflib
import math
import re
from typing import NamedTuple

from ..utils.streaming.contract.segment import ParamValue
from ..utils.suggestions import is_near_miss
from .script_types import COMMON_PARAMS, ParamKeys, Params, ScriptNames

MAX_PAUSE_S = 600.0
MAX_TAG_CHARS = 400
MAX_NAME_CHARS = 64
MAX_NAME_WORDS = 5
"""A bracket that holds more than that holds no name."""
MAX_SEED = (1 << 63) - 1

_WIDE = str.maketrans("：｜，．", ":|,.")
_PAUSE = re.compile(r"(?:pause|wait)\s*:\s*(?P<value>[-+]?[\d.,].*)", re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(
    r"\+?(?P<number>\d+(?:[.,]\d*)?|[.,]\d+)\s*(?P<unit>ms|s|sec|secs|seconds?|milliseconds?)?", re.IGNORECASE
)
_UNITLESS_MAX_S = 60.0
_FIELD = re.compile(r"\s*([^\W\d]\w{0,63})\s*:\s*(\S(?:.*\S)?)\s*", re.DOTALL)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*:(.*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,20}", re.ASCII)
_GAIN_UNIT = re.compile(r"\s*dB$", re.IGNORECASE)
_MAX_CACHED = 4096


class Fault(Exception):  # noqa: N818  it never leaves the parser
    """What is wrong with a tag, for whoever knows its place."""

    def __init__(self, reason: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = nearest


class VoiceTag(NamedTuple):
    """Who speaks from here on. Without `names_speaker` it is who spoke before, and the fields are set on top."""

    names_speaker: bool
    speaker: str | None
    language: str | None
    fields: tuple[tuple[str, str], ...]


class PauseTag(NamedTuple):
    """A pause."""

    pause_s: float


class PlainBracket(NamedTuple):
    """Text. `near` are names that it may be a misspelling of."""

    reason: str
    near: tuple[str, ...] = ()


Bracket = VoiceTag | PauseTag | PlainBracket


class TagReader:
    """Tells what brackets are, for one cast."""

    def __init__(self, names: ScriptNames | None, keys: ParamKeys | None) -> None:
        self._names = names
        self._keys = keys
        self._known: dict[str, Bracket] = {}
        self._labels: dict[str, VoiceTag | tuple[str, ...]] = {}
        self._params: dict[tuple[str | None, Params, tuple[tuple[str, str], ...]], Params] = {}

    def bracket(self, content: str) -> Bracket:
        """Return what a bracket with this content is. Fault for a tag that can't be one."""
        known = self._known.get(content)
        if known is None:
            known = self._bracket(content)
            if len(self._known) < _MAX_CACHED:
                self._known[content] = known
        return known

    def label(self, label: str) -> VoiceTag | tuple[str, ...]:
        """Return who a line that begins with `label:` belongs to, else the names it is a near miss of."""
        known = self._labels.get(label)
        if known is None:
            speaker = self._find(label)
            known = self._near_misses(label) if speaker is None else VoiceTag(True, speaker or None, None, ())
            if len(self._labels) < _MAX_CACHED:
                self._labels[label] = known
        return known

    def params(self, speaker: str | None, before: Params, fields: tuple[tuple[str, str], ...]) -> Params:
        """Return parameters with those of a tag on top. Fault for one that the speaker hasn't or that can't be read."""
        asked = speaker, before, fields
        known = self._params.get(asked)
        if known is None:
            values = dict(before)
            for written, value in fields:
                key = self._key(speaker, written)
                values[key] = _value(key, value)
            known = tuple(sorted(values.items()))
            if len(self._params) < _MAX_CACHED:
                self._params[asked] = known
        return known

    def _bracket(self, content: str) -> Bracket:
        if len(content) > MAX_TAG_CHARS:
            return PlainBracket("it is too long for a tag")
        plain = content.translate(_WIDE).strip()
        speaker = self._find(plain)
        if speaker is not None:
            return VoiceTag(True, speaker or None, None, ())
        pause = _PAUSE.fullmatch(plain)
        if pause:
            return PauseTag(_pause_s(pause["value"]))
        head, *rest = plain.split("|")
        fields = [_FIELD.fullmatch(part) for part in rest]
        if None in fields:
            return PlainBracket("it is no tag")
        pairs = tuple((field[1], field[2]) for field in fields if field)
        head = head.strip()
        if not head:
            return VoiceTag(False, None, None, pairs) if pairs else PlainBracket("it is empty")
        if pairs and (speaker := self._find(head)) is not None:
            return VoiceTag(True, speaker or None, None, pairs)
        label = head.removesuffix(":").rstrip()
        # [Bob:] is Bob, although bob is a language, too; [de:] is German whatever anybody is called.
        if head.endswith(":") and len(label) > 2 and (speaker := self._find(label)) is not None:
            return VoiceTag(True, speaker or None, None, pairs)
        language = _LANGUAGE.fullmatch(head)
        if language and (tag := self._language_tag(language[1].replace("_", "-"), language[2].strip(), pairs)):
            return tag
        if pairs and _is_name(head):
            self.speaker(head)
        if self._names is None:
            return PlainBracket("there is no cast")
        return PlainBracket("nobody in the cast is called so", self._near_misses(plain))

    def _language_tag(self, tag: str, name: str, pairs: tuple[tuple[str, str], ...]) -> VoiceTag | None:
        """Return what `[tag:name]` is. Fault for an unknown name, if the tag looks like a language and nothing else."""
        if not name:
            return VoiceTag(True, None, tag, pairs)
        speaker = self._find(name)
        if speaker is None and (not _is_name(name) or (len(tag.partition("-")[0]) > 2 and not self._near_misses(name))):
            return None  # [see: the other page]
        return VoiceTag(True, self.speaker(name), tag, pairs)

    def _find(self, name: str) -> str | None:
        return self._names.find(name) if self._names is not None and _is_name(name) else None

    def speaker(self, name: str) -> str | None:
        """Return a name's canonical form, None for the narrator's. Fault for an unknown one."""
        speaker = self._find(name)
        if speaker is not None:
            return speaker or None
        if self._names is None:
            raise Fault(f"there is no cast, so '{name}' is nobody")
        near = self._names.near(name)
        raise Fault(f"'{name}' isn't in the cast{did_you_mean(near)}", near)

    def _near_misses(self, name: str) -> tuple[str, ...]:
        if self._names is None or not _is_name(name):
            return ()
        return tuple(near for near in self._names.near(name) if is_near_miss(name, near))

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
        all_known = [*COMMON_PARAMS, *known]
        near = tuple(difflib.get_close_matches(folded, all_known, n=3, cutoff=0.5))
        hint = did_you_mean(near) or f"; there are {', '.join(all_known)}"
        raise Fault(f"there is no parameter '{written}'{hint}", near)


def did_you_mean(near: tuple[str, ...]) -> str:
    """Return the part of a message that names what may have been meant."""
    return f"; did you mean {' or '.join(near)}?" if near else ""


def duration_s(written: str) -> float | None:
    """Return how many seconds `1.5s`, `.5 s`, `1,5 s`, `500ms` or a mere number means; None for what is none."""
    found = _DURATION.fullmatch(written.strip())
    if found is None:
        return None
    value = float(found["number"].replace(",", "."))
    return value / 1000 if (found["unit"] or "").lower().startswith("m") else value


def _pause_s(written: str) -> float:
    pause_s = duration_s(written)
    if pause_s is None:
        raise Fault(f"'{written.strip()}' is no length of a pause; write it as 1.5s or 500ms")
    if pause_s > _UNITLESS_MAX_S and written.strip()[-1] not in "sS":
        raise Fault(f"a pause of '{written.strip()}': say whether that is seconds (s) or milliseconds (ms)")
    if not pause_s <= MAX_PAUSE_S:
        raise Fault(f"a pause of {written.strip()} is too long; the most is {MAX_PAUSE_S:g}s")
    return pause_s


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME_CHARS and len(text.split()) <= MAX_NAME_WORDS


def _value(key: str, written: str) -> ParamValue:
    if key == "speed":
        speed = _number(written.rstrip("xX×"))
        if speed is None or not 0 < speed < math.inf:
            raise Fault(f"the speed is '{written}', not a factor such as 0.9")
        return speed
    if key == "gain":
        gain_db = _number(_GAIN_UNIT.sub("", written))
        if gain_db is None or not -math.inf < gain_db < math.inf:
            raise Fault(f"the gain is '{written}', not a number of decibels such as -3")
        return gain_db
    if key == "seed":
        if written.casefold() == "random":
            return "random"
        if not written.isascii() or not written.isdecimal() or int(written[:32]) > MAX_SEED:
            raise Fault(f"the seed is '{written}', not a whole number from 0 to {MAX_SEED}, nor 'random'")
        return int(written)
    return param_value(written)


def param_value(written: str) -> ParamValue:
    """Return the value that a text means: true or false, a whole number, a number, else the text."""
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
