"""Take the pictures of the server's page with a headless Chromium.

Usage: `python scripts/page_pictures.py URL RECORDING`. A server with Kokoro and a recognizer answers at the URL; the
recording is transcribed. Writes docs/pictures/page-*.png.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
COLORS = 128
TEXT = (
    "The harbor is quiet before dawn. One by one the boats go out, and their lights become small stars on the water. "
    "By the time the sun is up, only the gulls are left."
)
PLAY_RECORDING = (
    "document.querySelectorAll('.word')[3].click(); document.querySelector('#recording-player button').click()"
)
sys.path.insert(0, str(ROOT / "tests" / "support"))


def main() -> None:
    """Speak, transcribe, and take a picture of each in both color schemes and at two sizes."""
    from browser import Page, chromium, find_chromium

    url, recording = sys.argv[1], Path(sys.argv[2])
    program = find_chromium()
    if program is None:
        raise SystemExit("no Chromium found")

    def take(page: Page, width: int, scheme: str) -> None:
        page.resize(width, 900, scheme)
        time.sleep(0.5)
        file = PICTURES / f"page-{width}-{scheme}.png"
        page.picture(file, captureBeyondViewport=True)
        with Image.open(file) as image:
            image.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
        print(file.name, file.stat().st_size)

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        chromium(program, Path(folder) / "profile") as page,
    ):
        page.open(url)
        page.until("document.querySelectorAll('#voice-list input').length > 3")
        data = base64.b64encode(recording.read_bytes()).decode()
        page.run(
            f"const bytes = Uint8Array.from(atob({data!r}), (letter) => letter.charCodeAt(0));"
            f"const files = new DataTransfer(); files.items.add(new File([bytes], {json.dumps(recording.name)}));"
            "const input = document.getElementById('file'); input.files = files.files;"
            "input.dispatchEvent(new Event('change'));"
        )
        page.until("document.getElementById('transcribe-status').textContent === 'Complete.'")
        page.run(
            f"const text = document.getElementById('text'); text.value = {TEXT!r};"
            "text.dispatchEvent(new Event('input'));"
        )
        for width in (1280, 360):
            for scheme in ("light", "dark"):
                page.run("document.getElementById('speak').requestSubmit()")
                page.run(PLAY_RECORDING)
                page.until("document.querySelector('#speech-player canvas').ariaValueNow >= 3")
                take(page, width, scheme)
                page.press("Escape")


if __name__ == "__main__":
    main()
