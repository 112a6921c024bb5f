"""What a server may be told: where it listens, who may ask, and how much."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import msgspec

DEFAULT_PORT = 8880
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What a header, and a WebSocket's subprotocol, can carry as it is (RFC 9110, section 5.6.2)."""
_LEAST_TOKEN_CHARS = 16


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server behaves. Times in seconds.

    `token` is what clients have to show (`Authorization: Bearer ...`); empty asks for none, which only a loopback
    address allows. `allow_hosts` are names that clients may use for this machine beside `localhost` and addresses,
    `allow_origins` the origins of web pages beside its own (there is no CORS without them).

    Of each engine at most `active` jobs run and `queued` wait, none longer than `queue_timeout_s`; what runs for more
    than `job_timeout_s` is ended. A client that takes nothing for `slow_client_s` is given up. A WebSocket on which
    nothing happens for `idle_timeout_s` is closed. `workers` is how many workers one job may use.

    `fallback_voice` speaks with an engine's default voice where one is asked for that it doesn't have, and says so in a
    header. `voice_uploads` is a folder that clients may add recordings of voices to, and delete them from; None lets
    nobody. `log_text` writes texts into the log.
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
    fallback_voice: bool = False
    voice_uploads: Path | None = None
    log_text: bool = False

    def check(self) -> ServerSettings:
        """Return the settings; ValueError says which of them can't be."""
        if self.token and (len(self.token) < _LEAST_TOKEN_CHARS or not _TOKEN.fullmatch(self.token)):
            raise ValueError(
                f"the token has to be {_LEAST_TOKEN_CHARS} characters or more, of letters, digits and !#$%&'*+.^_`|~-"
            )
        if not self.token and not is_loopback(self.host):
            raise ValueError(
                f"on {self.host} others can reach the server, so it needs a token: put one into the variable "
                "VOXWEFT_SERVER_TOKEN, or into a file for --token-file"
            )
        for origin in self.allow_origins:
            if not re.fullmatch(r"https?://[^/*\s]+", origin):
                raise ValueError(f"an origin is a scheme and a host, as in https://example.org, not {origin!r}")
        for name in ("active", "max_text_chars", "max_upload_bytes", "max_connections", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is 1 or more, not {getattr(self, name)}")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"a port is 0 to 65535, not {self.port}")
        return self


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
