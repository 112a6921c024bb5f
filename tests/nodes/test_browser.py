"""The real front end in real browsers: a node plays its speech while it runs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import NAMES, open_browser
from comfyui_host import Installed
from comfyui_page import ComfyPage
from firefox import FirefoxPage
from fixtures_comfyui import start
from pack_folder import ROOT

pytestmark = pytest.mark.host

FIRST_WORDS = ROOT / "example_workflows" / "first words.json"
SPEAK = 1


@pytest.fixture(scope="module", params=NAMES)
def page(
    request: pytest.FixtureRequest, comfyui: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyPage]:
    pytest.importorskip("aiohttp", reason="aiohttp isn't installed (it is with the extra 'test')")
    folder = tmp_path_factory.mktemp(request.param)
    opening = open_browser(request.param, folder / "profile")
    # The front end stores its settings on the server: the second browser would start with those of the first.
    server = request.getfixturevalue("server") if request.param == "chromium" else start(comfyui, folder / "comfyui")
    try:
        with opening as tab:
            yield ComfyPage(tab, server.port)
    finally:
        if request.param != "chromium":
            server.end()


def long_workflow(salt: str) -> dict[str, object]:
    workflow = json.loads(FIRST_WORDS.read_text(encoding="utf-8"))
    (speak,) = [node for node in workflow["nodes"] if node["id"] == SPEAK]
    sentences = [f"This is {salt} sentence number {number}, and it is rather long." for number in range(3000)]
    speak["widgets_values"][0] = " ".join(sentences)
    return workflow


def heard(page: ComfyPage) -> int:
    return int(page.player(SPEAK).get("heard", 0))


@pytest.mark.parametrize("vue", [False, True])
def test_samples_are_played_before_the_run_ends(page: ComfyPage, vue: bool) -> None:
    if vue and isinstance(page.page, FirefoxPage) and not os.environ.get("VOXWEFT_TEST_FRONTEND"):
        pytest.skip("the host's front end hangs in Firefox if a Vue node has a long text")
    page.script(f"await app.extensionManager.setting.set('Comfy.VueNodes.Enabled', {json.dumps(vue)});")
    # Each browser gets a new text, which is not in the cache.
    page.load(long_workflow(f"{'a Vue' if vue else 'a classic'} {type(page.page).__name__}"))
    page.queue()
    try:
        deadline_s = time.monotonic() + 120
        while not heard(page):
            assert time.monotonic() < deadline_s, (page.player(SPEAK), page.page.console[-5:])
            time.sleep(0.05)
        assert page.script("return window.seen") == ["execution_start"], "the run has not ended"
        played = heard(page)
        assert page.player(SPEAK)["playing"] == "true"
        # The Vue nodes of front end 1.27 show no DOM widgets: the player plays but is invisible. Those of 1.58 show it.
        shown = page.script("return document.querySelector('.voxweft-player')?.offsetHeight ?? 0;")
        assert vue or shown > 20, "the player is on the page"
        time.sleep(1)
        assert heard(page) > played, "playback continues"
    finally:
        page.script("await api.interrupt();")
        page.page.until("window.seen.includes('execution_interrupted')")


def test_the_finished_file_exists_after_the_run(page: ComfyPage) -> None:
    page.script("await app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false);")
    workflow = json.loads(FIRST_WORDS.read_text(encoding="utf-8"))
    (speak,) = [node for node in workflow["nodes"] if node["id"] == SPEAK]
    speak["widgets_values"][0] = f"A new text for {type(page.page).__name__}."
    page.load(workflow)
    page.queue()
    page.page.until("window.seen.includes('execution_success')")
    page.page.until(
        "window.comfyAPI.app.app.graph.getNodeById(1).widgets.find((item) => item.name === 'voxweft_player')"
        ".element.dataset.file"
    )
    file = json.dumps(page.player(SPEAK)["file"])
    assert page.script(f"return (await fetch({file})).status") == 200


def test_a_new_node_keeps_its_seed_from_run_to_run(page: ComfyPage) -> None:
    assert page.script(
        "const node = LiteGraph.createNode('VoxweftSpeak'); app.graph.add(node);"
        "return node.widgets.find((item) => item.name === 'control_after_generate').value;"
    ) == "fixed"  # fmt: skip


def test_the_console_has_no_errors_of_the_pack(page: ComfyPage) -> None:
    assert [line for line in page.page.console if "oxweft" in line] == []


def test_the_examples_have_pictures() -> None:
    names = {path.stem for path in Path(ROOT / "example_workflows").glob("*.json")}
    assert names
    assert all((ROOT / "docs" / "pictures" / f"{name.replace(' ', '-')}.png").is_file() for name in names)
