"""Server settings: address, access and limits."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import msgspec

DEFAULT_PORT = 8880
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""Characters that a header and a WebSocket subprotocol carry unescaped (RFC 9110, section 5.6.2)."""
_MIN_TOKEN_CHARS = 16
ANY_ORIGIN = "*"
_SHARED_ORIGINS = frozenset({ANY_ORIGIN, "null"})
"""Origins that any page can have: `null` is that of a sandboxed frame, and of a file."""
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/*\sA-Z]+")
_ROOT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one server. Values whose names end in `_s` are seconds.

    Args:
        host: The address to listen on.
        port: The port; 0 for any free one.
        token: The token that clients must send (`Authorization: Bearer TOKEN`). Empty disables authentication, which
            only a loopback address allows.
        allow_hosts: Names of this machine that clients may use, in addition to `localhost` and IP addresses.
        allow_origins: Origins of web pages that may use the server, in addition to its own page (enables CORS):
            `https://example.org`, `app://name`, `chrome-extension://ID`; with a token also `null` and `*` for any.
        active: Maximum running jobs per engine.
        queued: Maximum queued jobs per engine.
        workers: Maximum workers per job.
        queue_timeout_s: Maximum time in the queue.
        job_timeout_s: Maximum duration of a job.
        slow_client_s: A client that reads nothing for this long is disconnected.
        idle_timeout_s: A WebSocket without messages for this long is closed.
        max_text_chars: Maximum characters of a text.
        max_upload_bytes: Maximum size of a recording.
        max_audio_s: Maximum duration of a recording or a live session.
        max_connections: Maximum requests and WebSockets at one time. Idle connections don't count.
        header_timeout_s: A connection without complete headers for this long is closed.
        body_timeout_s: A request whose body pauses for this long is refused.
        root_path: The path under which a proxy publishes the server, such as `/speech`; empty for `/`.
        fallback_voice: Use the default voice instead of an unknown one, and report it in a header.
        default_voice: The voice of requests that name none, and of those with an unknown one with `fallback_voice`, for
            engines that have it: a name, or `library:NAME` for a recording. Empty: the engine's default voice.
        voice_uploads: The folder in which clients may add and delete recordings of voices; None disables uploads.
        log_text: Log the texts of requests.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str = ""
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    active: int = 8
    queued: int = 64
    workers: int = 1
    queue_timeout_s: float = 30.0
    job_timeout_s: float = 3600.0
    slow_client_s: float = 120.0
    idle_timeout_s: float = 300.0
    max_text_chars: int = 100_000
    max_upload_bytes: int = 512 << 20
    max_audio_s: float = 4 * 3600.0
    max_connections: int = 256
    header_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    root_path: str = ""
    fallback_voice: bool = False
    default_voice: str = ""
    voice_uploads: Path | None = None
    log_text: bool = False

    def check(self) -> ServerSettings:
        """Return the settings.

        Raises:
            ValueError: A setting is invalid.
        """
        if self.token and (len(self.token) < _MIN_TOKEN_CHARS or not _TOKEN.fullmatch(self.token)):
            raise ValueError(
                f"invalid token; use at least {_MIN_TOKEN_CHARS} letters, digits and characters of !#$%&'*+.^_`|~-"
            )
        if not self.token and not is_loopback(self.host):
            raise ValueError(
                f"host '{self.host}' is reachable from other machines, so a token is required; set it in the variable "
                "VOXWEFT_SERVER_TOKEN or in a file given by --token-file"
            )
        for origin in self.allow_origins:
            if origin in _SHARED_ORIGINS:
                if not self.token:
                    raise ValueError(f"the origin '{origin}' is that of any web page, so a token is required")
            elif not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"invalid origin '{origin}'; give a scheme and a host, in lower case: https://example.org, "
                    "app://name; or null or *"
                )
        for name in ("active", "max_text_chars", "max_upload_bytes", "max_connections", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not all(value > 0 for value in (self.header_timeout_s, self.body_timeout_s, self.max_audio_s)):
            raise ValueError("header_timeout_s, body_timeout_s and max_audio_s must be more than 0")
        if self.root_path and not _ROOT_PATH.fullmatch(self.root_path):
            raise ValueError(
                f"invalid root path '{self.root_path}'; give a path such as /speech, without a / at its end"
            )
        if not 0 <= self.port <= 65535:
            raise ValueError(f"the port must be between 0 and 65535, not {self.port}")
        return self


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
