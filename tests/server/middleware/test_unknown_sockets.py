"""WebSockets at unknown addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from fixtures_server import open_runtime, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

TOKEN = "a-token-for-the-tests"


def test_an_unknown_socket_is_404_and_a_known_one_without_the_token_401(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime, serving(runtime, token=TOKEN) as served:

        def refused(path: str, token: str = TOKEN) -> tuple[int, dict[str, str]]:
            headers = {"Authorization": f"Bearer {token}"}
            with (
                pytest.raises(InvalidStatus) as raised,
                connect(f"{served.socket_url}{path}", additional_headers=headers),
            ):
                pass
            return raised.value.response.status_code, json.loads(raised.value.response.body or b"")["error"]

        for path in ("/ws/nope", "/v1/models", "/", "/static/page.js", "/ws/tts/live/", "/v1/audio/transcriptions?x=1"):
            status, error = refused(path)
            assert (status, error["code"]) == (404, "not_found"), path
            assert "/ws/tts/live, /tts/ws" in error["message"]
        assert refused("/ws/tts/live", "another-token-of-tests")[0] == 401
