"""A headless Firefox for tests, over WebDriver BiDi, with the part of `browser.Page` that the tests need.

It plays to a PulseAudio server with a null sink: without an output device, its audio never runs.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import CALL_TIMEOUT_S, START_TIMEOUT_S, WINDOW, BasePage, running

PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.block-webaudio": False,
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.default": 0,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
}
"""Preferences that disable background traffic, allow autoplay, and give a microphone that hears a tone."""
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " "}
"""Maps a key to WebDriver's code."""
_CONTROL = "\ue009"


def find_firefox() -> str | None:
    """Return the path of a Firefox: VOXWEFT_TEST_FIREFOX, else one on PATH. None without PulseAudio."""
    if shutil.which("pulseaudio") is None:
        return None
    named = os.environ.get("VOXWEFT_TEST_FIREFOX")
    names = (named,) if named else ("firefox", "firefox-esr")
    return next((found for name in names if (found := shutil.which(name))), None)


class FirefoxPage(BasePage):
    """A tab. All calls block; a script's error is raised as RuntimeError."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.console: list[str] = []
        """The page's errors."""
        self._call("session.new", capabilities={})
        self._call("session.subscribe", events=["log.entryAdded"])
        self._context = self._call("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(*WINDOW)

    def resize(self, width: int, height: int, scheme: str = "light") -> None:
        """Set the size; the color scheme can't be set."""
        viewport = {"width": width, "height": height}
        self._call("browsingContext.setViewport", context=self._context, viewport=viewport)

    def open(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, script: str) -> Any:
        """Return the result of a script, which is the body of an async function, via JSON."""
        answer = self._call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await (async () => {{ {script} }})()) ?? null))()",
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def click(self, x: float, y: float) -> None:
        moves = [{"type": "pointerMove", "x": x, "y": y}]
        moves += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._call(
            "input.performActions",
            context=self._context,
            actions=[{"type": "pointer", "id": "mouse", "actions": moves}],
        )

    def press(self, key: str, *, control: bool = False) -> None:
        """Press and release one of `KEYS`. A headless window never has the focus, so this presses no button."""
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        if control:
            actions = [{"type": "keyDown", "value": _CONTROL}, *actions, {"type": "keyUp", "value": _CONTROL}]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self._call("input.performActions", context=self._context, actions=[keyboard])

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(CALL_TIMEOUT_S))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.console.append(answer["params"]["text"])


@contextlib.contextmanager
def firefox(program: str, profile: Path) -> Iterator[FirefoxPage]:
    """Yield a page of a browser with a new profile, and end the browser afterwards."""
    from websockets.sync.client import connect

    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    log = profile.parent / f"{profile.name}.log"
    command = [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
    # The path of a socket is limited to about a hundred characters, and pytest's folders are deep.
    with (
        tempfile.TemporaryDirectory(prefix="pulse") as sound,
        running(_sound_server(sound), profile.parent / "pulseaudio.log", HOME=sound),
        running(command, log, HOME=str(profile), PULSE_SERVER=f"unix:{sound}/native") as process,
        connect(f"{_address(log, process)}/session", max_size=None, proxy=None) as socket,
    ):
        yield FirefoxPage(socket)


def _sound_server(folder: str) -> list[str]:
    modules = ("module-null-sink", f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native")
    loads = [f"--load={module}" for module in modules]
    return ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", *loads]


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the browser didn't start (exit code {process.poll()})")
