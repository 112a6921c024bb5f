"""The logger of uvicorn's connections: one line for each problem, without tracebacks, and none that is logged here."""

from __future__ import annotations

import logging

from .service.log import LOG

_LOGGED_BY_THE_SERVER = (
    # The connection logs it with its reason and the client.
    "Invalid HTTP request received.",
    # The line of the request has the reason.
    "ASGI callable returned without completing response.",
    "ASGI callable returned without starting response.",
    "ASGI callable returned without completing handshake.",
    # The line of the WebSocket has close code 1007.
    "Invalid UTF-8 sequence received from client.",
    # curl asks for HTTP/2 this way, and gets HTTP/1.1.
    "Unsupported upgrade request.",
)


def protocol_logger() -> logging.Logger:
    """Return the logger for connections. It is the server's own: uvicorn's may be that of a host's server, too."""
    return _LOGGER


def _is_news(record: logging.LogRecord) -> bool:
    if record.getMessage() in _LOGGED_BY_THE_SERVER:
        return False
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        record.msg, record.args = f"{record.getMessage().strip()}: {type(error).__name__}: {error}", ()
        record.exc_info = None
        return isinstance(error, Exception)  # not the cancellation at a forced end
    return True


_LOGGER = logging.getLogger(f"{LOG}.protocol")
_LOGGER.addFilter(_is_news)
# uvicorn's notices have the query, which may hold a token.
_LOGGER.setLevel(logging.WARNING)
