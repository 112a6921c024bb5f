"""What is wrong in a request, in the words of its fields and without the validator's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_MAX_FIELD_CHARS = 100


def unreadable_json(error: BaseException) -> str:
    """Return why a body can't be read, by the exception of the reader of JSON."""
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
    if isinstance(error, UnicodeError):
        return "the body isn't valid UTF-8"
    return "the body has a number with too many digits"


def field_of(errors: Sequence[Any]) -> str:
    """Return the name of the first field that is wrong, such as `speed` or `params.pitch`; empty for the whole body."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return ""
    names = [part for part in first["loc"] if part != "body"]
    if not names:
        return ""
    # What follows is a key only in an object; elsewhere it is the type that the validator tried.
    keys = [part for part in names[1:2] if names[0] in ("params", "voice") and part not in ("str", "VoiceId")]
    return ".".join(str(part) for part in (names[0], *keys))[:_MAX_FIELD_CHARS]


def problem_of(errors: Sequence[Any]) -> str:
    """Return what is wrong with that field, and how to fix it."""
    first = errors[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "json_invalid":
        return (
            f"the body isn't valid JSON at character {int(first['loc'][-1]) + 1}: {context.get('error', first['msg'])}"
        )
    if kind in ("model_attributes_type", "dict_type") and len(first["loc"]) <= 1:
        return "the body must be a JSON object; send it with the header Content-Type: application/json"
    if kind == "missing":
        return "is required" if field_of(errors) else "the body is empty; send a JSON object"
    # The alternatives of a type: a value must be one of them.
    field = field_of(errors)
    alternatives = dict.fromkeys(_expected(error) for error in errors if field_of([error]) == field)
    expected = " or ".join(one for one in alternatives if one)
    return f"must be {expected}" if expected else str(first["msg"]).removeprefix("Value error, ")


_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "int_parsing_size": "an integer of at most 64 bits",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "dict_type": "an object",
    "list_type": "a list",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def _expected(error: Any) -> str:
    """Return what a value must be; empty if only the validator's message says so."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return str(context.get("expected", ""))
    if kind == "missing":
        return f"an object with {error['loc'][-1]!r}"
    limits = {
        "greater_than": ("more than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    if kind in limits:
        words, key = limits[kind]
        return f"{words} {context[key]:g}" if isinstance(context[key], float) else f"{words} {context[key]}"
    if kind == "string_too_long":
        return f"text of at most {context['max_length']} characters"
    return _EXPECTED.get(kind, "")
