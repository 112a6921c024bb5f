"""A cast as people write it down: YAML or JSON."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...utils.names import name_key
from ...utils.suggestions import did_you_mean
from ..errors import CastError
from .cast import Cast, Member
from .yaml_json import read_plain

_PRESET = "preset"
_FILE_KEYS = ("narrator", "members", "languages")
_MEMBER_KEYS = tuple(name for name in Member.__struct_fields__ if name != "name")


def read_cast(data: bytes, name: str, *, presets: Mapping[str, Mapping[str, object]] | None = None) -> Cast:
    """Return the cast that a file holds; `name` is the file's, for messages and to know JSON by.

    `members` are the members by name, each with any of a Member's fields; `narrator` is a member's name, or a member
    without one; `languages` are members' names by language. A member may build on a `preset`, by name: its fields
    are those that the member doesn't state. No file is read and no engine asked: see `Cast.check` for that. CastError
    or PlainDataError names the file and the member, and for a key that there isn't the nearest ones.
    """
    content = read_plain(data, name)
    if not isinstance(content, dict) or not content:
        raise CastError(f"{name}: it holds no cast; `members:` and a name under it begin one")
    _check_keys(content, _FILE_KEYS, name)
    reader = _Reader(name, presets or {})
    given = _mapping(content.get("members"), f"{name}, members")
    members = tuple(reader.member(who, fields) for who, fields in given.items())
    cast = Cast(members=members, languages=_languages(content.get("languages"), name), source=name)
    narrator = content.get("narrator")
    if isinstance(narrator, str):
        return msgspec.structs.replace(cast, narrator=cast.member(narrator))
    if narrator is not None:
        return msgspec.structs.replace(cast, narrator=reader.member("", narrator))
    return cast


class _Reader:
    """Makes members of what is written of them."""

    def __init__(self, file: str, presets: Mapping[str, Mapping[str, object]]) -> None:
        self._file = file
        self._presets = {name_key(name): fields for name, fields in presets.items()}
        self._names = tuple(presets)

    def member(self, name: str, given: object) -> Member:
        """Return a member; `name` is empty for a narrator who isn't one of them."""
        where = f"{self._file}, '{name}'" if name else f"{self._file}, the narrator"
        fields = _mapping(given, where)
        _check_keys(fields, (*_MEMBER_KEYS, _PRESET), where)
        preset = fields.pop(_PRESET, None)
        if preset is not None:
            fields = {**self._preset(preset, where), **fields}
        return as_member(name, fields, where)

    def _preset(self, name: object, where: str) -> Mapping[str, object]:
        known = self._presets.get(name_key(name)) if isinstance(name, str) else None
        if known is None:
            raise CastError(f"{where}: there is no preset '{name}'{did_you_mean(str(name), self._names)}")
        return known


def as_member(name: str, fields: Mapping[str, object], where: str) -> Member:
    """Return a member of plain values. CastError, which begins with `where`, says what doesn't fit."""
    _check_keys(fields, _MEMBER_KEYS, where)
    if not isinstance(fields.get("voice"), (str, type(None))):
        raise CastError(f"{where}: voice: expected text (in quotes, if it looks like a number)")
    try:
        return msgspec.convert({**fields, "name": name}, Member)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$.")
        raise CastError(f"{where}: {field}: {message[:1].lower()}{message[1:]}") from None


def _check_keys(fields: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in fields:
        if key not in known:
            raise CastError(f"{where}: there is no '{key}'{did_you_mean(key, known)}")


def _mapping(value: object, where: str) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CastError(f"{where}: expected keys with values, not {str(value)[:40]!r}")
    return dict(value)


def _languages(value: object, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag, who in _mapping(value, f"{name}, languages").items():
        if not isinstance(who, str):
            raise CastError(f"{name}, languages: '{tag}' is a member's name, not {str(who)[:40]!r}")
        found[tag] = who
    return found
