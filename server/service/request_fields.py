"""The fields of a request, from a form or from JSON, read by type. Fields that nothing reads are known as ignored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import ApiError, bad_request

_ABSENT = frozenset({"", "null", "undefined"})
"""Texts that stand for no value; the last two are what JavaScript writes into a form for one."""
_TRUE = frozenset({"1", "on", "true", "yes"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MAX_QUOTED_CHARS = 100


class RequestFields:
    """The fields of a request by name. A field that is null, empty or not sent is absent.

    Names in brackets are those of lists and objects in forms: `include[]=a` is `include`, `strategy[type]=b` is
    `{"type": "b"}`.
    """

    def __init__(self, values: Mapping[str, list[Any] | dict[str, Any]]) -> None:
        self._values = {name: value for name, value in values.items() if value}
        self._read: set[str] = set()

    @classmethod
    def from_form(cls, items: Iterable[tuple[str, str]]) -> RequestFields:
        """Return the fields of a form; the names of its items may occur more than once."""
        values: dict[str, list[Any] | dict[str, Any]] = {}
        for full_name, value in items:
            name, _, key = full_name.partition("[")
            key = key.rstrip("]")
            if value in _ABSENT:
                continue
            if not key or key.isdecimal():
                found = values.setdefault(name, [])
                if isinstance(found, list):
                    found.append(value)
            else:
                held = values.setdefault(name, {})
                if isinstance(held, dict):
                    held[key] = value
        return cls(values)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> RequestFields:
        """Return the fields of a JSON object."""
        return cls(
            {
                name: value if isinstance(value, (list, dict)) else [value]
                for name, value in body.items()
                if value is not None and value != ""
            }
        )

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def unread(self) -> list[str]:
        """The names of the fields that nothing has read, sorted."""
        return sorted(set(self._values) - self._read)

    def ignore(self, name: str) -> None:
        """Note that a field has no effect, although it was read."""
        self._read.discard(name)

    def present(self, names: Iterable[str]) -> list[str]:
        """Return those of some fields that are present, sorted."""
        return sorted(name for name in names if name in self._values)

    def scalar(self, name: str) -> Any:
        """Return a single value of any type, None if it is absent. ApiError for an object."""
        values = self._take(name)
        if isinstance(values, dict):
            raise _mismatch(name, values, "a single value")
        return values[-1] if values else None

    def text(self, name: str) -> str:
        """Return a text, empty if it is absent. ApiError for another type."""
        value = self.scalar(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _mismatch(name, value, "a text")
        return value

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list. ApiError for another type."""
        values = self._take(name)
        if not isinstance(values, list):
            raise _mismatch(name, values, "a list of texts")
        for value in values:
            if not isinstance(value, str):
                raise _mismatch(name, value, "a list of texts")
        return [str(value) for value in values]

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return one of several texts. ApiError, with all of them, for another one."""
        text = self.text(name) or default
        if text not in choices:
            raise _mismatch(name, text, f"one of {', '.join(choices)}")
        return text

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number, None if it is absent. ApiError, with the limits, if it isn't one within them."""
        value = self.scalar(name)
        if value is None:
            return None
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not low <= number <= high:
            raise _mismatch(name, value, f"a number between {low:g} and {high:g}")
        return number

    def flag(self, name: str) -> bool | None:
        """Return a truth value, None if it is absent. ApiError for anything else."""
        value = self.scalar(name)
        if value is None or isinstance(value, bool):
            return value
        text = str(value).lower()
        if text not in _TRUE | _FALSE:
            raise _mismatch(name, value, "true or false")
        return text in _TRUE

    def object(self, name: str) -> dict[str, Any]:
        """Return an object; in a form it may be a text in JSON. ApiError for another type."""
        value = self._take(name)
        if isinstance(value, dict):
            return value
        if not value:
            return {}
        found = value[-1]
        if isinstance(found, str):
            try:
                found = json.loads(found)
            except (ValueError, RecursionError):
                raise _mismatch(name, found, "a JSON object") from None
        if not isinstance(found, dict):
            raise _mismatch(name, found, "a JSON object")
        return found

    def _take(self, name: str) -> list[Any] | dict[str, Any]:
        self._read.add(name)
        return self._values.get(name, [])


def _mismatch(name: str, value: object, expected: str) -> ApiError:
    shown = repr(value) if isinstance(value, str) else json.dumps(value)
    if len(shown) > _MAX_QUOTED_CHARS:
        shown = f"{shown[:_MAX_QUOTED_CHARS]}..."
    return bad_request(f"{name} is {shown}; it must be {expected}", name)
