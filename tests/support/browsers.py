"""The browsers that pages are tested in: Chromium, and Firefox in the longer gates."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import BasePage, chromium, find_chromium
from firefox import find_firefox, firefox


class Browser(NamedTuple):
    """Functions that find and start a browser, and the message if it is missing."""

    find: Callable[[], str | None]
    start: Callable[[str, Path], contextlib.AbstractContextManager[BasePage]]
    missing: str


BROWSERS = {
    "chromium": Browser(find_chromium, chromium, "no Chromium found; install it, or set VOXWEFT_TEST_BROWSER"),
    "firefox": Browser(
        find_firefox, firefox, "no Firefox or no PulseAudio found; install them, or set VOXWEFT_TEST_FIREFOX"
    ),
}
NAMES = ["chromium", pytest.param("firefox", marks=pytest.mark.slow)]


def open_browser(name: str, profile: Path) -> contextlib.AbstractContextManager[BasePage]:
    """Return a page of a new browser.

    If the browser is missing, skip the test, or fail it if VOXWEFT_TEST_CLIENTS is `required`.
    """
    browser = BROWSERS[name]
    program = browser.find()
    if program is None:
        if os.environ.get("VOXWEFT_TEST_CLIENTS") == "required":
            pytest.fail(browser.missing)
        pytest.skip(browser.missing)
    return browser.start(program, profile)
