"""Fields of forms and of JSON, by type; what isn't read is known."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("fastapi")

from voxweft.server.service.errors import ApiError
from voxweft.server.service.request_fields import RequestFields


def form(*items: tuple[str, str]) -> RequestFields:
    return RequestFields.from_form(items)


def test_brackets_are_lists_and_objects() -> None:
    fields = form(("include[]", "a"), ("include[1]", "b"), ("include", "c"), ("s[type]", "vad"), ("s[threshold]", "1"))
    assert fields.texts("include") == ["a", "b", "c"]
    assert fields.object("s") == {"type": "vad", "threshold": "1"}
    assert fields.unread == []


def test_null_and_empty_are_absent() -> None:
    for fields in (
        form(("a", ""), ("b", "null"), ("c", "undefined"), ("d[]", "")),
        RequestFields.from_json({"a": None, "b": "", "c": [], "d": {}}),
    ):
        assert (fields.text("a"), fields.number("b", 0, 1), fields.flag("c"), fields.texts("d")) == ("", None, None, [])
        assert (fields.object("a"), fields.unread) == ({}, [])


def test_what_is_not_read_is_known() -> None:
    fields = RequestFields.from_json({"b": False, "a": [1], "read": "x", "dropped": 1})
    assert (fields.text("read"), fields.number("dropped", 0, 2)) == ("x", 1.0)
    fields.ignore("dropped")
    assert fields.unread == ["a", "b", "dropped"]


def test_values_of_both_forms() -> None:
    for fields in (
        form(("number", "0.5"), ("flag", "TRUE"), ("object", '{"a": 1}')),
        RequestFields.from_json({"number": 0.5, "flag": True, "object": {"a": 1}}),
    ):
        assert (fields.number("number", 0, 1), fields.flag("flag"), fields.object("object")) == (0.5, True, {"a": 1})


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda f: f.number("x", 0, 1), 2, "x is 2; it must be a number between 0 and 1"),
        (lambda f: f.number("x", 0, 1), "hot", "x is 'hot'; it must be a number between 0 and 1"),
        (lambda f: f.number("x", 0, 1), True, "x is true; it must be a number between 0 and 1"),
        (lambda f: f.number("x", 0, 1), 10**400, "it must be a number between 0 and 1"),
        (lambda f: f.number("x", 0, 1), "nan", "x is 'nan'; it must be a number between 0 and 1"),
        (lambda f: f.flag("x"), "perhaps", "x is 'perhaps'; it must be true or false"),
        (lambda f: f.text("x"), 5, "x is 5; it must be a text"),
        (lambda f: f.text("x"), {"a": 1}, 'x is {"a": 1}; it must be a single value'),
        (lambda f: f.texts("x"), [1], "x is 1; it must be a list of texts"),
        (lambda f: f.object("x"), "[1]", "x is [1]; it must be a JSON object"),
        (lambda f: f.object("x"), "[" * 100_000, "it must be a JSON object"),
        (lambda f: f.object("x"), "{", "x is '{'; it must be a JSON object"),
        (lambda f: f.choice("x", ("a", "b"), "a"), "c", "x is 'c'; it must be one of a, b"),
        (lambda f: f.choice("x", ("a", "b"), "a"), "y" * 500, "..."),
    ],
)
def test_a_wrong_value_is_explained(read: Any, value: object, expected: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(RequestFields.from_json({"x": value}))
    assert (refused.value.status, refused.value.param, expected in refused.value.message) == (400, "x", True)
    assert len(refused.value.message) < 200
