"""Read a cast from a YAML or JSON file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...utils.names import name_key
from ...utils.suggestions import did_you_mean
from ...utils.wrong_values import problem_of
from ..errors import CastError
from .cast import Cast, CastSpeaker
from .yaml_json import read_plain

_PRESET = "preset"
_FILE_KEYS = ("narrator", "members", "languages")
_SPEAKER_KEYS = tuple(name for name in CastSpeaker.__struct_fields__ if name != "name")


def read_cast(data: bytes, name: str, *, presets: Mapping[str, Mapping[str, object]] | None = None) -> Cast:
    """Return the cast in a file. It reads no other file and starts no engine: see `Cast.check`.

    Args:
        data: `members` are the speakers by name, each with any of a CastSpeaker's fields; `narrator` is the name of
            one, or a speaker without a name; `languages` are names by language.
        name: The file's name, for messages; with the suffix `.json` it must be JSON.
        presets: Fields by name. A speaker with a `preset` has the preset's fields, unless it states them itself.

    Raises:
        CastError: The file can't be read, or has an unknown key or an invalid value: the message has the file, the
            speaker, and the nearest known key.
    """
    content = read_plain(data, name)
    if not isinstance(content, dict) or not content:
        raise CastError(f"{name}: not a cast; it needs `members:` with a name under it")
    _check_keys(content, _FILE_KEYS, name)
    reader = _Reader(name, presets or {})
    members = _mapping(content.get("members"), f"{name}, members")
    cast = Cast(
        members=tuple(reader.speaker(speaker, fields) for speaker, fields in members.items()),
        languages=_languages(content.get("languages"), name),
        source=name,
    )
    narrator = content.get("narrator")
    if isinstance(narrator, str):
        return msgspec.structs.replace(cast, narrator=cast.cast_speaker(narrator))
    if narrator is not None:
        return msgspec.structs.replace(cast, narrator=reader.speaker("", narrator))
    return cast


class _Reader:
    """Reads the speakers of a file."""

    def __init__(self, file: str, presets: Mapping[str, Mapping[str, object]]) -> None:
        self._file = file
        self._presets = {name_key(name): fields for name, fields in presets.items()}
        self._names = tuple(presets)

    def speaker(self, name: str, value: object) -> CastSpeaker:
        """Return a speaker; `name` is empty for a narrator without one."""
        where = f"{self._file}, '{name}'" if name else f"{self._file}, the narrator"
        fields = _mapping(value, where)
        _check_keys(fields, (*_SPEAKER_KEYS, _PRESET), where)
        preset = fields.pop(_PRESET, None)
        if preset is not None:
            fields = {**self._preset(preset, where), **fields}
        return as_cast_speaker(name, fields, where)

    def _preset(self, name: object, where: str) -> Mapping[str, object]:
        found = self._presets.get(name_key(name)) if isinstance(name, str) else None
        if found is None:
            raise CastError(f"{where}: unknown preset '{name}'{did_you_mean(str(name), self._names)}")
        return found


def as_cast_speaker(name: str, fields: Mapping[str, object], where: str) -> CastSpeaker:
    """Return a speaker of plain values. CastError, which begins with `where`, names the field that is wrong."""
    _check_keys(fields, _SPEAKER_KEYS, where)
    if not isinstance(fields.get("voice"), (str, type(None))):
        raise CastError(f"{where}: voice: expected text; put it in quotes if it looks like a number")
    try:
        return msgspec.convert({**fields, "name": name}, CastSpeaker)
    except msgspec.ValidationError as error:
        problem, field = problem_of(error)
        raise CastError(f"{where}: {field}: {problem}") from None


def _check_keys(fields: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in fields:
        if key not in known:
            raise CastError(f"{where}: unknown key '{key}'{did_you_mean(key, known)}")


def _mapping(value: object, where: str) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CastError(f"{where}: expected keys with values, not {str(value)[:40]!r}")
    return dict(value)


def _languages(value: object, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag, speaker in _mapping(value, f"{name}, languages").items():
        if not isinstance(speaker, str):
            raise CastError(f"{name}, languages: '{tag}' needs the name of a speaker, not {str(speaker)[:40]!r}")
        found[tag] = speaker
    return found
