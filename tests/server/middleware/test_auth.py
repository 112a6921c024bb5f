"""Access control by host, origin and token over HTTP and WebSocket, and invalid settings."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_server import Served, open_runtime, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from voxweft.server.service.settings import ServerSettings
from voxweft.utils.streaming.runtime import Runtime

TOKEN = "a-token-of-the-tests"
ALLOWED = ("https://app.example", "app://notes", "chrome-extension://abcdefghij", "vscode-webview://0a1b", "null")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("auth")) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with serving(runtime, token=TOKEN, allow_hosts=("speech.example",), allow_origins=ALLOWED) as server:
        yield server


def status(served: Served, path: str = "/v1/models", **headers: str) -> int:
    return httpx.get(
        f"{served.url}{path}", headers={name.replace("_", "-"): text for name, text in headers.items()}
    ).status_code


def socket_status(served: Served, **arguments: Any) -> int:
    """Return the status of a WebSocket's handshake."""
    try:
        with connect(f"{served.socket_url}/ws/tts/live", **arguments):
            return 101
    except InvalidStatus as error:
        refused = error.response
    if refused.status_code != 400:
        assert json.loads(refused.body or b"")["error"]["message"]
    return refused.status_code


BEARER = {"Authorization": f"Bearer {TOKEN}"}


def test_requests_need_the_token(served: Served) -> None:
    assert status(served) == 401
    assert status(served, Authorization="Bearer another-token-of-tests") == 401
    assert status(served, Authorization=TOKEN) == 401
    assert status(served, **BEARER) == 200
    for path in ("/health", "/openapi.json"):
        assert status(served, path) == 200
    for path in ("/stats", "/metrics", "/ready", "/voices", "/unload"):
        assert status(served, path) == 401
    assert socket_status(served) == 401
    assert socket_status(served, additional_headers=BEARER) == 101
    # As a page does, which can't set headers.
    own = [Subprotocol("voxweft"), Subprotocol(f"bearer.{TOKEN}")]
    assert socket_status(served, subprotocols=own) == 101
    wrong = [Subprotocol("voxweft"), Subprotocol("bearer.another")]
    assert socket_status(served, subprotocols=wrong) == 401


def test_unknown_hosts_are_refused(served: Served) -> None:
    port = served.url.rpartition(":")[2]
    for host in (
        f"localhost:{port}",
        "127.0.0.1",
        f"[::1]:{port}",
        "192.168.1.7",
        "speech.example:80",
        "SPEECH.example",
    ):
        assert status(served, Host=host, **BEARER) == 200, host
    for host in ("evil.example", "localhost.evil.example", "speech.example.evil", "", "[::1", "127.0.0.1.nip.io"):
        assert status(served, Host=host, **BEARER) in (400, 403), host
    assert socket_status(served, additional_headers={**BEARER, "Host": "evil.example"}) in (400, 403)


def test_pages_of_other_origins_are_refused(served: Served) -> None:
    for origin in (served.url, *ALLOWED, "https://APP.example"):
        assert status(served, Origin=origin, **BEARER) == 200
    for origin in (
        "app://other",
        "https://evil.example",
        "https://app.example.evil",
        f"{served.url}9",
        "http://localhost",
    ):
        assert status(served, Origin=origin, **BEARER) == 403, origin
    assert socket_status(served, origin="https://evil.example", additional_headers=BEARER) == 403
    assert socket_status(served, origin=served.url, additional_headers=BEARER) == 101
    # A request for an image sends no Origin.
    assert status(served, "/voices/refresh", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors", **BEARER) == 403
    assert status(served, "/docs", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") != 403


def preflight(served: Served, origin: str, *headers: str) -> httpx.Response:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ", ".join(headers)}
    # A browser's preflight has no token.
    return httpx.options(f"{served.url}/v1/audio/speech", headers={"Origin": origin, **asked})


def test_cors_is_enabled_for_allowed_origins_only(served: Served) -> None:
    sent = ("authorization", "content-type", "x-stainless-os", "x-stainless-retry-count", "openai-beta")
    for origin in ALLOWED:
        allowed = preflight(served, origin, *sent)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == origin
        assert set(allowed.headers["access-control-allow-headers"].split(", ")) >= set(sent)
    assert "access-control-allow-origin" not in preflight(served, "https://evil.example", *sent).headers
    answer = httpx.get(f"{served.url}/v1/models", headers={**BEARER, "Origin": "app://notes"})
    assert {"Retry-After", "X-Voxweft-Model"} <= set(answer.headers["access-control-expose-headers"].split(", "))


def test_any_origin(runtime: Runtime) -> None:
    with serving(runtime, token=TOKEN, allow_origins=("*",)) as server:
        assert preflight(server, "https://anywhere.example", "authorization").status_code == 200
        anywhere = {"Origin": "https://anywhere.example"}
        assert httpx.get(f"{server.url}/v1/models", headers=anywhere).status_code == 401
        answer = httpx.get(f"{server.url}/v1/models", headers={**BEARER, **anywhere})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_head_is_answered_as_get(served: Served) -> None:
    for path in ("/", "/health", "/v1/models", "/metrics", "/static/icon.svg"):
        head = httpx.head(f"{served.url}{path}", headers=BEARER)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == httpx.get(f"{served.url}{path}", headers=BEARER).headers["content-type"]
    assert httpx.head(f"{served.url}/v1/models").status_code == 401
    assert httpx.head(f"{served.url}/v1/audio/speech", headers=BEARER).status_code == 405


def test_http_1_0_needs_no_host(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_invalid_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="VOXWEFT_SERVER_TOKEN"):
        ServerSettings(host="0.0.0.0").check()
    with pytest.raises(ValueError, match="at least 16 letters"):
        ServerSettings(token="short").check()
    for origin in ("*", "null"):
        ServerSettings(allow_origins=(origin,), token=TOKEN).check()
        with pytest.raises(ValueError, match="a token is required"):
            ServerSettings(allow_origins=(origin,)).check()
    for origin in ("example.org", "https://*.example.org", "https://example.org/", "https://Example.org", "app:// x"):
        with pytest.raises(ValueError, match="invalid origin"):
            ServerSettings(allow_origins=(origin,)).check()
    ServerSettings(allow_hosts=("speech.example.org", "voxweft", "my_host", "192.168.1.7")).check()
    for name in (
        "https://example.org",
        "example.org:8880",
        "example.org/speech",
        "*.example.org",
        "*",
        "",
        "bücher.example",
    ):
        with pytest.raises(ValueError, match="invalid host name"):
            ServerSettings(allow_hosts=(name,)).check()
    with pytest.raises(ValueError, match="active must be at least 1"):
        ServerSettings(active=0).check()
    for host in ("127.0.0.1", "localhost", "::1", "127.8.9.1"):
        ServerSettings(host=host).check()
    ServerSettings(host="0.0.0.0", token=TOKEN).check()
