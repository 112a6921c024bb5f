"""The server's log: one line for each event, as text or as JSON, with the time and the request's id.

Records have `extra=event(...)`: an event's name and its fields, which are stable (docs/reference/server-log.md). Hosts
that embed the server keep their own logging: only the command calls `set_up`.
"""

from __future__ import annotations

import json
import logging
import time
from contextvars import ContextVar
from typing import Literal

LOG = __name__
"""The logger of requests, connections and the server's state."""
LogFormat = Literal["text", "json"]
_PACKAGE = LOG.partition(".server.")[0]
REQUEST_ID: ContextVar[str] = ContextVar("voxweft_request_id", default="")
"""The id of the request that the current task works for."""


def event(name: str, **fields: object) -> dict[str, object]:
    """Return the argument `extra` of a log record: its event, and the event's fields."""
    return {"voxweft": {"event": name, **fields}}


def set_up(log_format: LogFormat, *, quiet: bool) -> None:
    """Write this process's log to stderr: requests unless `quiet`, warnings of the package, errors of others."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    logging.getLogger(LOG).setLevel(logging.WARNING if quiet else logging.INFO)
    package = logging.getLogger(_PACKAGE)
    if package.getEffectiveLevel() > logging.WARNING:  # else --verbose, which shows more
        package.setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """Formats `TIME LEVEL MESSAGE`. A message stays on its line; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        source = "" if record.name.partition(".")[0] == _PACKAGE.partition(".")[0] else f"{record.name}: "
        line = f"{_time(record)} {record.levelname} {source}{one_line(record.getMessage())}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    {one_line(part)}" for part in trace.splitlines())
        return line


class JsonFormatter(logging.Formatter):
    """Formats one JSON object a line: `time`, `level`, `event`, `message`, then the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. All but ASCII is escaped."""
        row: dict[str, object] = {"time": _time(record), "level": record.levelname.lower(), "event": "log"}
        fields: dict[str, object] = getattr(record, "voxweft", {})
        row |= {"event": fields.get("event", "log"), "message": record.getMessage()}
        if request_id := REQUEST_ID.get():
            row["id"] = request_id
        row |= fields
        if "event" not in fields:
            row["logger"] = record.name
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, default=str)


def one_line(text: str) -> str:
    """Return a text with line breaks and other control characters escaped: a client's words can't forge a line."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _time(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.created % 1 * 1000):03d}Z"
