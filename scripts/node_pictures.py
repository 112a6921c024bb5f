"""Take the pictures of the example workflows, after a run in a real ComfyUI, with a headless Chromium.

Usage: `python scripts/node_pictures.py [NAME ...]`, by default of all. Writes docs/pictures/NAME.png and
example_workflows/NAME.jpg. ComfyUI is found by COMFYUI_PATH, else in ~/comfy/ComfyUI.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import wave
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
THUMBNAIL = (520, 245)
OPENING_S = 20.0
RECORDINGS = ("voice.wav", "anna.wav", "ben.wav")
"""The files that users replace by their own."""
sys.path.insert(0, str(ROOT / "tests" / "support"))


def silence(file: Path) -> None:
    """Write a second of silence."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(bytes(48_000))


def main() -> None:
    """Run each example workflow and take its picture. SystemExit without a ComfyUI or a Chromium."""
    from browser import chromium, find_chromium
    from comfyui_host import find_comfyui
    from comfyui_page import ComfyPage
    from fixtures_comfyui import start

    host, program = find_comfyui(), find_chromium()
    if isinstance(host, str) or program is None:
        raise SystemExit(str(host if isinstance(host, str) else "no Chromium found"))
    with tempfile.TemporaryDirectory() as folder:
        server = start(host, Path(folder) / "comfyui", pack="voxweft")
        try:
            for name in RECORDINGS:
                silence(server.base / "input" / name)
            with chromium(program, Path(folder) / "profile") as opened:
                page = ComfyPage(opened, server.port)
                page.script("await app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false);")
                # The workflow that ComfyUI opens by itself would replace ours; it lacks models, and says so in a note.
                page.page.until("app.graph._nodes.length > 0")
                with contextlib.suppress(TimeoutError):
                    page.page.until("document.querySelector('.p-toast-message, [role=alert]')", OPENING_S)
                page.script("document.querySelectorAll('.p-toast-message, [role=alert]').forEach((it) => it.remove());")
                for workflow in sorted((ROOT / "example_workflows").glob("*.json")):
                    if sys.argv[1:] and workflow.stem not in sys.argv[1:]:
                        continue
                    text = workflow.read_text(encoding="utf-8")
                    # The checkpoint of the tests has the files of this model; the picture shows the template's own.
                    page.load(json.loads(text.replace('"tiny"', '"turbo"')))
                    # Without a user's model, cloned voices are shown before a run.
                    if "VoxweftVoiceFromAudio" in text:
                        page.page.until("app.graph._nodes.some((node) => node.type === 'VoxweftVoiceFromAudio')")
                    else:
                        page.queue()
                        page.page.until("window.seen.includes('execution_success')")
                    page.script(
                        "for (const widget of app.graph._nodes.flatMap((node) => node.widgets ?? []))"
                        " if (widget.value === 'turbo') widget.value = 'tiny';"
                    )
                    picture = ROOT / "docs" / "pictures" / f"{workflow.stem.replace(' ', '-')}.png"
                    page.picture(picture)
                    with Image.open(picture) as image:
                        small = image.convert("RGB")
                        small.thumbnail(THUMBNAIL)
                        small.save(workflow.with_suffix(".jpg"), quality=85)
                    print(picture.name)
        finally:
            server.end()


if __name__ == "__main__":
    main()
