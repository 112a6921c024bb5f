"""Settings files: YAML by the rules of 1.2, and JSON; only plain values are accepted."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.jobs.errors import CastError
from voxweft.jobs.voices.yaml_json import MAX_BYTES, read_plain

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_json_values_are_unchanged(value) -> None:
    assert read_plain(json.dumps(value).encode(), "x.json") == value
    assert read_plain(b"\xef\xbb\xbf" + json.dumps({"a": value}).encode(), "x") == {"a": value}


def test_yaml_in_common_forms() -> None:
    text = """
# a comment
no: no            # Norwegian, not false
2: [1, -2, 1.5, .5, 1e3, "3", '4', true, ~, 1:30, 0x10, 2024-01-01, yes]
nested: {a: {b: c}}
text: >
  folded
  lines
"""
    assert read_plain(text.encode(), "x.yaml") == {
        "no": "no",
        "2": [1, -2, 1.5, 0.5, 1000.0, "3", "4", True, None, "1:30", "0x10", "2024-01-01", "yes"],
        "nested": {"a": {"b": "c"}},
        "text": "folded lines\n",
    }
    assert read_plain(b"", "x.yaml") is None


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: &x 1\nb: *x", "line 1: an anchor"),
        ("a: 1\nb: *x", "line 2: .*alias"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: a tag"),
        ("a: !!str 1", "a tag"),
        ("a: 1\na: 2", "line 2: duplicate key 'a'"),
        ("a: [1", "line 1|line 2"),
        ("? [a]\n: b", "a key must be text"),
        ("a: 1\n---\nb: 2", "second document"),
        ("[" * 100, "nested too deeply"),
        ("- " * 100 + "x", "nested too deeply"),
        ("a: \x00", "x.yaml"),
    ],
)
def test_invalid_yaml_is_refused(text: str, match: str) -> None:
    with pytest.raises(CastError, match=match) as caught:
        read_plain(text.encode(), "x.yaml")
    assert str(caught.value).startswith("x.yaml")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"a": 1, "a": 2}', "duplicate key 'a'"),
        ('{"a": NaN}', "NaN isn't a valid number"),
        ('{"a": 1', "line 1"),
        ('{"a": ' + "9" * 100_000 + "}", "100000 digits"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 20 + "]" * 20, "nested too deeply"),
    ],
)
def test_invalid_json_is_refused(text: str, match: str) -> None:
    with pytest.raises(CastError, match=match):
        read_plain(text.encode(), "x.json")


def test_size_and_encoding_are_limited() -> None:
    with pytest.raises(CastError, match=rf"\(maximum {MAX_BYTES}\)"):
        read_plain(b"a" * (MAX_BYTES + 1), "x")
    with pytest.raises(CastError, match="UTF-8 at byte 4"):
        read_plain(b"a: \xff", "x")
    assert read_plain(b"a: " + b"9" * 100_000, "x") == {"a": "9" * 100_000}, "too long for a number"


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-,&*!|>'\"%@`# \n\tab1", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(CastError):
        read_plain(data, "x")
