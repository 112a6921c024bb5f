"""ComfyUI's front end in a browser, for tests: load, queue and inspect graphs."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

from browser import Page

READY = "window.comfyAPI?.app?.app?.graph && document.querySelector('canvas') && true"
PRELUDE = "const app = window.comfyAPI.app.app; const api = window.comfyAPI.api.api;"


class ComfyPage:
    """The front end of a server. `script` runs JavaScript with the variables `app` and `api`."""

    def __init__(self, page: Page, port: int) -> None:
        self.page = page
        # ComfyUI shows the template browser to new users.
        settings = urllib.request.Request(
            f"http://127.0.0.1:{port}/settings",
            data=json.dumps({"Comfy.TutorialCompleted": True}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(settings, timeout=60).close()
        page.open(f"http://127.0.0.1:{port}/")
        page.until(READY)
        page.until("window.comfyAPI.app.app.extensions?.some((item) => item.name.startsWith('Voxweft'))")
        page.until("Boolean(window.LiteGraph?.registered_node_types?.VoxweftSpeak)")
        # The front end opens a workflow of its own, which would replace one that is loaded before it.
        page.until("Boolean(window.comfyAPI.app.app.extensionManager?.workflow?.activeWorkflow)")
        # Browsers play audio only after the user's first click.
        page.click(700, 850)
        self.script("window.seen = []; for (const kind of ['execution_success', 'execution_error', "
                    "'execution_interrupted', 'execution_start']) api.addEventListener(kind, "
                    "() => window.seen.push(kind));")  # fmt: skip

    def script(self, script: str) -> Any:
        return self.page.run(f"{PRELUDE} {script}")

    def load(self, workflow: Any) -> None:
        """Load a workflow."""
        self.script(f"await app.loadGraphData({json.dumps(workflow)}); app.canvas.ds.reset();")

    def queue(self) -> None:
        """Press Run."""
        self.script("window.seen.length = 0; await app.queuePrompt(0, 1);")

    def player(self, node_id: int) -> dict[str, str]:
        """Return the state of the player on a node."""
        found: dict[str, str] = self.script(
            f"const node = app.graph.getNodeById({node_id}); const widget = node.widgets.find((item) => item.name === "
            "'voxweft_player'); return {...widget.element.dataset};"
        )
        return found

    def picture(self, file: Path) -> None:
        """Take a screenshot of the whole graph, without the front end's panels."""
        self.script(
            "await app.extensionManager.setting.set('LiteGraph.Canvas.LowQualityRenderingZoomThreshold', 0.1);"
            "await app.extensionManager.setting.set('Comfy.Minimap.Visible', false);"
            "await app.extensionManager.command.execute('Comfy.Canvas.FitView');"
            "await new Promise((done) => setTimeout(done, 1500));"
        )
        self.page.picture(file, clip={"x": 45, "y": 80, "width": 1380, "height": 650, "scale": 0.75})
