"""The browsers that pages are tried in: Chromium always, Firefox where slow tests are run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import Waiting, chromium, find_chromium
from firefox import find_firefox, firefox


class Browser(NamedTuple):
    """How one is found and started, and what to say where it isn't there."""

    find: Callable[[], str | None]
    start: Callable[[str, Path], contextlib.AbstractContextManager[Waiting]]
    missing: str


BROWSERS = {
    "chromium": Browser(find_chromium, chromium, "no Chromium: install it, or name one in VOXWEFT_TEST_BROWSER"),
    "firefox": Browser(
        find_firefox, firefox, "no Firefox, or no PulseAudio: install them, or name it in VOXWEFT_TEST_FIREFOX"
    ),
}
NAMES = ["chromium", pytest.param("firefox", marks=pytest.mark.slow)]


def open_browser(name: str, profile: Path) -> contextlib.AbstractContextManager[Waiting]:
    """Return a page of a browser of its own; the test is skipped, with the reason, where there is none."""
    browser = BROWSERS[name]
    program = browser.find()
    if program is None:
        pytest.skip(browser.missing)
    return browser.start(program, profile)
