"""The log: a line for each event, whatever a client sends, and the same fields in JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from voxweft.server.service.errors import ApiError, bad_request
from voxweft.server.service.log import LOG, JsonFormatter, TextFormatter, event
from voxweft.server.service.request_registry import RequestRegistry
from voxweft.server.service.stats import Stats


def record(message: str, name: str = LOG, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, __file__, 1, "%s", (message,), None)
    if fields:
        made.__dict__.update(event("sample", **fields))
    return made


@given(st.text())
def test_a_message_never_leaves_its_line(message: str) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z INFO [^\x00-\x1f\x7f\x85\u2028\u2029]*", text_of(message))
    line = JsonFormatter().format(record(message, value=message))
    assert line.isascii()
    assert "\n" not in line
    assert (json.loads(line)["message"], json.loads(line)["value"]) == (message, message)


def text_of(message: str) -> str:
    return TextFormatter().format(record(message))


def test_the_fields_of_json() -> None:
    row = json.loads(JsonFormatter().format(record("a", id="1")))
    assert list(row) == ["time", "level", "event", "message", "id"]
    assert (row["level"], row["event"], row["id"]) == ("info", "sample", "1")
    foreign = json.loads(JsonFormatter().format(record("b", name="other.package")))
    assert (foreign["event"], foreign["logger"]) == ("log", "other.package")
    assert text_of("c").endswith("INFO c")
    assert TextFormatter().format(record("d", name="other.package")).endswith("INFO other.package: d")


def test_a_traceback_is_indented_and_in_json_a_field() -> None:
    failed = record("failed")
    try:
        raise ValueError("two\n2026-01-01T00:00:00.000Z INFO forged")
    except ValueError:
        failed.exc_info = sys.exc_info()
    assert all(line.startswith("    ") for line in TextFormatter().format(failed).splitlines()[1:])
    assert "ValueError: two" in json.loads(JsonFormatter().format(failed))["exception"]


Ended = Callable[..., logging.LogRecord]


@pytest.fixture
def ended(caplog: pytest.LogCaptureFixture) -> Ended:
    """Returns the record of a request that failed with the errors."""
    caplog.set_level(logging.INFO, LOG)

    async def fail(*errors: ApiError, text: str = "", log_text: bool = False) -> None:
        with RequestRegistry(Stats(), log_text=log_text).open("http", "POST", "/a\nb", client="192.0.2.1") as running:
            running.note_text(text)
            running.status, running.complete = 400, True
            for error in errors:
                running.fail(error)

    def record_of(*errors: ApiError, **options: Any) -> logging.LogRecord:
        caplog.clear()
        asyncio.run(fail(*errors, **options))
        (made,) = caplog.records
        return made

    return record_of


def test_the_line_of_a_request_has_the_first_reason(ended: Ended) -> None:
    made = ended(bad_request("speed is 'fast'; send a number", "speed"), bad_request("later"))
    assert re.fullmatch(
        r"[0-9a-f]{16} POST /a\\nb 400 in \d+\.\d{3} s, 0 bytes, from 192\.0\.2\.1: "
        r"invalid_value: speed is 'fast'; send a number",
        made.getMessage(),
    )
    fields = made.__dict__["voxweft"]
    assert (fields["event"], fields["code"], fields["param"], fields["path"]) == (
        "request",
        "invalid_value",
        "speed",
        "/a\nb",
    )
    assert made.levelname == "INFO"


@pytest.mark.parametrize(
    ("status", "level"), [(400, "INFO"), (404, "INFO"), (429, "WARNING"), (500, "WARNING"), (503, "WARNING")]
)
def test_overload_and_the_servers_failures_are_warnings(ended: Ended, status: int, level: str) -> None:
    assert ended(ApiError(status, "why", code="code")).levelname == level


@pytest.mark.parametrize(
    "message",
    ["the input has 'the vault' at character 9", 'the input has "vault opens"', "the input has “at nine”"],
)
def test_a_reason_quotes_no_text_unless_texts_are_logged(ended: Ended, message: str) -> None:
    text = "Tell nobody that the vault opens at nine."
    quoted = message.partition("has ")[2].partition(" at char")[0]
    assert quoted not in ended(bad_request(message), text=text).getMessage()
    assert quoted in ended(bad_request(message), text=text, log_text=True).getMessage()
    by_engine = ApiError(422, f"engine 'tone': no sound for 'vɔːlt' in {quoted}", code="engine_refused")
    line = ended(by_engine, text=text).getMessage()
    assert "engine 'tone': no sound for '…'" in line
    assert quoted not in line
