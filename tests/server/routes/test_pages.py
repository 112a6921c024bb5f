"""The pages: their files and fields, and what the page of the API and the OpenAPI document state.

tests/clients/test_page.py uses them in browsers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from paths import ROOT

pytest.importorskip("fastapi")
pytest.importorskip("aiohttp")

from fixtures_server import Served, open_runtime, serving

from voxweft.server.routes.docs_examples import EXAMPLES, SOCKETS
from voxweft.server.routes.openapi import operation_key
from voxweft.server.routes.pages import PLAYER, STATIC


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("page")) as runtime, serving(runtime) as server:
        yield server


def test_the_page_loads_nothing_from_other_hosts(served: Served) -> None:
    for path in ("/", "/docs"):
        page = served.client.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for address in re.findall(r"(?:src|href)=[\"']([^\"']+)", page.text):
            found = served.client.get(address)
            assert not re.match(r"/|[a-z]+:", address), "relative, for a sub-path behind a proxy"
            assert found.status_code == 200
            assert address == "openapi.json" or found.headers["x-content-type-options"] == "nosniff"
    for file in (*STATIC.iterdir(), *PLAYER.iterdir()):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|innerHTML", text), file.name


def test_the_page_has_the_players_modules_and_the_products_icon(served: Served) -> None:
    for file in PLAYER.iterdir():
        module = served.client.get(f"/static/player/{file.name}")
        assert module.text == file.read_text(encoding="utf-8")
        assert module.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (STATIC / "icon.svg").read_bytes() == (ROOT / "docs" / "pictures" / "icon.svg").read_bytes()


def test_the_page_of_the_api_describes_every_route(served: Served) -> None:
    page = served.client.get("/docs").text
    schema = served.client.get("/openapi.json").json()
    operations = {operation_key(method, path) for path, methods in schema["paths"].items() for method in methods}
    assert set(EXAMPLES) <= operations
    # Those without an example are other names of an operation with one.
    with_example = {key.partition(" ")[2] for key in EXAMPLES}
    aliases = {path.removeprefix(prefix) for path in with_example for prefix in ("/v1", "/v1/audio")}
    assert {key.partition(" ")[2] for key in operations} <= with_example | aliases
    for key in operations:
        method, path = key.split(" ")
        assert f'<span class="method">{method}</span> <code>{path}</code>' in page
    for socket in SOCKETS:
        assert f"<code>{socket.path}</code>" in page
    assert "`" not in page
    assert f"curl {served.url}/limits" in page
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_document_states_the_errors(served: Served) -> None:
    schema = served.client.get("/openapi.json").json()
    error = {"$ref": "#/components/schemas/Error"}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
            assert path == "/health" or {"401", "403", "503"} <= set(errors), (method, path)
            assert all(answer.get("content", {}).get("application/json", {}).get("schema") in (error, None)
                       for answer in errors.values())  # fmt: skip
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    assert "422" in schema["paths"]["/v1/audio/speech"]["post"]["responses"]


def test_the_limits_are_those_of_the_settings(served: Served) -> None:
    settings = served.service.settings
    limits = served.client.get("/limits").json()
    assert limits.pop("speech_formats") == ["mp3", "opus", "aac", "flac", "wav", "pcm"]
    assert limits == {name: getattr(settings, name) for name in limits}


def test_every_field_has_a_label_and_a_place_for_its_error() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    labeled = set(re.findall(r'for="([\w-]+)"', page))
    fields = set(re.findall(r'<(?:input|select|textarea) id="([\w-]+)"', page))
    assert len(fields) == 13
    assert fields <= labeled
    filters = {"voice-search", "voice-language", "voice-gender"}
    assert {field for field in fields if f'id="{field}-error"' in page} == fields - filters


def test_only_static_files_are_served(served: Served) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert served.client.get(path).status_code == 404, path
