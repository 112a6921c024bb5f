"""Access control by host, origin and token over HTTP and WebSocket, and invalid settings."""

from __future__ import annotations

import json
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

TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        open_runtime(tmp_path_factory.mktemp("auth")) as runtime,
        serving(
            runtime, token=TOKEN, allow_hosts=("speech.example",), allow_origins=("https://app.example",)
        ) as server,
    ):
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
    for origin in (served.url, "https://app.example"):
        assert status(served, Origin=origin, **BEARER) == 200
    for origin in ("null", "https://evil.example", "https://app.example.evil", f"{served.url}9", "http://localhost"):
        assert status(served, Origin=origin, **BEARER) == 403, origin
    assert socket_status(served, origin="https://evil.example", additional_headers=BEARER) == 403
    assert socket_status(served, origin=served.url, additional_headers=BEARER) == 101
    # A request for an image sends no Origin.
    assert status(served, "/voices/refresh", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors", **BEARER) == 403
    assert status(served, "/docs", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") != 403


def test_cors_is_enabled_for_allowed_origins_only(served: Served) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = httpx.options(f"{served.url}/v1/audio/speech", headers={"Origin": "https://app.example", **preflight})
    # A browser's preflight has no token.
    assert allowed.headers.get("access-control-allow-origin") == "https://app.example"
    refused = httpx.options(f"{served.url}/v1/audio/speech", headers={"Origin": "https://evil.example", **preflight})
    assert "access-control-allow-origin" not in refused.headers


def test_invalid_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="VOXWEFT_SERVER_TOKEN"):
        ServerSettings(host="0.0.0.0").check()
    with pytest.raises(ValueError, match="at least 16 letters"):
        ServerSettings(token="short").check()
    with pytest.raises(ValueError, match="invalid origin"):
        ServerSettings(allow_origins=("*",)).check()
    with pytest.raises(ValueError, match="active must be at least 1"):
        ServerSettings(active=0).check()
    for host in ("127.0.0.1", "localhost", "::1", "127.8.9.1"):
        ServerSettings(host=host).check()
    ServerSettings(host="0.0.0.0", token=TOKEN).check()
