"""The page for trying the server: its files, and playback while audio loads in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("aiohttp")

from browsers import NAMES, open_browser
from fixtures_server import Served, open_runtime, serving

from voxweft.server.routes.pages import STATIC

STATUS = "document.getElementById('speak-status').textContent"


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
    for file in STATIC.iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import", file.read_text(encoding="utf-8")), file.name


def test_every_route_is_in_the_docs(served: Served) -> None:
    page = served.client.get("/docs").text
    schema = served.client.get("/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert "/ws/tts/live" in page


def test_every_field_has_a_label() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    labeled = set(re.findall(r'for="([\w-]+)"', page))
    fields = set(re.findall(r'<(?:input|select|textarea) id="([\w-]+)"', page))
    assert len(fields) == 7
    assert fields <= labeled


def test_only_static_files_are_served(served: Served) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert served.client.get(path).status_code == 404, path


@pytest.mark.clients
@pytest.mark.parametrize("browser", NAMES)
def test_the_page_plays_audio_while_it_loads(served: Served, tmp_path: Path, browser: str) -> None:
    """With the keyboard only, and also without an audio worklet. (Firefox: see `FirefoxPage.press`.)"""
    with open_browser(browser, tmp_path / "profile") as page:

        def press(key: str) -> None:
            if browser == "firefox":
                page.run("document.activeElement.click()")
            else:
                page.press(key)

        page.open(f"{served.url}/")
        page.until("document.getElementById('voices')?.options.length === 242")
        page.run(
            f"document.getElementById('text').value = {'One. Two. ' * 40!r}; document.getElementById('text').focus()"
        )
        for reached in ("model", "voice", "speed", "play"):
            page.press("Tab")
            assert page.run("return document.activeElement.id") == reached
        press("Enter")
        page.until(f"{STATUS}.startsWith('Playing')")
        page.until("document.getElementById('progress').value > 0")
        page.press("Tab")
        press("Space")
        page.until(f"{STATUS} === ''")
        assert page.run("return document.activeElement.id") == "stop"
        page.run("document.getElementById('text').value = 'One. Two.'")
        for without in ("", "Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });"):
            page.run(f"{without} document.getElementById('speak').requestSubmit()")
            page.until(f"{STATUS} === 'Played to the end.'")
            assert page.run("return document.getElementById('progress').value") == 1
        # A server error is shown where a screen reader announces it.
        page.run("document.getElementById('voice').value = 'nobody'")
        page.run("document.getElementById('speak').requestSubmit()")
        page.until("document.querySelector('[role=status].problem')?.textContent.includes(`has no voice 'nobody'`)")
        assert page.run("return document.getElementById('stop').ariaDisabled") == "true"
        assert [line for line in page.console if "400" not in line] == []
