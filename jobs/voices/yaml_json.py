"""Read small settings files in YAML or JSON as plain values, safely whatever they contain."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from ..errors import CastError

MAX_BYTES = 256 << 10
"""Far more than any cast needs: YAML is slow to parse."""
_MAX_DEPTH = 16

# libyaml's parser, if PyYAML was built with it, is ten times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The core schema of YAML 1.2.2 (section 10.3.2). PyYAML's own is 1.1, in which `no`, the tag of Norwegian, is false,
# and 1:30 is ninety. The length of numbers is limited: parsing them takes quadratic time.
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_plain(data: bytes, name: str) -> object:
    """Return a file's content: dicts with text as keys, lists, text, numbers, booleans, None.

    JSON if `name` ends with `.json` or the content is valid JSON, else YAML 1.2 without anchors, aliases and tags.

    Raises:
        CastError: It can't be parsed, isn't UTF-8, is larger than `MAX_BYTES`, is nested deeper than 16 levels, or has
            the same key twice. The message begins with `name`.
    """
    if len(data) > MAX_BYTES:
        raise CastError(f"{name} has {len(data)} bytes (maximum {MAX_BYTES})")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CastError(f"{name} isn't valid UTF-8 at byte {error.start + 1}") from None
    is_json = name.lower().endswith(".json")
    if is_json or text.lstrip().startswith("{"):
        try:
            value: object = json.loads(
                text,
                object_pairs_hook=_with_unique_keys,
                parse_constant=_no_constant,
                parse_int=_integer,
                parse_float=_number,
            )
        except (ValueError, RecursionError) as error:
            if is_json or isinstance(error, CastError):
                raise CastError(f"{name}: {_reason(error)}") from None
        else:
            _check_depth(value, name)
            return value
    return _from_yaml(text, name)


def _from_yaml(text: str, name: str) -> object:
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise CastError(f"{name}{where}: {getattr(error, 'problem', None) or 'not valid YAML'}") from None
    return builder.value


class _Builder:
    """Builds values from YAML's events, without recursion: nesting can't exhaust the stack."""

    def __init__(self, name: str) -> None:
        self.value: object = None
        self._name = name
        self._open: list[dict[str, object] | list[object]] = []
        self._keys: list[str | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Process the next event."""
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, "an alias (*) isn't allowed; write the value out")
        if getattr(event, "anchor", None) is not None:
            raise self._error(event, "an anchor (&) isn't allowed; write the value out")
        if getattr(event, "tag", None) is not None:
            raise self._error(event, f"a tag ({event.tag}) isn't allowed")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(event, "a second document (---) isn't allowed")
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(self._open) >= _MAX_DEPTH:
                raise self._error(event, f"nested too deeply (maximum {_MAX_DEPTH} levels)")
            opened: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._add(opened, event)
            self._open.append(opened)
            self._keys.append(None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._open.pop()
            self._keys.pop()

    def _scalar(self, event: Any) -> None:
        holder = self._open[-1] if self._open else None
        if isinstance(holder, dict) and self._keys[-1] is None:
            # A key is always text: `no` and `2` are names like any other.
            if event.value in holder:
                raise self._error(event, f"duplicate key '{event.value}'")
            self._keys[-1] = event.value
            return
        self._add(_plain(event.value) if event.implicit[0] else event.value, event)

    def _add(self, value: object, event: Any) -> None:
        if not self._open:
            self.value = value
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
            return
        key = self._keys[-1]
        if key is None:
            raise self._error(event, "a key must be text")
        holder[key] = value
        self._keys[-1] = None

    def _error(self, event: Any, message: str) -> CastError:
        return CastError(f"{self._name}, line {event.start_mark.line + 1}: {message}")


def _plain(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _with_unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise CastError(f"duplicate key '{key}'")
        found[key] = value
    return found


def _no_constant(text: str) -> object:
    raise CastError(f"{text} isn't a valid number")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise CastError(f"a number with {len(text)} digits is too long")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise CastError(f"a number with {len(text)} digits is too long")
    return float(text)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"nested too deeply (maximum {_MAX_DEPTH} levels)"
    return f"{error.msg} (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else str(error)


def _check_depth(value: object, name: str) -> None:
    level = [value]
    for _ in range(_MAX_DEPTH + 1):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise CastError(f"{name}: nested too deeply (maximum {_MAX_DEPTH} levels)")
