"""A headless Chromium for tests, over its DevTools protocol: open pages, run scripts in them, take screenshots."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 120.0
CALL_TIMEOUT_S = 120.0
WINDOW = (1440, 900)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--remote-debugging-port=0",
    f"--window-size={WINDOW[0]},{WINDOW[1]}",
)
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), "Space": (32, " ")}
"""Maps a key to its code and the text that it types."""


def find_chromium() -> str | None:
    """Return the path of a Chromium: VOXWEFT_TEST_BROWSER, else the first of the usual names on PATH."""
    named = os.environ.get("VOXWEFT_TEST_BROWSER")
    names = (named,) if named else ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


class BasePage:
    """A page in any browser."""

    console: list[str]
    """The page's errors and warnings."""

    def run(self, script: str) -> Any:
        """Return the result of a script. RuntimeError if it throws."""
        raise NotImplementedError

    def resize(self, width: int, height: int, scheme: str = "light") -> None:
        """Set the size of the page in CSS pixels, and the color scheme that the user prefers, if the browser can."""
        raise NotImplementedError

    def until(self, expression: str, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """Wait until an expression is truthy, and return its value."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(RuntimeError):
                if value := self.run(f"return {expression}"):
                    return value
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"not true within {timeout_s} s: {expression}; console: {self.console[-5:]}")
            time.sleep(0.1)


class Page(BasePage):
    """A tab. All calls block; a script's error is raised as RuntimeError."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Any) -> None:
        self._loop = loop
        self._socket = socket
        self._ids = itertools.count(1)
        self._session: str | None = None
        self.console: list[str] = []
        """The page's errors and warnings."""

    def open(self, url: str) -> None:
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Return the result of a script, which is the body of an async function."""
        answer = self._call(
            "Runtime.evaluate",
            expression=f"(async () => {{ {script} }})()",
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def resize(self, width: int, height: int, scheme: str = "light") -> None:
        self._call("Emulation.setScrollbarsHidden", hidden=True)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, *, control: bool = False) -> None:
        """Press and release one of `KEYS`, with Control held down if requested."""
        code, text = KEYS[key]
        # With Control, a key types no text.
        typed = {"modifiers": 2, "key": key} if control else {"key": text or key, "text": text}
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, code=key, windowsVirtualKeyCode=code, **typed)

    def picture(self, file: Path, **options: Any) -> None:
        """Save a screenshot as PNG."""
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png", **options)["data"]))

    def _call(self, method: str, **params: Any) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(self._acall(method, params), CALL_TIMEOUT_S))

    async def _acall(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None and not method.startswith("Target."):
            message["sessionId"] = self._session
        await self._socket.send_str(json.dumps(message))
        while True:
            answer = json.loads(await self._socket.receive_str())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._record(answer)

    def _record(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.console.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in params["args"]))
        elif event.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description") or details["text"])


@contextlib.contextmanager
def chromium(program: str, profile: Path) -> Iterator[Page]:
    """Yield a page of a browser with a new profile, and end the browser afterwards."""
    from aiohttp import ClientSession

    command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with running(command, profile.parent / f"{profile.name}.log") as process:
        loop = asyncio.new_event_loop()
        session = loop.run_until_complete(_session(ClientSession))
        try:
            url = _debugger(profile / "DevToolsActivePort", process)
            socket = loop.run_until_complete(session.ws_connect(url, max_msg_size=0))
            yield Page(loop, socket)
            loop.run_until_complete(socket.close())
        finally:
            loop.run_until_complete(session.close())
            loop.close()


@contextlib.contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with these variables added to its environment, and end it afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **environment}
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _session(kind: Any) -> Any:
    return kind()


def _debugger(file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            port, path = file.read_text().split()
            return f"ws://127.0.0.1:{port}{path}"
        time.sleep(0.1)
    raise RuntimeError(f"the browser didn't start (exit code {process.poll()})")
