"""Server settings: address, access and limits."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import msgspec

from .wyoming_address import parse_address, parse_networks

DEFAULT_PORT = 8880
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""Characters that a header and a WebSocket subprotocol carry unescaped (RFC 9110, section 5.6.2)."""
_MIN_TOKEN_CHARS = 16
ANY_ORIGIN = "*"
_SHARED_ORIGINS = frozenset({ANY_ORIGIN, "null"})
"""Origins that any page can have: `null` is that of a sandboxed frame, and of a file."""
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/*\sA-Z]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
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
        public_listings: List models and voices without the token, with the transcripts of recordings.
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
        language_voices: Voices for requests whose language is `auto`, as `TAG=VOICE` (of the request's engine) or
            `TAG=MODEL:VOICE`. Other languages are spoken with the engine's voices.
        casts: The folder of cast files that requests may name; None for none.
        lexicons: The folder of lexicon files that requests may name; None for none.
        lexicon: A lexicon file for all requests; their own lexicons take precedence.
        voice_uploads: The folder in which clients may add and delete recordings of voices; None disables uploads.
        preload: Models that are loaded at the start and stay loaded, as clients name them. Until then `/ready` is 503.
        drain_timeout_s: How long running requests may take at a shutdown, before they are ended with an error.
        log_text: Log the texts of requests.
        wyoming: The address for the Wyoming protocol, `HOST:PORT`; empty for none.
        wyoming_allow: Networks, such as `192.168.1.0/24`, whose machines may connect to it, besides this one. Any
            address except a loopback address needs one.
        wyoming_announce: Announce that address in the local network, so that Home Assistant finds it.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str = ""
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    public_listings: bool = False
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
    language_voices: tuple[str, ...] = ()
    casts: Path | None = None
    lexicons: Path | None = None
    lexicon: Path | None = None
    voice_uploads: Path | None = None
    preload: tuple[str, ...] = ()
    drain_timeout_s: float = 30.0
    log_text: bool = False
    wyoming: str = ""
    wyoming_allow: tuple[str, ...] = ()
    wyoming_announce: bool = False

    @property
    def voices_by_language(self) -> tuple[tuple[str, str, str], ...]:
        """The language, model and voice of each of `language_voices`; the model may be empty."""
        found = []
        for item in self.language_voices:
            tag, _, value = item.partition("=")
            model, separator, voice = value.partition(":")
            has_model = separator and model != "library"
            found.append((tag.strip(), model if has_model else "", voice if has_model else value))
        return tuple(found)

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
        for name in self.allow_hosts:
            if not _HOST_NAME.fullmatch(name):
                raise ValueError(
                    f"invalid host name '{name}'; give a name alone, such as speech.example.org, "
                    "without a scheme, port, path or *"
                )
        for item, (tag, _, voice) in zip(self.language_voices, self.voices_by_language, strict=True):
            if not (_LANGUAGE.fullmatch(tag) and voice):
                raise ValueError(f"invalid voice of a language '{item}'; write it as de=VOICE or de=MODEL:VOICE")
        for option, folder in (("casts", self.casts), ("lexicons", self.lexicons)):
            if folder is not None and not folder.is_dir():
                raise ValueError(f"--{option}: there is no folder '{folder}'")
        for name in ("active", "max_text_chars", "max_upload_bytes", "max_connections", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not all(value > 0 for value in (self.header_timeout_s, self.body_timeout_s, self.max_audio_s)):
            raise ValueError("header_timeout_s, body_timeout_s and max_audio_s must be more than 0")
        if not self.drain_timeout_s >= 0:
            raise ValueError(f"drain_timeout_s must be at least 0, not {self.drain_timeout_s}")
        if self.root_path and not _ROOT_PATH.fullmatch(self.root_path):
            raise ValueError(
                f"invalid root path '{self.root_path}'; give a path such as /speech, without a / at its end"
            )
        if not 0 <= self.port <= 65535:
            raise ValueError(f"the port must be between 0 and 65535, not {self.port}")
        self._check_wyoming()
        return self

    def _check_wyoming(self) -> None:
        networks = parse_networks(self.wyoming_allow)
        if not self.wyoming:
            if networks or self.wyoming_announce:
                raise ValueError("--wyoming-allow and --wyoming-announce need --wyoming HOST:PORT")
            return
        if not is_loopback(parse_address(self.wyoming).host) and not networks:
            raise ValueError(
                f"the Wyoming address '{self.wyoming}' is reachable from other machines, and the protocol has no "
                "token; name the networks that may connect, such as --wyoming-allow 192.168.1.0/24"
            )


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
