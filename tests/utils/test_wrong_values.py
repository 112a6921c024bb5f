"""A wrong value is described in the words of JSON's user."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest

from voxweft.utils.wrong_values import problem_of


class Fields(msgspec.Struct):
    text: str | None = None
    number: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    texts: tuple[str, ...] = ()
    one: tuple[Literal["x"]] | None = None
    short: Annotated[str, msgspec.Meta(max_length=3)] = ""
    either: str | dict[str, Any] | None = None
    nothing: None = None
    any_value: bool | int | float | str = ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": 1}, ("must be text, not an integer", "text")),
        ({"number": "x"}, ("must be a number, not text", "number")),
        ({"number": 2.0}, ("must be at most 1.0", "number")),
        ({"number": -1.0}, ("must be at least 0.0", "number")),
        ({"texts": {}}, ("must be a list, not an object", "texts")),
        ({"texts": ["a", True]}, ("must be text, not true or false", "texts[1]")),
        ({"one": []}, ("must be a list of 1", "one")),
        ({"short": "abcd"}, ("must have at most 3 characters", "short")),
        ({"either": []}, ("must be text or an object, not a list", "either")),
        ({"nothing": 1.5}, ("must be null, not a number", "nothing")),
        ({"any_value": []}, ("must be true or false, a number or text, not a list", "any_value")),
        ([], ("must be an object, not a list", "")),
    ],
)
def test_the_value_and_its_place_are_named(value: object, expected: tuple[str, str]) -> None:
    for read in (
        lambda: msgspec.convert(value, Fields),
        lambda: msgspec.json.decode(msgspec.json.encode(value), type=Fields),
    ):
        with pytest.raises(msgspec.ValidationError) as failed:
            read()
        assert problem_of(failed.value) == expected
        assert "`" not in problem_of(failed.value)[0]
