"""The browsers that pages are tested in: Chromium, and Firefox in the longer gates."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import Waiting, chromium, find_chromium
from firefox import find_firefox, firefox


class Browser(NamedTuple):
    """How one is found and started, and the message where it is missing."""

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
    """Return a page of a new browser.

    Without one the test is skipped, or fails if VOXWEFT_TEST_CLIENTS is `required`.
    """
    browser = BROWSERS[name]
    program = browser.find()
    if program is None:
        if os.environ.get("VOXWEFT_TEST_CLIENTS") == "required":
            pytest.fail(browser.missing)
        pytest.skip(browser.missing)
    return browser.start(program, profile)
